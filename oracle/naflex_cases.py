"""Build a small random SigLIP 2 NaFlex with transformers' own classes, run it in f32, write what Java tests replay.

    python oracle/naflex_cases.py

Written to models/src/test/resources/dev/fovea/models/siglip/naflex/: the checkpoint with the tokenizer of the case
`lowercase`, pictures of several aspect ratios as PNG, and `expected.safetensors`: the pixels that Siglip2ImageProcessorPil
makes of each (height, width, channel), and unit vectors of all pictures in one padded batch and of some texts.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, Siglip2Config, Siglip2ImageProcessorPil, Siglip2Model

from siglip_cases import OUT as CASES
from siglip_cases import TOKENS, fill

OUT = CASES.parent / "naflex"
PATCH, MOST = 6, 20
TOWER = dict(hidden_size=20, intermediate_size=44, num_hidden_layers=2, num_attention_heads=2)
PICTURES = [(48, 64), (64, 48), (13, 90), (64, 48), (7, 7), (300, 31)]
TEXTS = ["a photo of a cat", "Zwei Katzen", "x"]

if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(CASES / "lowercase" / name, OUT)
    settings = json.loads((OUT / "tokenizer_config.json").read_text())
    # As published; transformers takes Siglip2Tokenizer for this kind of model all the same.
    (OUT / "tokenizer_config.json").write_text(json.dumps({**settings, "tokenizer_class": "GemmaTokenizer"}, indent=1) + "\n")
    vocabulary = len(json.loads((OUT / "tokenizer.json").read_text())["model"]["vocab"])
    generator = torch.Generator().manual_seed(6)
    config = Siglip2Config(
        text_config={**TOWER, "vocab_size": vocabulary, "max_position_embeddings": TOKENS},
        vision_config={**TOWER, "num_patches": 16, "patch_size": PATCH},
    )
    model = fill(Siglip2Model(config), generator)
    model.save_pretrained(OUT)
    tokenizer = AutoTokenizer.from_pretrained(OUT)
    assert type(tokenizer).__name__ == "Siglip2Tokenizer", type(tokenizer)
    processor = Siglip2ImageProcessorPil(patch_size=PATCH, max_num_patches=MOST)
    (OUT / "preprocessor_config.json").write_text(json.dumps({
        "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
        "image_processor_type": "Siglip2ImageProcessor", "max_num_patches": MOST, "patch_size": PATCH, "resample": 2,
        "rescale_factor": 1 / 255}, indent=1) + "\n")
    dice = np.random.default_rng(4)
    pictures = []
    for number, (height, width) in enumerate(PICTURES):
        coarse = Image.fromarray(dice.integers(0, 256, (5, 5, 3), dtype=np.uint8))
        pictures.append(coarse.resize((width, height), Image.Resampling.BICUBIC))
        pictures[-1].save(OUT / f"{number}.png")
    given = processor(pictures, return_tensors="pt")
    expected = {}
    for number, (rows, columns) in enumerate(given.spatial_shapes.tolist()):
        patches = given.pixel_values[number, : rows * columns].reshape(rows, columns, PATCH, PATCH, 3)
        expected[f"pixels.{number}"] = patches.permute(0, 2, 1, 3, 4).reshape(rows * PATCH, columns * PATCH, 3)
        print(PICTURES[number], rows, columns)
    unit = torch.nn.functional.normalize
    ids = tokenizer(TEXTS, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt").input_ids
    with torch.no_grad():
        expected["image_embeds"] = unit(model.get_image_features(**given).pooler_output, dim=-1)
        expected["text_embeds"] = unit(model.get_text_features(input_ids=ids).pooler_output, dim=-1)
    save_file({key: value.contiguous() for key, value in expected.items()}, OUT / "expected.safetensors")

"""Build small random DINOv2 checkpoints with transformers' own classes, run them in f32, write what Java tests replay.

    python oracle/dinov2_cases.py

Written to models/src/test/resources/dev/fovea/models/dinov2/case/ and registers/: the checkpoint as people have it and
`expected.safetensors` with pixels of several sizes (height, width, channel) and the unit vectors of the class tokens.
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/dinov2"
SIZES = dict(hidden_size=20, num_hidden_layers=3, num_attention_heads=2, mlp_ratio=3, image_size=28, patch_size=7)
PREPROCESSING = {
    "crop_size": {"height": 28, "width": 28}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
    "do_rescale": True, "do_resize": True, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
    "image_processor_type": "BitImageProcessor", "resample": 3, "size": {"shortest_edge": 32}}


def write(folder, model, pictures, preprocessing=PREPROCESSING):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for name, weight in model.eval().named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if "lambda" in name or "norm" in name and name.endswith("weight"):
                weight.copy_(1 + 0.3 * noise)
            elif weight.dim() == 2:
                weight.copy_(noise * 1.5 / weight.shape[-1] ** 0.5)
            else:
                weight.copy_(0.3 * noise)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing, indent=1) + "\n")
    expected = {}
    for name, height, width in pictures:
        pixels = torch.randn(2, 3, height, width, generator=generator)
        with torch.no_grad():
            embeddings = torch.nn.functional.normalize(model(pixel_values=pixels).pooler_output, dim=-1)
        expected |= {f"{name}.pixels": pixels.permute(0, 2, 3, 1).contiguous(), f"{name}.embeddings": embeddings}
    save_file(expected, folder / "expected.safetensors")


if __name__ == "__main__":
    trained, larger, smaller = ("trained", 28, 28), ("larger", 42, 35), ("smaller", 21, 14)
    write(OUT / "case", Dinov2Model(Dinov2Config(**SIZES)), [trained, larger])
    registers = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(**SIZES, num_register_tokens=3))
    write(OUT / "registers", registers, [trained, larger, smaller])

"""Write a CLIP checkpoint of a published size with random weights that leave nothing in its linear corner.

    python oracle/full_size.py b32|b16|l14|l14-336 TOKENIZER OUT

TOKENIZER is a folder with CLIP's vocab.json, merges.txt and tokenizer_config.json (any CLIP checkpoint of the hub has
them). OUT becomes a folder as the hub's. Too big to commit; compare_full_size.py checks Fovea on it.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPModel

from clip_weights import fill

LARGE = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, patch_size=14)
LARGE_TEXT = dict(hidden_size=768, intermediate_size=3072, num_attention_heads=12)
SIZES = {  # vision, text, projection
    "b32": ({}, {}, 512),
    "b16": (dict(patch_size=16), {}, 512),
    "l14": (LARGE, LARGE_TEXT, 768),
    "l14-336": ({**LARGE, "image_size": 336}, LARGE_TEXT, 768),
}


def processor(size):
    return {
        "crop_size": {"height": size, "width": size},
        "do_center_crop": True,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_processor_type": "CLIPImageProcessor",
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
        "rescale_factor": 1 / 255,
        "size": {"shortest_edge": size},
    }


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in SIZES:
        sys.exit(__doc__)
    (vision, text, projection), tokenizer, out = SIZES[sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3])
    model = CLIPModel(CLIPConfig(vision_config=vision, text_config=text, projection_dim=projection))
    fill(model, torch.Generator().manual_seed(7)).save_pretrained(out)
    (out / "preprocessor_config.json").write_text(json.dumps(processor(vision.get("image_size", 224)), indent=2) + "\n")
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, out)
    print(f"{out}: {sum(p.numel() for p in model.parameters()):,} parameters")

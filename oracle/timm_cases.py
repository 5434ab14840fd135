"""Build small random vision transformers of timm, save them in its own folders, run them, write what Java tests replay.

    python oracle/timm_cases.py

Each case becomes a folder under models/src/test/resources/dev/fovea/models/classification/timm-cases/: config.json and model.safetensors
as timm saves them for the hub, a picture, and `expected.safetensors` with the pixels and the logits of timm's own transform and model.
"""

import json
import shutil
from pathlib import Path

import numpy
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.models._hub import save_for_hf

from mobileclip_cases import fill

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/classification/timm-cases"
SIZES = dict(img_size=36, patch_size=12, embed_dim=24, depth=2, num_heads=4, mlp_ratio=2)
CASES = {
    "vit": ("vit_tiny_patch16_224", dict(SIZES, num_classes=5), dict(label_names=["cat", "dog", "car", "tree", "cup"])),
    "clip": ("vit_base_patch16_clip_224", dict(SIZES, num_classes=3), dict()),
}


def write(name, architecture, arguments, more):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(3)
    model = fill(timm.create_model(architecture, **arguments), generator)
    for norm in [module for module in model.modules() if isinstance(module, torch.nn.LayerNorm)]:
        norm.weight.add_(0.3)
    save_for_hf(model, folder, model_args={key: value for key, value in arguments.items() if key != "num_classes"}, safe_serialization=True)
    (folder / "pytorch_model.bin").unlink(missing_ok=True)
    config = json.loads((folder / "config.json").read_text())
    config |= more
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    data = timm.data.resolve_data_config(config["pretrained_cfg"])
    transform = timm.data.create_transform(**data, is_training=False)
    coarse = numpy.random.default_rng(1).integers(0, 256, (9, 12, 3), dtype=numpy.uint8)
    picture = Image.fromarray(coarse).resize((52, 40), Image.Resampling.BICUBIC)
    picture.save(folder / "picture.png")
    pixels = transform(picture)[None]
    logits = model(pixels)
    save_file({"pixels": pixels.permute(0, 2, 3, 1).contiguous(), "logits": logits}, folder / "expected.safetensors")
    print(name, config["pretrained_cfg"], config.get("model_args"), sum(file.stat().st_size for file in folder.iterdir()) // 1024, "KiB")


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    for name, case in CASES.items():
        write(name, *case)

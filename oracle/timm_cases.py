"""Build small random vision transformers and ConvNeXts of timm, save them in its own folders, run them, write what Java tests replay.

    python oracle/timm_cases.py

Each case becomes a folder under models/src/test/resources/dev/fovea/models/classification/timm-cases/: config.json and model.safetensors
as timm saves them for the hub, a picture, and `expected.safetensors` with the pixels and the logits of timm's own transform and model,
and the features that its last layer reads.
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
SMALL = dict(input_size=(3, 48, 48), test_input_size=(3, 48, 48), pool_size=(1, 1))
CONVNEXT = dict(depths=(1, 1, 2, 1), dims=(8, 12, 16, 24), pretrained_cfg_overlay=SMALL)
CASES = {
    "vit": ("vit_tiny_patch16_224", dict(SIZES, num_classes=5), dict(label_names=["cat", "dog", "car", "tree", "cup"])),
    "convnext": ("convnext_tiny", dict(CONVNEXT, num_classes=4), dict()),
    "convnext-mlp": ("convnext_large_mlp", dict(CONVNEXT, head_hidden_size=20, num_classes=3), dict()),
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
    save_for_hf(model, folder, model_args={key: value for key, value in arguments.items() if key not in ("num_classes", "pretrained_cfg_overlay")}, safe_serialization=True)
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
    features = torch.nn.functional.normalize(model.forward_head(model.forward_features(pixels), pre_logits=True), dim=-1)
    save_file({"pixels": pixels.permute(0, 2, 3, 1).contiguous(), "logits": logits, "features": features}, folder / "expected.safetensors")
    print(name, config["pretrained_cfg"], config.get("model_args"), sum(file.stat().st_size for file in folder.iterdir()) // 1024, "KiB")


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    for name, case in CASES.items():
        write(name, *case)

"""Build small random DINOv3 checkpoints with transformers' own classes, run them in f32, write what Java tests replay.

    python oracle/dinov3_cases.py

Written to models/src/test/resources/dev/fovea/models/dinov3/, a folder for each case: the checkpoint with the names that
published ones have, and `expected.safetensors` with pixels of several sizes (height, width, channel) and the unit vectors.
`pixels/` has what the processor makes of a picture of preprocessing_cases.py with several settings (height, width, channel).
"""

import json
from pathlib import Path

from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import DINOv3ConvNextConfig, DINOv3ConvNextModel, DINOv3ViTConfig, DINOv3ViTImageProcessor, DINOv3ViTModel

from dinov2_cases import write

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/dinov3"
VIT = dict(hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=2, image_size=20, patch_size=5)
PREPROCESSING = {
    "crop_size": None, "do_center_crop": None, "do_normalize": True, "do_rescale": True, "do_resize": True,
    "image_mean": [0.485, 0.456, 0.406], "image_processor_type": "DINOv3ViTImageProcessorFast",
    "image_std": [0.229, 0.224, 0.225], "resample": 2, "rescale_factor": 0.00392156862745098,
    "size": {"height": 20, "width": 20}}


def published(folder):
    """Checks that tensors are saved by the names of the published files."""
    names = load_file(folder / "model.safetensors")
    assert not any(name.startswith("model.") for name in names), sorted(names)[:3]


PICTURE = OUT.parent / "image/cases/webp-lossless-opaque.webp"  # 61 x 33
SETTINGS = {
    "shrunk": {"size": {"height": 16, "width": 24}},
    "enlarged": {"size": {"height": 40, "width": 70}, "resample": 3},
    "lower": {"size": {"height": 20, "width": 61}, "resample": 3},
    "cropped": {"size": {"shortest_edge": 21}, "do_center_crop": True, "crop_size": {"height": 16, "width": 18}},
    "padded": {"size": {"shortest_edge": 9}, "do_center_crop": True, "crop_size": {"height": 14, "width": 12}},
    "raw": {"size": {"height": 12, "width": 12}, "do_normalize": False, "rescale_factor": 0.01}}


def write_pixels(folder):
    folder.mkdir(exist_ok=True)
    expected = {}
    for name, settings in SETTINGS.items():
        pixels = DINOv3ViTImageProcessor(**settings)(Image.open(PICTURE), return_tensors="pt")["pixel_values"][0]
        expected[name] = pixels.permute(1, 2, 0).contiguous()
        written = json.dumps({"image_processor_type": "DINOv3ViTImageProcessorFast", **settings}, indent=1)
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "preprocessor_config.json").write_text(written + "\n")
    save_file(expected, folder / "expected.safetensors")


if __name__ == "__main__":
    write_pixels(OUT / "pixels")
    trained, larger, odd = ("trained", 20, 20), ("larger", 35, 25), ("odd", 13, 24)
    cases = {
        "vit": DINOv3ViTModel(DINOv3ViTConfig(**VIT, num_register_tokens=3)),
        "gated": DINOv3ViTModel(
            DINOv3ViTConfig(**VIT, use_gated_mlp=True, hidden_act="silu", query_bias=False, value_bias=False, rope_theta=50.0)
        ),
        "convnext": DINOv3ConvNextModel(DINOv3ConvNextConfig(hidden_sizes=[8, 12, 24], depths=[1, 2, 1], image_size=20)),
    }
    for name, model in cases.items():
        write(OUT / name, model, [trained, larger] if name == "convnext" else [trained, larger, odd], PREPROCESSING)
        published(OUT / name)

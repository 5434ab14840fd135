"""Build small random DINOv3 checkpoints with transformers' own classes, run them in f32, write what Java tests replay.

    python oracle/dinov3_cases.py

Written to models/src/test/resources/dev/fovea/models/dinov3/, a folder for each case: the checkpoint with the names that
published ones have, and `expected.safetensors` with pixels of several sizes (height, width, channel) and the unit vectors.
"""

from pathlib import Path

from safetensors.torch import load_file
from transformers import DINOv3ConvNextConfig, DINOv3ConvNextModel, DINOv3ViTConfig, DINOv3ViTModel

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


if __name__ == "__main__":
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

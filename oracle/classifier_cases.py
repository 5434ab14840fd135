"""Build small random ViT, DINOv2, ResNet and CLIP classifiers with transformers' own classes, run them, write what Java tests replay.

    python oracle/classifier_cases.py [CASE ...]

Each case becomes a folder under models/src/test/resources/dev/fovea/models/classification/cases/; oracle/README.md lists the
entries.
"""

import json
import shutil
import sys
import zlib
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    CLIPConfig,
    CLIPForImageClassification,
    ConvNextConfig,
    ConvNextForImageClassification,
    Dinov2Config,
    Dinov2ForImageClassification,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersForImageClassification,
    ResNetConfig,
    ResNetForImageClassification,
    ViTConfig,
    ViTForImageClassification,
)

from clip_cases import draw_coloured, relative, spread

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/classification/cases"


def vit(**more):
    sizes = dict(hidden_size=32, num_attention_heads=4, intermediate_size=64, num_hidden_layers=2)
    return ViTConfig(**{**sizes, "patch_size": 8, "image_size": 32, "num_labels": 7, **more})


def clip(**more):
    vision = dict(hidden_size=32, num_attention_heads=4, intermediate_size=64, num_hidden_layers=2, patch_size=8, image_size=32)
    text = dict(hidden_size=8, num_attention_heads=1, intermediate_size=8, num_hidden_layers=1, vocab_size=8)
    return CLIPConfig(vision_config={**vision, **more}, text_config=text, num_labels=6)


def resnet(**more):
    sizes = dict(embedding_size=8, hidden_sizes=[16, 24], depths=[2, 1], num_labels=5)
    return ResNetConfig(**{**sizes, **more})


DINOV2 = dict(hidden_size=24, num_attention_heads=3, num_hidden_layers=2, mlp_ratio=2, patch_size=7, image_size=28, num_labels=5)

KINDS = {
    "convnext": ConvNextForImageClassification,
    "vit": ViTForImageClassification,
    "resnet": ResNetForImageClassification,
    "clip": CLIPForImageClassification,
    "dinov2": Dinov2ForImageClassification,
    "dinov2_with_registers": Dinov2WithRegistersForImageClassification,
}

CASES = {
    "vit": ("a vision transformer, also with interpolated positions", vit(), [(32, 32), (24, 45)]),
    "vit-relu": ("another activation and epsilon", vit(hidden_act="relu", layer_norm_eps=0.01), [(32, 32)]),
    "vit-oblong": (
        "height and width as lists, pixels that fill no patch, another activation",
        vit(image_size=[25, 43], patch_size=[8, 10], hidden_act="silu"),
        [(25, 43)],
    ),
    "clip": ("CLIP's tower, the mean of all patches; also with interpolated positions", clip(), [(32, 32), (24, 45)]),
    "dinov2": ("class token and mean of the patches, a gated MLP", Dinov2Config(use_swiglu_ffn=True, **DINOV2), [(28, 28), (35, 21)]),
    "dinov2-registers": (
        "registers, which the mean leaves out",
        Dinov2WithRegistersConfig(num_register_tokens=2, **DINOV2),
        [(28, 28), (21, 42)],
    ),
    "convnext": (
        "stages of convolutions; sides that do not divide, another epsilon at the end",
        ConvNextConfig(hidden_sizes=[8, 12, 20], depths=[1, 2, 1], num_stages=3, layer_norm_eps=0.01, num_labels=5),
        [(32, 32), (37, 50)],
    ),
    "resnet-basic": ("blocks of two convolutions; sides that do not divide", resnet(layer_type="basic"), [(32, 32), (37, 50)]),
    "resnet-bottleneck": ("blocks of three, the stride in the second", resnet(), [(32, 32), (45, 33)]),
    "resnet-stride-first": (
        "the stride in the first convolution and in the first stage, another activation",
        resnet(downsample_in_bottleneck=True, downsample_in_first_stage=True, hidden_act="gelu", hidden_sizes=[16, 16]),
        [(40, 32)],
    ),
}


@torch.no_grad()
def fill(model, generator):
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name.endswith("running_var"):
            value.copy_(0.5 + noise.abs())
        elif name.endswith("running_mean"):
            value.copy_(0.1 * noise)
        elif "norm" in name:
            value.copy_(0.15 * noise + (1 if name.endswith("weight") else 0))
        elif "lambda" in name or "layer_scale" in name:
            value.copy_(1 + 0.3 * noise)
        elif name.endswith("bias"):
            value.copy_(0.1 * noise)
        elif "token" in name or "position" in name:
            value.copy_(0.5 * noise)
        else:
            value.copy_(1.4 * noise / value[0].numel() ** 0.5)
    return model.eval()


def rows(value):
    value = value[0] if isinstance(value, tuple) else value
    return value.permute(0, 2, 3, 1).flatten(0, 2) if value.dim() == 4 else value.flatten(0, 1)


def run(model, pixels, prefix, dtype):
    model = model.to(dtype)
    seen, handles = {}, []

    def on(name, module):
        handles.append(module.register_forward_hook(lambda _m, _i, output: seen.__setitem__(name, rows(output).clone())))

    if isinstance(model, CLIPForImageClassification):
        on(f"{prefix}.embeddings", model.vision_model.embeddings)
        for number, layer in enumerate(model.vision_model.encoder.layers):
            on(f"{prefix}.layer.{number}", layer)
        logits = model(pixels.to(dtype), interpolate_pos_encoding=True).logits
    elif isinstance(model, ViTForImageClassification):
        on(f"{prefix}.embeddings", model.vit.embeddings)
        for number, layer in enumerate(model.vit.layers):
            on(f"{prefix}.layer.{number}", layer)
        # transformers interpolates for square patches only.
        interpolate = isinstance(model.config.patch_size, int)
        logits = model(pixels.to(dtype), interpolate_pos_encoding=interpolate).logits
    elif model.config.model_type.startswith("dinov2"):
        tower = getattr(model, model.config.model_type)
        on(f"{prefix}.embeddings", tower.embeddings)
        for number, layer in enumerate(tower.encoder.layer if hasattr(tower, "encoder") else tower.layers):
            on(f"{prefix}.layer.{number}", layer)
        logits = model(pixels.to(dtype)).logits
    elif model.config.model_type == "convnext":
        for number, stage in enumerate(model.convnext.encoder.stages):
            on(f"{prefix}.stages.{number}", stage)
        logits = model(pixels.to(dtype)).logits
    else:
        on(f"{prefix}.embedder", model.resnet.embedder)
        for stage, blocks in enumerate(model.resnet.encoder.stages):
            for number, block in enumerate(blocks.layers):
                on(f"{prefix}.stages.{stage}.layers.{number}", block)
        logits = model(pixels.to(dtype)).logits
    for handle in handles:
        handle.remove()
    return {**seen, f"{prefix}.logits": logits}


def write(name, what, config, sizes):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    config.id2label = {i: f"class {i}" for i in range(config.num_labels)}
    kind = KINDS[config.model_type]
    fill(kind(config), generator).save_pretrained(folder)
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    out, noise, groups, apart = {}, 0, [], 2
    for height, width in sizes:
        prefix = f"{height}x{width}"
        pixels = draw_coloured(2, height, width, generator)
        found = run(model, pixels, prefix, torch.float32)
        exact = run(model, pixels, prefix, torch.float64)
        model = model.to(torch.float32)
        noise = max(noise, *(relative(found[key], exact[key]) for key in found))
        apart = min(apart, spread(found[f"{prefix}.logits"]))
        groups.append(dict(prefix=prefix, count=2, height=height, width=width))
        out |= found | {f"{prefix}.pixel_values": rows(pixels)}
    assert apart > 0.001, (name, apart)
    save_file({key: value.contiguous() for key, value in out.items()}, folder / "expected.safetensors")
    description = {
        "name": name,
        "what": what,
        "class": kind.__name__,
        "transformers": transformers.__version__,
        "torch": torch.__version__.split("+")[0],
        "pictures": groups,
        "rounding_of_the_reference": float(f"{noise:.2e}"),
    }
    (folder / "case.json").write_text(json.dumps(description, indent=2) + "\n")
    total = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name}: {total / 1024:.0f} KiB, f32 against f64 {noise:.1e}, inputs apart {apart:.3f}", flush=True)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    for name, (what, config, sizes) in CASES.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        write(name, what, config, sizes)

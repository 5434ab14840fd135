"""Build small random MobileCLIPs with open_clip's and timm's own classes, run them in f32, write what Java tests replay.

    python oracle/mobileclip_cases.py

Needs open_clip_torch and timm besides requirements.txt. Each case becomes a folder under
models/src/test/resources/dev/fovea/models/clip/mobileclip-cases/, in the layout that `fovea convert` writes. `merged` has the
weights of `small` after timm's own reparametrisation, in its names. `compare_open_clip.py` does full sizes.
"""

import json
import re
import shutil
import zlib
from pathlib import Path

import open_clip
import timm
import torch
from safetensors.torch import save_file
from timm.utils.model import reparameterize_model

from clip_cases import draw_coloured, relative

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/clip/mobileclip-cases"
SIZE = 64
TEXT = dict(context_length=12, vocab_size=64, width=32, heads=2, layers=1, no_causal_mask=True)
SMALL = dict(layers=(1, 1, 2, 1), embed_dims=(4, 8, 16, 32), mlp_ratios=(3, 3, 3, 3))
LARGE = dict(layers=(1, 1, 1, 1, 1), embed_dims=(4, 8, 16, 32, 64), mlp_ratios=(2, 2, 2, 2, 2))
CASES = {"small": ("fastvit_mci0", SMALL), "layer-norm": ("fastvit_mci3", LARGE), "merged": ("fastvit_mci0", SMALL)}
TEXT_NAMES = {
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "ln_final.weight": "text_model.final_layer_norm.weight",
    "ln_final.bias": "text_model.final_layer_norm.bias",
    "text_projection": "text_projection.weight",
}
BLOCK_NAMES = {"attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}


@torch.no_grad()
def fill(model, generator, scale=0.4):
    """Layers keep the size of what they read, batch norms have statistics as training leaves them, scales are not nearly zero."""
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        if not value.is_floating_point() or "attn_mask" in name or ".rope." in name:
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name == "logit_scale":
            value.fill_(3.25)
        elif name.endswith("running_var"):
            value.copy_(0.5 + noise.abs())
        elif name.endswith("running_mean") or name.endswith("bias"):
            value.copy_(0.1 * noise)
        elif name.endswith("gamma"):
            value.copy_(scale * (1 + 0.2 * noise))
        elif re.search(r"(bn|norm|identity|ln_\d|ln_final)\.weight$", name):
            value.copy_(0.7 * (1 + 0.2 * noise))
        elif "embedding" in name:
            value.copy_(0.5 * noise)
        else:
            inputs = value.shape[0] if name == "text.text_projection" else value[0].numel()
            value.copy_(1.4 * noise / inputs**0.5)
    return model.eval()


def renamed(state):
    out = {}
    for name, value in state.items():
        if name.startswith("visual.trunk."):
            out["vision_model." + name.removeprefix("visual.trunk.")] = value
        elif name.startswith("text.transformer.resblocks."):
            number, rest = name.removeprefix("text.transformer.resblocks.").split(".", 1)
            block = f"text_model.encoder.layers.{number}."
            if rest.startswith("attn.in_proj_"):
                kind = rest.removeprefix("attn.in_proj_")
                for part, values in zip("qkv", value.chunk(3), strict=True):
                    out[f"{block}self_attn.{part}_proj.{kind}"] = values.clone()
            else:
                inner, kind = rest.rsplit(".", 1)
                out[f"{block}{BLOCK_NAMES[inner]}.{kind}"] = value
        elif name.startswith("text."):
            inner = name.removeprefix("text.")
            out[TEXT_NAMES[inner]] = value.T if inner == "text_projection" else value
        else:
            out[name] = value
    return {name: value.clone().contiguous() for name, value in out.items()}


def text_config():
    return {
        "model_type": "clip_text_model",
        "hidden_size": TEXT["width"],
        "intermediate_size": 4 * TEXT["width"],
        "num_hidden_layers": TEXT["layers"],
        "num_attention_heads": TEXT["heads"],
        "max_position_embeddings": TEXT["context_length"],
        "vocab_size": TEXT["vocab_size"],
        "hidden_act": "gelu",
        "eos_token_id": TEXT["vocab_size"] - 1,
        "pad_token_id": 0,
        "no_causal_mask": True,
    }


def config(trunk, dimension):
    stages = trunk.stages
    return {
        "architectures": ["FoveaMobileCLIPModel"],
        "model_type": "clip",
        "projection_dim": dimension,
        "text_config": text_config(),
        "vision_config": {
            "model_type": "fastvit_vision_model",
            "layers": [len(stage.blocks) for stage in stages],
            "embed_dims": [stage.blocks[0].mlp.fc1.in_channels for stage in stages],
            "intermediate_sizes": [stage.blocks[0].mlp.fc1.out_channels for stage in stages],
            "attention": [hasattr(stage.blocks[0], "norm") for stage in stages],
            "pos_embs": [not isinstance(stage.pos_emb, torch.nn.Identity) for stage in stages],
            "se_downsamples": [hasattr(getattr(stage.downsample, "proj", [None])[0], "se") and hasattr(stage.downsample.proj[0].se, "fc1") for stage in stages],
            "layer_norm": isinstance(getattr(stages[-1].blocks[0], "norm"), torch.nn.LayerNorm),
            "image_size": SIZE,
        },
    }


def rows(value):
    return value.permute(0, 2, 3, 1).flatten(0, 2) if value.dim() == 4 else value


def run(model, pixels, ids, dtype):
    model = model.to(dtype)
    seen, handles = {}, []

    def on(name, module):
        handles.append(module.register_forward_hook(lambda _m, _i, output: seen.__setitem__(name, rows(output).clone())))

    trunk = model.visual.trunk
    on("vision.stem", trunk.stem)
    for number, stage in enumerate(trunk.stages):
        on(f"vision.stages.{number}", stage)
    on("vision.final_conv", trunk.final_conv)
    images = model.encode_image(pixels.to(dtype))
    for handle in handles:
        handle.remove()
    seen["vision.image_embeds"] = torch.nn.functional.normalize(images, dim=-1)
    seen["text.projected"] = model.encode_text(ids)
    seen["text.text_embeds"] = torch.nn.functional.normalize(seen["text.projected"], dim=-1)
    seen["logits_per_image"] = model.logit_scale.exp() * seen["vision.image_embeds"] @ seen["text.text_embeds"].T
    return seen


def build(architecture, sizes, generator):
    text = {key: value for key, value in TEXT.items()}
    vision = dict(timm_model_name=architecture, timm_pool="avg", timm_proj=None, image_size=SIZE)
    model = open_clip.CustomTextCLIP(embed_dim=16, vision_cfg=vision, text_cfg=text)
    model.visual.trunk = timm.create_model(architecture, num_classes=16, global_pool="avg", **sizes)
    return fill(model, generator)


def write(name, architecture, sizes):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(zlib.crc32(architecture.encode()))
    model = build(architecture, sizes, generator)
    pixels = draw_coloured(2, SIZE, SIZE, generator)
    end = TEXT["vocab_size"] - 1
    texts = [[end - 1, *torch.randint(1, end - 1, (length - 2,), generator=generator).tolist(), end] for length in (3, 7, 12, 2)]
    ids = torch.tensor([text + [0] * (TEXT["context_length"] - len(text)) for text in texts])
    description = config(model.visual.trunk, 16)
    if name == "merged":
        model.visual.trunk = reparameterize_model(model.visual.trunk)
    state = renamed(model.state_dict())
    out = run(model, pixels, ids, torch.float32)
    exact = run(model, pixels, ids, torch.float64)
    noise = max(relative(out[key], exact[key]) for key in out)
    apart = float(1 - (out["vision.image_embeds"][0] @ out["vision.image_embeds"][1]))
    out["vision.pixel_values"] = rows(pixels)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    save_file({key: value.float().contiguous() for key, value in out.items()}, folder / "expected.safetensors")
    (folder / "config.json").write_text(json.dumps(description, indent=2) + "\n")
    case = {
        "name": name,
        "class": "open_clip.CustomTextCLIP, timm " + architecture,
        "open_clip": open_clip.__version__,
        "timm": timm.__version__,
        "pictures": [dict(prefix="vision", count=2, height=SIZE, width=SIZE)],
        "texts": [dict(ids=text) for text in texts],
        "rounding_of_the_reference": float(f"{noise:.2e}"),
    }
    (folder / "case.json").write_text(json.dumps(case, indent=2) + "\n")
    total = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name}: {total / 1024:.0f} KiB, f32 against f64 {noise:.1e}, pictures apart {apart:.4f}", flush=True)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    for name, case in CASES.items():
        write(name, *case)

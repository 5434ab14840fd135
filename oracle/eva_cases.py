"""Build small random EVA-CLIPs and PE-Cores with open_clip's and timm's own classes, run them in f32, write what Java tests replay.

    python oracle/eva_cases.py

Needs open_clip_torch and timm besides requirements.txt. Each case becomes a folder under
models/src/test/resources/dev/fovea/models/clip/eva-cases/, in the layout that `fovea convert` writes: queries, keys and values apart, and
the channels that rotary positions turn together half a head apart. `compare_open_clip.py` does full sizes.
"""

import json
import shutil
import zlib
from pathlib import Path

import open_clip
import timm
import torch
from safetensors.torch import save_file

import mobileclip_cases
from clip_cases import draw_coloured, relative
from mobileclip_cases import TEXT, fill, renamed

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/clip/eva-cases"
SIZE = 32
OTHER = (48, 40)
DIMENSION = 16
CASES = {
    "pe-core": ("vit_pe_core_tiny_patch16_384", dict(embed_dim=24, num_heads=3, mlp_ratio=2.5)),
    "pe-core-gigantic": ("vit_pe_core_gigantic_patch14_448", dict(embed_dim=32, num_heads=2, mlp_ratio=2)),
    "eva02": ("eva02_base_patch16_clip_224", dict(embed_dim=24, num_heads=2, mlp_ratio=2.2)),
    "eva02-enormous": ("eva02_enormous_patch14_clip_224", dict(embed_dim=24, num_heads=2, mlp_ratio=3)),
    "eva01": ("eva_giant_patch14_224", dict(embed_dim=24, num_heads=2, mlp_ratio=2)),
}


def halves(rows, heads):
    """Rows of one head: first those of all first channels, then those of the second ones."""
    return rows.unflatten(0, (heads, -1, 2)).transpose(1, 2).flatten(0, 2)


def rearranged(state, heads, turned):
    """The names and the order of rows of Fovea's folder."""
    out = {}
    for name, value in state.items():
        start, _, kind = name.rpartition(".")
        if name.startswith("vision_model.attn_pool."):
            inner = name.removeprefix("vision_model.attn_pool.")
            inner = "probe" if inner == "latent" else inner.replace("norm.", "layernorm.").replace("proj.", "attention.out_proj.")
            if inner.startswith("q."):
                joined = torch.cat([value, state[name.replace(".q.", ".kv.")]])
                out[f"vision_model.attn_pool.attention.in_proj_{kind}"] = joined
            elif not inner.startswith("kv."):
                out[f"vision_model.attn_pool.{inner}"] = value
        elif start.endswith("attn.qkv"):
            for part, rows in zip("qkv", value.chunk(3), strict=True):
                out[f"{start[:-3]}{part}_proj.{kind}"] = halves(rows, heads) if turned and part != "v" else rows
        elif kind in ("q_bias", "v_bias"):
            out[f"{start}.{kind[0]}_proj.bias"] = value
        elif name.startswith("vision_model.") and start.endswith(("attn.q_proj", "attn.k_proj")):
            out[name] = halves(value, heads)
        else:
            out[name] = value
    return {name: value.clone().contiguous() for name, value in out.items()}


def config(name, trunk, architecture):
    block, pool = trunk.blocks[0], trunk.attn_pool
    perception, gated = "pe_core" in architecture, hasattr(block.mlp, "fc1_g")
    vision = {
        "model_type": "eva_vision_model",
        "hidden_size": trunk.embed_dim,
        "intermediate_size": (block.mlp.fc1_g if gated else block.mlp.fc1).out_features,
        "num_hidden_layers": len(trunk.blocks),
        "num_attention_heads": block.attn.num_heads,
        "hidden_act": "silu" if gated else "gelu",
        "layer_norm_eps": block.norm1.eps,
        "patch_size": trunk.patch_embed.patch_size[0],
        "image_size": SIZE,
        "class_token": trunk.cls_token is not None,
        "patch_bias": trunk.patch_embed.proj.bias is not None,
        "pre_norm": perception,
        "key_bias": perception,
        "gated_blocks": gated,
        "norms_after_parts": "enormous" in architecture,
    }
    if trunk.rope is not None:
        vision["rope_grid"] = trunk.rope.ref_feat_shape[0]
        vision["rope_first"] = int(trunk.rope.grid_offset)
        vision["rope_columns_first"] = trunk.rope.grid_indexing == "xy"
    if pool is not None:
        vision["pooling_heads"] = pool.num_heads
        vision["pooling_intermediate_size"] = pool.mlp.fc1.out_features
    text = mobileclip_cases.text_config() | {"no_causal_mask": False}
    return {"architectures": ["FoveaEvaCLIPModel"], "model_type": "clip", "projection_dim": DIMENSION, "text_config": text, "vision_config": vision}


def run(model, pixels, ids, dtype):
    model = model.to(dtype)
    seen, handles = {}, []
    trunk = model.visual.trunk
    handles.append(trunk.norm_pre.register_forward_pre_hook(lambda _m, inputs: seen.__setitem__("vision.patch_embed", inputs[0].flatten(0, 1).clone())))
    handles.append(trunk.blocks[0].register_forward_hook(lambda _m, _i, output: seen.__setitem__("vision.blocks.0", output.flatten(0, 1).clone())))
    if trunk.attn_pool is not None:
        handles.append(trunk.attn_pool.register_forward_hook(lambda _m, _i, output: seen.__setitem__("vision.attn_pool", output.clone())))
    images = model.encode_image(pixels.to(dtype))
    for handle in handles:
        handle.remove()
    seen["vision.image_embeds"] = torch.nn.functional.normalize(images, dim=-1)
    if ids is not None:
        seen["text.projected"] = model.encode_text(ids)
        seen["text.text_embeds"] = torch.nn.functional.normalize(seen["text.projected"], dim=-1)
        seen["logits_per_image"] = model.logit_scale.exp() * seen["vision.image_embeds"] @ seen["text.text_embeds"].T
    return seen


def build(architecture, sizes, generator):
    vision = dict(timm_model_name=architecture, timm_pool="avg", timm_proj=None, image_size=SIZE)
    pool = "map" if "pe_core" in architecture else "token"
    made = timm.create_model
    timm.create_model = lambda *_, **__: made(
        architecture, num_classes=DIMENSION, global_pool=pool, img_size=SIZE, patch_size=8, depth=2, **sizes)
    try:
        text = {key: value for key, value in TEXT.items() if key != "no_causal_mask"}
        model = open_clip.CustomTextCLIP(embed_dim=DIMENSION, vision_cfg=vision, text_cfg=text)
    finally:
        timm.create_model = made
    fill(model, generator)
    for name, value in model.visual.trunk.named_parameters():
        if name in ("pos_embed", "cls_token", "attn_pool.latent"):
            value.copy_(0.7 * torch.randn(value.shape, generator=generator))
    return model


def rows(pixels):
    return pixels.permute(0, 2, 3, 1).flatten(0, 2)


def write(name, architecture, sizes):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    model = build(architecture, sizes, generator)
    trunk = model.visual.trunk
    pixels = draw_coloured(2, SIZE, SIZE, generator)
    others = draw_coloured(2, *OTHER, generator)
    end = TEXT["vocab_size"] - 1
    texts = [[end - 1, *torch.randint(1, end - 1, (length - 2,), generator=generator).tolist(), end] for length in (3, 7, 12, 2)]
    ids = torch.tensor([text + [0] * (TEXT["context_length"] - len(text)) for text in texts])
    (folder / "config.json").write_text(json.dumps(config(name, trunk, architecture), indent=2) + "\n")
    state = rearranged(renamed(model.state_dict()), trunk.blocks[0].attn.num_heads, trunk.rope is not None)
    out = run(model, pixels, ids, torch.float32)
    exact = run(model, pixels, ids, torch.float64)
    noise = max(relative(out[key], exact[key]) for key in out)
    apart = float(1 - (out["vision.image_embeds"][0] @ out["vision.image_embeds"][1]))
    model.float()
    trunk.set_input_size(img_size=OTHER)
    out["other.image_embeds"] = run(model, others, None, torch.float32)["vision.image_embeds"]
    out["vision.pixel_values"], out["other.pixel_values"] = rows(pixels), rows(others)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    save_file({key: value.float().contiguous() for key, value in out.items()}, folder / "expected.safetensors")
    case = {
        "name": name,
        "class": "open_clip.CustomTextCLIP, timm " + architecture,
        "open_clip": open_clip.__version__,
        "timm": timm.__version__,
        "pictures": [dict(prefix="vision", count=2, height=SIZE, width=SIZE), dict(prefix="other", count=2, height=OTHER[0], width=OTHER[1])],
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

"""Build small random CLIP checkpoints with transformers' own classes, run them in f32, write what Java tests replay.

    python oracle/clip_cases.py [CASE ...]          default: all of them

Each case becomes a folder under models/src/test/resources/dev/fovea/models/clip/cases/: the checkpoint as people would
have it (config.json, model.safetensors or shards), `expected.safetensors` (inputs, intermediate states, outputs) and
`case.json` (what the case is for, its groups of pictures and texts). oracle/README.md lists the entries.

Weights come from one seed per case and are scaled so that nothing hides in a linear corner: attention scores have a
standard deviation of about two, activations see both tails, biases and norms are not the identity.
"""

import json
import shutil
import sys
import zlib
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPVisionConfig,
)

from clip_specs import CASES, Texts
from clip_weights import fill

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/clip/cases"


def build(case, generator):
    if case.kind is CLIPModel:
        model = CLIPModel(CLIPConfig(vision_config=case.vision, text_config=case.text, projection_dim=case.projection))
    elif case.text:
        model = case.kind(CLIPTextConfig(**case.text))
    else:
        model = case.kind(CLIPVisionConfig(**case.vision))
    return fill(model, generator).to(case.dtype).eval()


def draw_pictures(count, height, width, generator):
    """Normalised pictures: a coarse pattern under fine noise, so that patches and pictures differ."""
    coarse = 1.5 * torch.randn(count, 3, 5, 5, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=True)
    return smooth + 0.4 * torch.randn(count, 3, height, width, generator=generator)


def draw_coloured(count, height, width, generator):
    """The same, each in a colour of its own: a network that averages over all pixels sees little of patterns."""
    colours = 2 * torch.randn(count, 3, 1, 1, generator=generator)
    return draw_pictures(count, height, width, generator) + colours


def draw_texts(case, generator):
    end = case.text["eos_token_id"] if case.end is None else case.end
    # Id 2, the legacy eos_token_id, is an ordinary token of these vocabularies, and each first text holds it.
    rows = []
    for length in case.lengths:
        middle = torch.randint(2, end - 1, (length - 2,), generator=generator).tolist()
        rows.append([end - 1] + middle + [end])
    rows[0][1] = 2
    return Texts("text", rows, end if case.padding is None else case.padding)


class Watch:
    """Keeps the output of named modules during one run."""

    def __init__(self):
        self.seen, self.handles = {}, []

    def on(self, name, module):
        def keep(_module, _inputs, output):
            self.seen[name] = output[0] if isinstance(output, tuple) else output
            if isinstance(output, tuple) and len(output) > 1 and output[1] is not None:
                self.seen[name + ".probabilities"] = output[1]

        self.handles.append(module.register_forward_hook(keep))

    def blocks(self, prefix, encoder, inside):
        for i, layer in enumerate(encoder.layers):
            self.on(f"{prefix}.block.{i}", layer)
            if inside:
                self.on(f"{prefix}.block.{i}.norm1", layer.layer_norm1)
                self.on(f"{prefix}.block.{i}.attention", layer.self_attn)
                self.on(f"{prefix}.block.{i}.norm2", layer.layer_norm2)
                self.on(f"{prefix}.block.{i}.mlp", layer.mlp)

    def stop(self):
        for handle in self.handles:
            handle.remove()


def unit(rows):
    return rows / rows.pow(2).sum(-1, keepdim=True).sqrt()


def run_pictures(model, group, pixels, inside):
    tower = getattr(model, "vision_model", model)
    watch, prefix = Watch(), group.prefix
    watch.on(f"{prefix}.embeddings", tower.embeddings)
    watch.on(f"{prefix}.pre_norm", tower.pre_layrnorm)
    watch.blocks(prefix, tower.encoder, inside)
    pooled = tower(pixel_values=pixels, interpolate_pos_encoding=group.size is not None).pooler_output
    watch.stop()
    out = {}
    for name, value in watch.seen.items():
        out[name] = value if name.endswith("probabilities") else value.flatten(0, 1)
    out[f"{prefix}.pooled"] = pooled
    if hasattr(model, "visual_projection"):
        out[f"{prefix}.projected"] = model.visual_projection(pooled)
        out[f"{prefix}.image_embeds"] = unit(out[f"{prefix}.projected"])
    return out


def run_texts(model, texts, inside):
    tower = getattr(model, "text_model", model)
    lengths = [len(row) for row in texts.rows]
    ids = torch.tensor([row + [texts.padding] * (max(lengths) - len(row)) for row in texts.rows])
    mask = torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]
    watch, prefix = Watch(), texts.prefix
    watch.on(f"{prefix}.embeddings", tower.embeddings)
    watch.blocks(prefix, tower.encoder, inside)
    watch.on(f"{prefix}.last_hidden_state", tower.final_layer_norm)
    pooled = tower(input_ids=ids, attention_mask=mask.long()).pooler_output
    watch.stop()
    out = {
        f"{prefix}.padded_ids": ids.int(),
        f"{prefix}.attention_mask": mask.int(),
        f"{prefix}.ids": ids[mask].int(),
        f"{prefix}.lengths": torch.tensor(lengths, dtype=torch.int32),
    }
    for name, value in watch.seen.items():
        if name.endswith("probabilities"):  # one entry per text: [heads, length, length]
            for i, length in enumerate(lengths):
                out[f"{name}.{i}"] = value[i, :, :length, :length]
        else:
            out[name] = value[mask]  # the rows of real tokens, texts laid end to end
    out[f"{prefix}.pooled"] = pooled
    hits = (watch.seen[f"{prefix}.last_hidden_state"] == pooled[:, None, :]).all(-1).int()
    out[f"{prefix}.pooled_index"] = hits.argmax(-1).int()
    if hasattr(model, "text_projection"):
        out[f"{prefix}.projected"] = model.text_projection(pooled)
        out[f"{prefix}.text_embeds"] = unit(out[f"{prefix}.projected"])
    return out


def run(model, case, groups, pixels, texts, dtype=torch.float32):
    model = model.to(dtype)
    out = {}
    for group, values in zip(groups, pixels, strict=True):
        out |= run_pictures(model, group, values.to(dtype), case.inside)
    for group in texts:
        out |= run_texts(model, group, case.inside)
    if case.kind is CLIPModel:
        ids, mask = out["text.padded_ids"].long(), out["text.attention_mask"]
        whole = model(input_ids=ids, pixel_values=pixels[0].to(dtype), attention_mask=mask)
        out["logits_per_image"] = whole.logits_per_image
        # The towers were run one by one to see inside; the whole model must say the same.
        assert torch.allclose(whole.image_embeds, out["vision.image_embeds"], atol=1e-6)
        assert torch.allclose(whole.text_embeds, out["text.text_embeds"], atol=1e-6)
    return out


def relative(found, expected):
    return ((found.double() - expected.double()).abs().max() / expected.double().abs().max()).item()


def spread(rows):
    """The smallest 1 - cosine between two rows: how clearly different inputs give different outputs."""
    rows = unit(rows.double())
    apart = 1 - rows @ rows.T
    return min((apart[i, j].item() for i in range(len(rows)) for j in range(i)), default=None)


def write(name, case):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    model = build(case, generator)
    model.save_pretrained(folder, **({"max_shard_size": case.shard} if case.shard else {}))
    config_file = folder / "config.json"
    config = json.loads(config_file.read_text())
    if case.edit:
        case.edit(config)
    config_file.write_text(json.dumps(config, indent=2) + "\n")
    if case.position_buffers:
        weights = load_file(folder / "model.safetensors")
        for part, count in (
            ("text_model", case.text["max_position_embeddings"]),
            ("vision_model", (case.vision["image_size"] // case.vision["patch_size"]) ** 2 + 1),
        ):
            weights[f"{part}.embeddings.position_ids"] = torch.arange(count)[None, :]
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    # From here on only what the folder says counts: transformers reads it back as a user's checkpoint.
    model, notes = case.kind.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not notes["missing_keys"] and not notes["mismatched_keys"], notes
    model.eval()
    groups = case.pictures if case.vision else []
    own = (case.vision["image_size"],) * 2 if case.vision else None
    pixels = [draw_pictures(group.count, *(group.size or own), generator) for group in groups]
    texts = [draw_texts(case, generator), *case.extra_texts] if case.text else []
    out = run(model, case, groups, pixels, texts)
    for group, values in zip(groups, pixels, strict=True):
        out[f"{group.prefix}.pixels"] = values.permute(0, 2, 3, 1).reshape(-1, 3)
    exact = run(model, case, groups, pixels, texts, torch.float64)
    noise = max(relative(out[key], exact[key]) for key in exact if key.endswith(("embeds", "pooled")))
    apart = {key: spread(out[key]) for key in out if key.endswith(("embeds", "pooled")) and len(out[key]) > 1}
    assert min(apart.values()) > 0.02, (name, apart)
    save_file({key: value.contiguous() for key, value in out.items()}, folder / "expected.safetensors")
    sizes = [
        dict(prefix=g.prefix, count=g.count, height=p.shape[2], width=p.shape[3], interpolate=g.size is not None)
        for g, p in zip(groups, pixels, strict=True)
    ]
    (folder / "case.json").write_text(
        json.dumps(
            {
                "name": name,
                "what": case.what,
                "class": case.kind.__name__,
                "transformers": transformers.__version__,
                "torch": torch.__version__.split("+")[0],
                "pictures": sizes,
                "texts": [dict(prefix=g.prefix, count=len(g.rows)) for g in texts],
                "rounding_of_the_reference": float(f"{noise:.2e}"),
            },
            indent=2,
        )
        + "\n"
    )
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(
        f"{name}: {size / 1024:.0f} KiB, f32 against f64 {noise:.1e}, inputs apart {min(apart.values()):.3f}",
        flush=True,
    )
    return size


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    names = sys.argv[1:] or list(CASES)
    if unknown := set(names) - set(CASES):
        sys.exit(f"unknown case {sorted(unknown)}; the cases are {', '.join(CASES)}")
    total = sum(write(name, CASES[name]) for name in names)
    print(f"{total / 1024:.0f} KiB in all")

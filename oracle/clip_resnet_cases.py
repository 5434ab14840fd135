"""Build small random CLIP ResNets with OpenAI's own classes, run them in f32, write what Java tests replay.

    python oracle/clip_resnet_cases.py

Needs clip-anytorch besides requirements.txt: pip install --no-deps clip-anytorch==2.6.0 ftfy regex wcwidth. Each case becomes
a folder under models/src/test/resources/dev/fovea/models/clip/resnet-cases/; oracle/README.md lists the entries.
"""

import json
import shutil
import zlib
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import save_file

import clip.model
import clip_resnet
from clip_cases import draw_coloured, relative, spread, unit

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/clip/resnet-cases"

CASES = {
    "small": dict(
        what="all parts: two blocks in two stages, one in the others, a map of 2 x 2",
        layers=(2, 1, 2, 1), width=4, image_size=64, projection=16,
    ),
    "odd-sizes": dict(
        what="a width that is no power of two, a map of 3 x 3, one block in every stage",
        layers=(1, 1, 1, 1), width=6, image_size=96, projection=10,
    ),
}  # fmt: skip
TEXT = dict(text_width=64, text_layers=1, vocabulary=64, positions=16)
LENGTHS = (3, 7, 5, 2)


def rows(value):
    """[images, channels, height, width] to rows of pixels."""
    return value.permute(0, 2, 3, 1).flatten(0, 2) if value.dim() == 4 else value


def run(model, pixels, ids, dtype):
    model = model.to(dtype)
    clip.model.LayerNorm.forward = torch.nn.LayerNorm.forward  # its own computes in f32 whatever comes in
    seen, handles = {}, []

    def on(name, module):
        handles.append(module.register_forward_hook(lambda _m, _i, output: seen.__setitem__(name, rows(output).clone())))

    visual = model.visual
    on("vision.stem", visual.avgpool)
    for stage in range(1, 5):
        for number, block in enumerate(getattr(visual, f"layer{stage}")):
            on(f"vision.layer{stage}.{number}", block)
    on("vision.attnpool", visual.attnpool)
    visual(pixels.to(dtype))
    for handle in handles:
        handle.remove()
    out = seen
    out["vision.image_embeds"] = unit(seen["vision.attnpool"])
    out["text.projected"] = model.encode_text(ids)
    out["text.text_embeds"] = unit(out["text.projected"])
    out["logits_per_image"] = model(pixels.to(dtype), ids)[0]
    return out


def write(name, case):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    sizes = {key: value for key, value in case.items() if key != "what"}
    model = clip_resnet.build(**sizes, **TEXT, generator=generator)
    clip_resnet.save(model, folder)
    size = case["image_size"]
    pixels = draw_coloured(2, size, size, generator)
    end = TEXT["vocabulary"] - 1
    texts = [[end - 1, *torch.randint(0, end - 1, (length - 2,), generator=generator).tolist(), end] for length in LENGTHS]
    ids = torch.tensor([text + [0] * (TEXT["positions"] - len(text)) for text in texts])
    out = run(model, pixels, ids, torch.float32)
    exact = run(model, pixels, ids, torch.float64)
    noise = max(relative(out[key], exact[key]) for key in out)
    apart = min(spread(out["vision.image_embeds"]), spread(out["text.text_embeds"]))
    assert apart > 0.001, (name, apart)
    out["vision.pixel_values"] = rows(pixels)
    save_file({key: value.float().contiguous() for key, value in out.items()}, folder / "expected.safetensors")
    description = {
        "name": name,
        "what": case["what"],
        "class": "clip.model.CLIP",
        "clip-anytorch": version("clip-anytorch"),
        "torch": torch.__version__.split("+")[0],
        "pictures": [dict(prefix="vision", count=2, height=size, width=size)],
        "texts": [dict(ids=text) for text in texts],
        "rounding_of_the_reference": float(f"{noise:.2e}"),
    }
    (folder / "case.json").write_text(json.dumps(description, indent=2) + "\n")
    total = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name}: {total / 1024:.0f} KiB, f32 against f64 {noise:.1e}, inputs apart {apart:.3f}", flush=True)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    for name, case in CASES.items():
        write(name, case)

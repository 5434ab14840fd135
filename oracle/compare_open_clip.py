"""Write an open_clip model in full size as its authors publish it, convert it with ./fovea, and compare what both make of pictures and texts.

    python oracle/compare_open_clip.py OUT NAME ... [--image FILE ...] [--tokenizer FOLDER] [--fovea ./fovea] [--keep]

NAME is one of open_clip's, such as MobileCLIP2-S2, and FOLDER has a small tokenizer of transformers where the model's own
is not CLIP's, such as that of a case of siglip_cases.py. The weights are random, since this needs no network; statistics and scales are
drawn so that every part counts. OUT/NAME holds open_clip_config.json and open_clip_model.safetensors, OUT/NAME-fovea what `fovea
convert` makes of them. Prints the relative error of embeddings and how far apart different inputs are; exits with 1 above 1e-4.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import open_clip
import torch
from open_clip.tokenizer import HFTokenizer
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors.torch import save_file

from mobileclip_cases import fill

TEXTS = ["a photo of a cat", "two dogs running on the beach, at dawn", "x", "the quick brown fox jumps over the lazy dog " * 12]
LIMIT = 1e-4


def write(folder, name):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = open_clip.get_model_config(name)
    model = fill(open_clip.create_model(name, pretrained=None), torch.Generator().manual_seed(7), 0.1)
    mobile = name.startswith("MobileCLIP") and name[-2:] not in ("S3", "S4", "14")
    preprocess = dict(mean=[0, 0, 0], std=[1, 1, 1], interpolation="bilinear") if mobile else {}
    if "SigLIP" in name:
        preprocess = dict(mean=[0.5] * 3, std=[0.5] * 3, interpolation="bicubic", resize_mode="squash")
    if name.startswith("PE-Core"):
        preprocess = dict(mean=[0.5] * 3, std=[0.5] * 3, interpolation="bilinear", resize_mode="squash")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}, indent=2))
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "open_clip_model.safetensors")
    return model, image_transform_v2(PreprocessCfg(size=model.visual.image_size, **preprocess), is_train=False)


def own_tokenizer(name, folder, files):
    text = open_clip.get_model_config(name)["text_cfg"]
    if "hf_tokenizer_name" not in text:
        return open_clip.get_tokenizer(name)
    for file in files.iterdir():
        if "token" in file.name:
            shutil.copy(file, folder)
    return HFTokenizer(str(folder), context_length=text.get("context_length", 77), **text.get("tokenizer_kwargs", {}))


def relative(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--image", action="append", default=[])
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--fovea", default="./fovea")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    wrong = False
    for name in arguments.names:
        folder = arguments.out / name
        model, transform = write(folder, name)
        tokenizer = own_tokenizer(name, folder, arguments.tokenizer)
        images = torch.stack([model.encode_image(transform(Image.open(file).convert("RGB"))[None], normalize=True)[0] for file in arguments.image])
        texts = torch.stack([model.encode_text(tokenizer([text]), normalize=True)[0] for text in TEXTS])
        converted = arguments.out / f"{name}-fovea"
        shutil.rmtree(converted, ignore_errors=True)
        subprocess.run([arguments.fovea, "convert", str(folder), str(converted)], check=True, stdout=subprocess.DEVNULL)
        inputs = [part for file in arguments.image for part in ("--image", file)] + [part for text in TEXTS for part in ("--text", text)]
        done = subprocess.run([arguments.fovea, "embed", "--model", str(converted), "--json", *inputs], check=True, stdout=subprocess.PIPE, text=True)
        rows = torch.tensor([row["vector"] for row in json.loads(done.stdout)["embeddings"]], dtype=torch.float64)
        pictures, words = rows[: len(images)], rows[len(images) :]
        for what, found, expected in (("pictures", pictures, images), ("texts", words, texts)):
            error = relative(found, expected.double())
            apart = float(1 - (expected @ expected.T).fill_diagonal_(-1).max()) if len(expected) > 1 else float("nan")
            wrong |= not error <= LIMIT
            print(f"{name} {what}: relative error {error:.1e}, the nearest two {apart:.1e} apart", flush=True)
        if not arguments.keep:
            shutil.rmtree(folder)
            shutil.rmtree(converted)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    torch.set_num_threads(2)
    with torch.inference_mode():
        main()

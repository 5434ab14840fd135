"""Compare Fovea's command line with transformers on a CLIP folder of any size, on real pictures and texts.

    python oracle/compare_full_size.py MODEL --image FILE ... [--text TEXT ...] [--fovea ./fovea] [--exact]

Prints, for picture and text embeddings and for the logits of `classify`, how far Fovea is from transformers in f32
(processor on Pillow, the same tokenizer files), and how far apart different inputs are, without which a small error
means little. --exact adds transformers in f64: how much of the difference is the reference's own rounding. Exits with 1
when an error is above 1e-4 or inputs are indistinguishable.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import torch
from PIL import Image, ImageOps
from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

TEXTS = [
    "a photo of a cat",
    "a photo of a dog",
    "an astronaut in an orange suit",
    "a cup of coffee on a wooden table",
    "Une tasse de café, s'il vous plaît! 3.14",
    "x",
    "the quick brown fox jumps over the lazy dog " * 12,
]
LIMIT = 1e-4


def reference(arguments, dtype):
    """Unit-length embeddings of pictures and texts, and logits_per_image."""
    model = CLIPModel.from_pretrained(arguments.model, dtype=dtype).eval()
    pictures = [ImageOps.exif_transpose(Image.open(file)) for file in arguments.image]
    # A batch of its own for every picture and text: nothing padded, nothing shared.
    processor = CLIPImageProcessorPil.from_pretrained(arguments.model)
    tokenizer = CLIPTokenizer.from_pretrained(arguments.model)
    images, texts = [], []
    with torch.inference_mode():
        for picture in pictures:
            pixels = processor(picture, return_tensors="pt").pixel_values.to(dtype)
            images.append(model.get_image_features(pixels).pooler_output[0])
        for text in arguments.text:
            ids = tokenizer(text, truncation=True, max_length=77, return_tensors="pt").input_ids
            texts.append(model.get_text_features(ids).pooler_output[0])
        images = torch.nn.functional.normalize(torch.stack(images), dim=-1)
        texts = torch.nn.functional.normalize(torch.stack(texts), dim=-1)
        return images.double(), texts.double(), (model.logit_scale.exp() * images @ texts.T).double()


def fovea(arguments, *command):
    done = subprocess.run([arguments.fovea, *command], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{arguments.fovea} {command[0]} ended with {done.returncode}")
    return json.loads(done.stdout)


def embed(arguments):
    options = [part for file in arguments.image for part in ("--image", file)]
    options += [part for text in arguments.text for part in ("--text", text)]
    rows = fovea(arguments, "embed", "--model", arguments.model, "--json", *options)["embeddings"]
    rows = torch.tensor([row["vector"] for row in rows], dtype=torch.float64)
    return rows[: len(arguments.image)], rows[len(arguments.image) :]


def classify(arguments):
    rows = []
    for file in arguments.image:
        options = ("--model", arguments.model, "--json", "--template", "{}", file, *arguments.text)
        found = fovea(arguments, "classify", *options)["results"]
        logits = {entry["label"]: entry["logit"] for entry in found}
        rows.append([logits[text] for text in arguments.text])
    return torch.tensor(rows, dtype=torch.float64)


def relative(found, expected):
    return ((found - expected).abs().max() / expected.abs().max()).item()


def cosine_loss(found, expected):
    cosine = torch.nn.functional.cosine_similarity(found, expected, dim=-1)
    return (1 - cosine).max().item()


def spread(rows):
    """The least and the largest 1 - cosine between two different inputs."""
    apart = 1 - rows @ rows.T
    pairs = [apart[i, j].item() for i in range(len(rows)) for j in range(i)]
    return (min(pairs), max(pairs)) if pairs else (float("nan"),) * 2


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--image", action="append", required=True)
    parser.add_argument("--text", action="append")
    parser.add_argument("--fovea", default=str(Path(__file__).resolve().parent.parent / "fovea"))
    parser.add_argument("--exact", action="store_true")
    arguments = parser.parse_args()
    arguments.text = [text.strip() for text in arguments.text or TEXTS]
    names = ("image embeddings", "text embeddings", "logits")
    expected = reference(arguments, torch.float32)
    found = (*embed(arguments), classify(arguments))
    exact = reference(arguments, torch.float64) if arguments.exact else expected
    failed = False
    print(f"{arguments.model}: {len(arguments.image)} pictures, {len(arguments.text)} texts")
    for name, f, e, x in zip(names, found, expected, exact, strict=True):
        line = f"{name:17} largest relative error {relative(f, e):.1e}"
        failed |= relative(f, e) > LIMIT
        if name != "logits":
            least, most = spread(e)
            line += f", 1-cosine {cosine_loss(f, e):.1e}; different inputs are {least:.1e} to {most:.1e} apart"
            failed |= len(e) > 1 and least < 100 * abs(cosine_loss(f, e))
        if arguments.exact:
            line += f"; against f64: Fovea {relative(f, x):.1e}, transformers {relative(e, x):.1e}"
        print(line)
    sys.exit(1 if failed else 0)

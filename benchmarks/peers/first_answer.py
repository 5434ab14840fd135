"""Time Python transformers from process start to its first answer: imports, loading, one picture, the texts.

    python benchmarks/peers/first_answer.py MODEL PICTURE [LABEL LABEL ...] [--times N] [--threads 2] [--fovea ./fovea]

MODEL is the folder of a CLIP, which tells the labels' probabilities, of a BLIP captioner, which writes a caption, or of a Florence-2,
which detects objects; both write 20 tokens at most. Starts itself N times, and in turns with it Fovea's launcher where one is given. Prints one JSON line for each with the
wall times in seconds, their median and the peak resident memory in MiB, mapped pages of the weights included.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOKENS = 20
DETECTION = "Locate the objects with category name in the image."


def model_type(model):
    return json.loads((Path(model) / "config.json").read_text())["model_type"]


def answer(model, picture, labels, threads):
    """What a short Python script would do, and nothing more."""
    import torch
    from PIL import Image

    torch.set_num_threads(threads)
    image = Image.open(picture).convert("RGB")
    kind = model_type(model)
    with torch.inference_mode():
        if kind == "clip":
            print(json.dumps(classify(model, image, labels)))
        elif kind == "blip":
            print(json.dumps(caption(model, image)))
        else:
            print(json.dumps(detect(model, image)))


def classify(model, image, labels):
    from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizer

    clip = CLIPModel.from_pretrained(model).eval()
    texts = CLIPTokenizer.from_pretrained(model)(labels, padding=True, return_tensors="pt")
    pixels = CLIPImageProcessor.from_pretrained(model)(image, return_tensors="pt")
    scores = clip(**texts, **pixels).logits_per_image.softmax(-1)[0].tolist()
    return dict(zip(labels, scores, strict=True))


def caption(model, image):
    from transformers import BlipForConditionalGeneration, BlipImageProcessor

    blip = BlipForConditionalGeneration.from_pretrained(model).eval()
    pixels = BlipImageProcessor.from_pretrained(model)(image, return_tensors="pt")
    return {"tokens": blip.generate(**pixels, max_new_tokens=TOKENS)[0].tolist()}


def detect(model, image):
    import torch
    from transformers import AutoTokenizer, CLIPImageProcessor, Florence2ForConditionalGeneration

    florence = Florence2ForConditionalGeneration.from_pretrained(model).eval()
    pixels = CLIPImageProcessor.from_pretrained(model)(image, return_tensors="pt")["pixel_values"]
    words = AutoTokenizer.from_pretrained(model)(DETECTION, return_tensors="pt")["input_ids"]
    features = florence.model.get_image_features(pixels).pooler_output
    ids = torch.cat([torch.full((1, features.shape[1]), florence.config.image_token_id), words], 1)
    asked = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "max_new_tokens": TOKENS}
    return {"tokens": florence.generate(pixel_values=pixels, **asked)[0].tolist()}


def fovea_command(fovea, model, picture, labels, threads):
    options = ["--model", model, "--threads", threads, "--json"]
    kind = model_type(model)
    if kind == "clip":
        return [fovea, "classify", picture, *labels, *options]
    return [fovea, "caption" if kind == "blip" else "detect", picture, "--max-new-tokens", str(TOKENS), *options]


def measure(command):
    """Wall time in seconds, peak resident memory in MiB and the answer of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = round(time.perf_counter() - start, 3)
    if status:
        sys.exit(f"it failed; run it yourself to see why: {' '.join(command)}")
    return wall, usage.ru_maxrss // 1024, json.loads(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("picture")
    parser.add_argument("labels", nargs="*")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fovea", help="Fovea's launcher, timed in turns with the peer")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_intermixed_args()
    model, picture, labels, threads = arguments.model, arguments.picture, arguments.labels, str(arguments.threads)
    if arguments.once:
        answer(model, picture, labels, arguments.threads)
        sys.exit()
    commands = {"transformers": [sys.executable, __file__, model, picture, *labels, "--threads", threads, "--once"]}
    if arguments.fovea:
        commands["fovea"] = fovea_command(arguments.fovea, model, picture, labels, threads)
        measure(commands["fovea"])  # builds on first use
    runs = {name: [] for name in commands}
    for _ in range(arguments.times):
        for name, command in commands.items():
            runs[name].append(measure(command))
    for name, measured in runs.items():
        walls = [wall for wall, _, _ in measured]
        line = {"who": name, "wall_s": walls, "median_s": statistics.median(walls)}
        print(json.dumps({**line, "peak_mib": max(peak for _, peak, _ in measured), "answer": measured[-1][2]}))

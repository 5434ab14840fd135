"""Time Python transformers from process start to its first CLIP answer: imports, loading, one picture, the labels.

    python benchmarks/peers/first_answer.py MODEL PICTURE LABEL LABEL ... [--times N] [--threads 2] [--fovea ./fovea]

Starts itself N times, and in turns with it Fovea's launcher where one is given. Prints one JSON line for each with the
wall times in seconds, their median and the peak resident memory in MiB, mapped pages of the weights included.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def answer(model, picture, labels, threads):
    """What a short Python script would do, and nothing more."""
    import torch
    from PIL import Image
    from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizer

    torch.set_num_threads(threads)
    clip = CLIPModel.from_pretrained(model, dtype=torch.float32).eval()
    texts = CLIPTokenizer.from_pretrained(model)(labels, padding=True, return_tensors="pt")
    pixels = CLIPImageProcessor.from_pretrained(model)(Image.open(picture).convert("RGB"), return_tensors="pt")
    with torch.inference_mode():
        scores = clip(**texts, **pixels).logits_per_image.softmax(-1)[0].tolist()
    print(json.dumps(dict(zip(labels, scores, strict=True))))


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
    parser.add_argument("labels", nargs="+")
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
        options = ["--model", model, "--threads", threads, "--json"]
        commands["fovea"] = [arguments.fovea, "classify", picture, *labels, *options]
        measure(commands["fovea"])  # builds on first use
    runs = {name: [] for name in commands}
    for _ in range(arguments.times):
        for name, command in commands.items():
            runs[name].append(measure(command))
    for name, measured in runs.items():
        walls = [wall for wall, _, _ in measured]
        line = {"who": name, "wall_s": walls, "median_s": statistics.median(walls)}
        print(json.dumps({**line, "peak_mib": max(peak for _, peak, _ in measured), "answer": measured[-1][2]}))

"""Time Python transformers from process start to its first CLIP answer: imports, loading, one picture, the labels.

    python benchmarks/peers/first_answer.py MODEL PICTURE LABEL LABEL ... [--times N] [--threads 2]

Starts itself N times and prints one JSON line with the wall times in seconds and the peak resident memory in MiB.
"""

import argparse
import json
import os
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("picture")
    parser.add_argument("labels", nargs="+")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_intermixed_args()
    if arguments.once:
        answer(arguments.model, arguments.picture, arguments.labels, arguments.threads)
        sys.exit()
    walls, peaks = [], []
    command = [sys.executable, __file__, *sys.argv[1:], "--once"]
    for _ in range(arguments.times):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        walls.append(round(time.perf_counter() - start, 3))
        peaks.append(usage.ru_maxrss // 1024)
        if status:
            sys.exit(f"it failed; run it with --once to see why: {' '.join(command)}")
    print(json.dumps({"peer": "transformers", "wall_s": walls, "peak_mib": max(peaks), "answer": json.loads(out)}))

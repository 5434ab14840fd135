"""Writes test scenes for florence-mini, composed from Twemoji, the art family that training never sees.

    python ../clip-mini/prepare_art.py --packages node_modules --families twemoji --output twemoji-art
    python export_test_scenes.py --art twemoji-art --output test-scenes --count 300

The composer, with all its disturbances, is the one of the training; words are set in fonts of their own, and half of them were
never drawn in training. Writes PNG files and scenes.jsonl, one object a line: id, image, its size, what is in it (things and
words with boxes in pixels, outlines of the things), and one question of every task that fits: the text for the
processor, the prompt, and the answer that is true, as training has it.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

from florence_tasks import PROMPTS, question
from grounded_scenes import GroundedScenes, held_out


def fine_outline(item):
    """The drawing's outlines to about a pixel, as flat lists of pixel coordinates."""
    (left, top), found = item.corner, []
    for contour in find_contours(np.pad(item.alpha, 1).astype(float), 127.5):
        points = approximate_polygon(contour, 0.8)[:-1]
        if len(points) > 2 and np.ptp(points, axis=0).min() > 2:
            found.append([round(v, 1) for y, x in points for v in (left + x - 0.5, top + y - 0.5)])
    return found


def asked(scene, task):
    found = question(scene, task)
    if not found:
        return None
    before, _, after = PROMPTS[task].partition("{}")
    prompt, answer = found
    given = prompt[len(before) : len(prompt) - len(after)] if "{}" in PROMPTS[task] else ""
    return {"task": task, "text": task + given, "prompt": prompt, "answer": answer}


def pixels(values, size):
    return [round(value * size, 1) for value in values]


def described(scene, name, size):
    tasks = [task for task in PROMPTS if scene.words or "OCR" not in task]
    return {
        "id": name[:-4],
        "image": name,
        "size": [size, size],
        "ground": scene.ground,
        "things": [
            {"name": item.thing.name, "tint": item.tint or "", "box": pixels(item.box, size), "outline": fine_outline(item)}
            for item in scene.things
        ],
        "words": [
            {"text": word.text, "quad": pixels(word.quad, size), "new": held_out(word.text)} for word in scene.words
        ],
        "questions": [entry for entry in (asked(scene, task) for task in tasks) if entry],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--art", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    composer = GroundedScenes(arguments.art, arguments.size, testing=True)
    with (arguments.output / "scenes.jsonl").open("w") as file:
        for number in range(0, arguments.count, 25):
            pictures, scenes = composer.batch(min(25, arguments.count - number))
            for offset, (picture, scene) in enumerate(zip(pictures, scenes)):
                name = f"{number + offset:04}.png"
                Image.fromarray((picture.permute(1, 2, 0) * 255).round().byte().numpy()).save(arguments.output / name, optimize=True)
                file.write(json.dumps(described(scene, name, arguments.size)) + "\n")
    print(arguments.count, "scenes of", len(composer.things), "things")


if __name__ == "__main__":
    main()

"""Writes test scenes for blip-mini, composed from Twemoji, the art family that training never sees.

    python ../clip-mini/prepare_art.py --packages node_modules --families twemoji --output twemoji-art
    python export_test_scenes.py --art twemoji-art --output test-scenes --count 600

Things that Twemoji does not draw are left out; the composer, with all its disturbances, is the one of the training. Writes PNG files and scenes.jsonl, one object a line: id, image, text (the caption that is true), what is in it, and one
question of every kind that fits, with its answer, and a text that matches and one that nearly does.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from described_scenes import DescribedScenes


def fitting(scene):
    yield from ("object", "yes-no", "count")
    if any(item.tint for item in scene.items):
        yield "colour"
    if scene.ground:
        yield "ground"
    if scene.kind in ("beside", "above"):
        yield from ("position", "place")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--art", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    np.random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    scenes = DescribedScenes(arguments.art, arguments.size)
    scenes.things = [thing for thing in scenes.things if any(c in scenes.sprites_of for c in thing.concepts)]
    scenes.countable = [thing for thing in scenes.things if not thing.bare]
    with (arguments.output / "scenes.jsonl").open("w") as file:
        for number in range(0, arguments.count, 50):
            pictures, described = scenes.pictures(min(50, arguments.count - number))
            for offset, (picture, scene) in enumerate(zip(pictures, described)):
                name = f"{number + offset:04}.png"
                pixels = (picture.permute(1, 2, 0) * 255).round().byte().numpy()
                Image.fromarray(pixels).save(arguments.output / name, optimize=True)
                entry = {
                    "id": name[:-4],
                    "image": name,
                    "text": scene.caption(),
                    "kind": scene.kind,
                    "objects": scene.objects(),
                    "ground": scene.ground,
                    "questions": [dict(zip(("kind", "question", "answer"), scenes.question(scene, k))) for k in fitting(scene)],
                    "matching": scenes.matching(scene),
                    "mismatching": scenes.mismatching(scene),
                }
                file.write(json.dumps(entry) + "\n")
    print(arguments.count, "scenes of", len(scenes.things), "things")


if __name__ == "__main__":
    main()

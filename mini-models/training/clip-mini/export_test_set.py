"""Writes the test pictures: Twemoji, the art family that training never sees, as folders of PNG files on white.

    python export_test_set.py --packages node_modules --classes classes-100.txt --output test-100
    python export_test_set.py --packages node_modules --choose

--choose writes the class lists. The rule, fixed before training: emoji of the groups animals & nature, food & drink,
travel & places, activities and objects that Twemoji draws, whose label is plain ASCII, without the 24 clock faces,
which differ in their hands only; shuffled with seed 0; the first 500 names, and of these the first 100.
"""

import argparse
import random
from pathlib import Path

from PIL import Image

from prepare_art import iconify_drawings, rasterise, read_concepts

FAMILY = "twemoji"
GROUPS = {"animals-nature", "food-drink", "travel-places", "activities", "objects"}


def test_drawings(packages):
    """Class name -> SVG text."""
    concepts = read_concepts(packages)
    drawings = {}
    for number, drawing in iconify_drawings(packages, FAMILY, concepts):
        concept = concepts[number]
        clock_face = concept["label"].endswith(("o’clock", "-thirty"))
        if concept["group"] in GROUPS and concept["label"].isascii() and not clock_face:
            drawings.setdefault(concept["label"], drawing)
    return drawings


def choose(drawings, folder):
    names = sorted(drawings)
    random.Random(0).shuffle(names)
    for count in (500, 100):
        (folder / f"classes-{count}.txt").write_text("\n".join(sorted(names[:count])) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("node_modules"))
    parser.add_argument("--choose", action="store_true", help="write the class lists beside this script")
    parser.add_argument("--classes", type=Path, help="file with one class name a line")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--size", type=int, default=256)
    arguments = parser.parse_args()
    drawings = test_drawings(arguments.packages)
    if arguments.choose:
        choose(drawings, Path(__file__).parent)
    if arguments.classes:
        for name in arguments.classes.read_text().splitlines():
            picture = rasterise(drawings[name], arguments.size)
            white = Image.new("RGBA", picture.size, "white")
            folder = arguments.output / name
            folder.mkdir(parents=True, exist_ok=True)
            Image.alpha_composite(white, picture).convert("RGB").save(
                folder / f"{name.replace(' ', '-')}.png", optimize=True
            )


if __name__ == "__main__":
    main()

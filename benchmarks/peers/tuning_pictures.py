"""Writes the two data sets of docs/tuning.md as PNG files, a folder for each class.

usage: tuning_pictures.py OUT      (needs pillow, scikit-learn, and the wheel of animal_mnist 0.4 unpacked or installed)

digits: scikit-learn's, 8 x 8 pixels with 17 grey levels.
animals: silhouettes of animal_mnist (MIT), 28 x 28; 300 of each class.
Both dark on white, enlarged to 64 x 64 with Pillow's bicubic filter.
"""

import gzip
import importlib.util
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

DIGITS = "zero one two three four five six seven eight nine".split()
ANIMALS = "bear bird cat cow dog elephant giraffe horse sheep zebra".split()


def write(folder, pixels, labels, names, most):
    counts = [0] * len(names)
    for image, label in zip(pixels, labels):
        if counts[label] < most:
            target = folder / names[label]
            target.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).resize((64, 64), Image.BICUBIC).save(target / f"{counts[label]:04d}.png")
            counts[label] += 1


def array(file, dtype, size):
    """Takes the bytes of the one array that a pickle holds, without running the pickle."""
    pickled = gzip.open(file).read()
    mark = b"B" + struct.pack("<I", size * np.dtype(dtype).itemsize)
    return np.frombuffer(pickled, dtype, size, pickled.index(mark) + len(mark))


def animals():
    data = Path(importlib.util.find_spec("animal_mnist").submodule_search_locations[0]) / "data/Animal_MNIST"
    pixels = array(data / "animal_data_version_3.gz", np.uint8, 10_000 * 28 * 28).reshape(-1, 28, 28)
    return 255 - pixels, array(data / "animal_label_version_3.gz", np.int64, 10_000)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    digits = load_digits()
    write(out / "digits", (255 - digits.images * 255 / 16).round().astype(np.uint8), digits.target, DIGITS, 10_000)
    pixels, labels = animals()
    write(out / "animals", pixels, labels, ANIMALS, 300)

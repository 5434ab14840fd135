"""Records what torchvision makes of a small picture, and how its random crops are distributed, for the tests of
`training`.

usage: augmentation_cases.py
"""

import json
from pathlib import Path

import torch
import torchvision
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode, RandomResizedCrop

TARGET = Path(__file__).parent.parent / "training/src/test/resources/dev/fovea/training/view/views.json"
HEIGHT, WIDTH = 9, 7
BOX = (2, 1, 5, 4)  # top, left, height, width
DRAWS = 200_000


def listed(picture):
    """[3, height, width] as rows of pixels."""
    return picture.permute(1, 2, 0).flatten().tolist()


def crops(height, width, least):
    """Means and standard deviations of the share of the area, the logarithm of the ratio, top and left."""
    torch.manual_seed(0)
    picture = torch.empty(3, height, width)
    drawn = torch.tensor([RandomResizedCrop.get_params(picture, (least, 1), (3 / 4, 4 / 3)) for _ in range(DRAWS)]).double()
    top, left, h, w = drawn.T
    values = torch.stack([h * w / (height * width), (w / h).log(), top, left])
    return {
        "height": height,
        "width": width,
        "least": least,
        "mean": values.mean(1).tolist(),
        "deviation": values.std(1).tolist(),
    }


def main():
    generator = torch.Generator().manual_seed(3)
    picture = torch.rand(3, HEIGHT, WIDTH, generator=generator).float().double()
    case = {
        "torchvision": torchvision.__version__,
        "height": HEIGHT,
        "width": WIDTH,
        "picture": listed(picture),
        "box": BOX,
        "crop": listed(F.resized_crop(picture, *BOX, (HEIGHT, WIDTH), InterpolationMode.BICUBIC, antialias=True)),
        "hflip": listed(F.hflip(picture)),
        "brightness": listed(F.adjust_brightness(picture, 1.3)),
        "contrast": listed(F.adjust_contrast(picture, 0.7)),
        "saturation": listed(F.adjust_saturation(picture, 1.4)),
        "crops": [crops(64, 64, 0.5), crops(64, 64, 0.08), crops(40, 64, 0.9)],
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()

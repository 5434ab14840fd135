"""Zero-shot accuracy of a CLIP folder, by transformers' own CLIPModel and CLIPProcessor.

python evaluate_clip_mini.py clip-mini test-100 test-500        folders of class folders, see export_test_set.py
python evaluate_clip_mini.py clip-mini --photographs            a few photographs that come with scikit-image
"""

import argparse
from pathlib import Path

import torch
from PIL import Image
from transformers import CLIPModel, CLIPProcessor

PHOTOGRAPHS = {
    "astronaut": "astronaut",
    "chelsea": "cat",
    "coffee": "hot beverage",
    "rocket": "rocket",
    "moon": "full moon",
    "clock": "clock",
    "coins": "coin",
    "horse": "horse",
    "page": "page facing up",
    "hubble_deep_field": "galaxy",
}
LABELS = [
    "astronaut",
    "cat",
    "hot beverage",
    "rocket",
    "full moon",
    "clock",
    "coin",
    "horse",
    "page facing up",
    "galaxy",
    "dog",
    "automobile",
    "house",
    "pizza",
    "guitar",
    "tree",
    "flower",
    "bicycle",
    "airplane",
    "fish",
]


class ZeroShot:
    def __init__(self, folder):
        self.model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor = CLIPProcessor.from_pretrained(folder)

    @torch.no_grad()
    def probabilities(self, pictures, labels, template):
        inputs = self.processor(
            text=[template.format(label) for label in labels], images=pictures, padding=True, return_tensors="pt"
        )
        return self.model(**inputs).logits_per_image.softmax(-1)


def accuracy(zero_shot, folder, template):
    labels = sorted(path.name for path in folder.iterdir() if path.is_dir())
    files = [(number, path) for number, label in enumerate(labels) for path in sorted((folder / label).iterdir())]
    ranked = zero_shot.probabilities([Image.open(path) for _, path in files], labels, template).argsort(
        -1, descending=True
    )
    truth = torch.tensor([number for number, _ in files])[:, None]
    misses = [f"{labels[number]} -> {labels[row[0]]}" for (number, _), row in zip(files, ranked) if row[0] != number]
    return [(ranked[:, :count] == truth).any(1).float().mean().item() for count in (1, 5)], len(files), misses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--template", action="append", help="repeatable; default '{}' and 'a photo of a {}'")
    parser.add_argument("--photographs", action="store_true")
    parser.add_argument("--misses", action="store_true", help="list what was taken for what")
    arguments = parser.parse_args()
    zero_shot = ZeroShot(arguments.model)
    for folder in arguments.folders:
        for template in arguments.template or ["{}", "a photo of a {}"]:
            (first, five), count, misses = accuracy(zero_shot, folder, template)
            print(f"{folder.name}, {count} pictures, '{template}': top-1 {first:.1%}, top-5 {five:.1%}")
            if arguments.misses:
                print("\n".join(misses))
    if arguments.photographs:
        from skimage import data

        for name, truth in PHOTOGRAPHS.items():
            picture = getattr(data, name)() if hasattr(data, name) else None
            if picture is None or not truth:
                continue
            scores = zero_shot.probabilities([Image.fromarray(picture).convert("RGB")], LABELS, "a photo of a {}")[0]
            best = scores.topk(3)
            print(f"{name} ({truth}): " + ", ".join(f"{LABELS[i]} {p:.0%}" for p, i in zip(best.values, best.indices)))


if __name__ == "__main__":
    main()

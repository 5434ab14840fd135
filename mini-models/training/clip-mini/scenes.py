"""Composes batches of training pictures and their captions from the sprites of prepare_art.py.

A batch is drawn as a whole with tensor operations: sprites are recoloured, warped and laid on a ground, slot by slot.
Pictures come out as float [batch, 3, size, size] in 0..1.
"""

import json
import random
from collections import defaultdict

import numpy as np
import torch
import torch.nn.functional as F

COLOURS = {
    "red": (214, 40, 40),
    "orange": (245, 135, 30),
    "yellow": (250, 215, 50),
    "green": (60, 160, 70),
    "light green": (170, 225, 150),
    "turquoise": (60, 190, 185),
    "light blue": (150, 205, 245),
    "blue": (45, 95, 205),
    "purple": (130, 65, 175),
    "pink": (245, 150, 190),
    "brown": (135, 90, 55),
    "grey": (130, 130, 130),
    "black": (20, 20, 20),
    "white": (255, 255, 255),
}
NUMBERS = {2: "two", 3: "three", 4: "four"}
GROUP_WEIGHTS = {
    "animals-nature": 1.0,
    "food-drink": 1.0,
    "travel-places": 1.0,
    "activities": 1.0,
    "objects": 1.0,
    "smileys-emotion": 0.5,
    "people-body": 0.2,
    "symbols": 0.35,
    "flags": 0.15,
}
FAMILY_WEIGHTS = defaultdict(
    lambda: 1.0,
    {
        "emojione-monotone": 0.2,
        "fluent-emoji-high-contrast": 0.2,
        "fluent-emoji": 0.5,
        "fluent-emoji-flat": 0.7,
        "fluent-emoji-3d": 0.7,
    },
)
NEVER_FLIPPED = {"symbols", "flags"}
TEMPLATES = [
    "{}",
    "{}",
    "{}",
    "{}",
    "{}",
    "a photo of a {}",
    "a photo of a {}",
    "a photo of a {}",
    "a photo of a {}",
    "a {}",
    "a {}",
    "the {}",
    "a photo of the {}",
    "a picture of a {}",
    "an emoji of a {}",
    "a drawing of a {}",
    "a cartoon of a {}",
    "an icon of a {}",
    "an illustration of a {}",
    "clip art of a {}",
    "a close-up of a {}",
    "this is a {}",
    "{} emoji",
    "an image of a {}",
    "a good photo of a {}",
    "a cropped photo of a {}",
    "a bright photo of a {}",
    "a nice {}",
    "a picture of the {}",
    "a sticker of a {}",
]
SMALL_TEMPLATES = ["a small {}", "a photo of a small {}", "a tiny {}", "a {}", "{}", "a photo of a {}"]
KIND_SHARES = {"big": 0.76, "small": 0.06, "count": 0.06, "pair": 0.07, "tinted": 0.03, "triple": 0.02}
SLOTS_USED = {"pair": 2, "triple": 3}


def article(phrase):
    """Makes 'a apple' into 'an apple', but only half of the time: users fill templates without looking."""
    if random.random() < 0.5:
        for vowel in "aeio":
            phrase = phrase.replace(f" a {vowel}", f" an {vowel}")
            phrase = f"an {vowel}{phrase[3:]}" if phrase.startswith(f"a {vowel}") else phrase
    return phrase


def plural(name):
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    return name[:-1] + "ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else name + "s"


def uniform(low, high, *shape):
    return torch.rand(*shape) * (high - low) + low


class SceneMaker:
    def __init__(self, art, size):
        self.size = size
        self.sprites = np.load(art / "sprites.npy", mmap_mode=None)
        self.concepts = json.loads((art / "concepts.json").read_text())
        index = json.loads((art / "sprites.json").read_text())
        by_concept = defaultdict(list)
        for sprite, (family, concept) in enumerate(zip(index["family"], index["concept"])):
            by_concept[concept].append((sprite, FAMILY_WEIGHTS[family]))
        self.sprites_of = {concept: tuple(zip(*found)) for concept, found in by_concept.items()}
        self.drawable = sorted(self.sprites_of)
        weights = [
            GROUP_WEIGHTS[self.concepts[c]["group"]] * (0.5 if self.concepts[c]["gendered"] else 1)
            for c in self.drawable
        ]
        self.weights = np.array(weights) / sum(weights)
        self.flippable = torch.tensor(
            [
                c["group"] not in NEVER_FLIPPED
                and not any(side in c["label"] for side in ("left", "right", "clock", "east", "west"))
                for c in self.concepts
            ]
        )
        self.named, self.keyed = defaultdict(set), defaultdict(set)
        for number, concept in enumerate(self.concepts):
            for name in [concept["label"], *concept["names"]]:
                self.named[name].add(number)
                self.keyed[name].add(number)
            for keyword in concept["keywords"]:
                self.keyed[keyword].add(number)

    def single_name(self, concept):
        """A name for the concept and all the concepts that the name is true of; whether it is the label itself."""
        entry, draw = self.concepts[concept], random.random()
        if draw < 0.17 and entry["names"]:
            name = random.choice(entry["names"])
            return name, self.named[name], False
        if draw > 0.88 and entry["keywords"]:
            rare = [1 / len(self.keyed[keyword]) for keyword in entry["keywords"]]
            name = random.choices(entry["keywords"], rare)[0]
            return name, self.keyed[name], False
        return entry["label"], {concept}, True

    def batch(self, count):
        """Pictures, captions, main concept of each picture, and two tables: which captions are true of which concepts
        (empty for captions of more than one thing) and which concepts each picture shows. The last value marks
        captions that are the label of the one thing shown."""
        main = np.random.choice(self.drawable, count, replace=False, p=self.weights)
        kinds = random.choices(list(KIND_SHARES), list(KIND_SHARES.values()), k=count)
        true_of = torch.zeros(count, len(self.concepts))
        shown = torch.zeros(count, len(self.concepts))
        labelled = torch.zeros(count, dtype=torch.bool)
        captions, slots, grounds = [], [], self.grounds(count)
        for row, (concept, kind) in enumerate(zip(map(int, main), kinds)):
            inside, tint = [concept], None
            others = [int(c) for c in np.random.choice(self.drawable, SLOTS_USED.get(kind, 1) - 1, p=self.weights)]
            if kind in ("big", "small"):
                name, owners, labelled[row] = self.single_name(concept)
                template = random.choice(TEMPLATES if kind == "big" else SMALL_TEMPLATES)
                caption = article(template.format(name))
                true_of[row, list(owners)] = 1
            elif kind == "tinted":
                tint = random.choice(list(COLOURS)[:-1])
                caption = article(f"{random.choice(['a', 'a photo of a'])} {tint} {self.concepts[concept]['label']}")
            elif kind == "count":
                number = random.choice([2, 2, 2, 3, 3, 4])
                inside = [concept] * number
                caption = (
                    f"{random.choice(['', 'a photo of '])}{NUMBERS[number]} {plural(self.concepts[concept]['label'])}"
                )
            else:
                inside += others
                names = [self.concepts[c]["label"] for c in inside]
                caption = article(
                    random.choice(["", "a photo of "])
                    + " and ".join(
                        (["a " + ", a ".join(names[:-1])] if kind == "triple" else ["a " + names[0]])
                        + ["a " + names[-1]]
                    )
                )
            if grounds[1][row] and random.random() < 0.25:
                caption += (
                    random.choice([" on a {}", " on a {} ground", " on a {} background"]).format(grounds[1][row])
                    if (random.random() < 0.7)
                    else f" on {grounds[1][row]}"
                )
            shown[row, inside] = 1
            captions.append(caption)
            slots.append((inside, kind, [tint] * len(inside)))
        return self.draw(grounds[0], slots), captions, torch.from_numpy(main), true_of, shown, labelled

    def grounds(self, count):
        """White, plain, graded, cloudy and striped grounds, with the colour's name where it has one."""
        names = random.choices([name for name in COLOURS], k=count)
        first = torch.tensor([COLOURS[name] for name in names]) / 255
        first = (first + torch.randn(count, 3) * 0.04).clamp(0, 1)
        second = torch.where(
            torch.rand(count, 1) < 0.5, torch.rand(count, 3), first * uniform(0.5, 1.3, count, 1)
        ).clamp(0, 1)
        kind = torch.rand(count)
        white = kind < 0.52
        pale = (kind >= 0.52) & (kind < 0.62)
        first[white] = 1 - 0.02 * torch.rand(int(white.sum()), 1)
        first[pale] = 1 - 0.25 * torch.rand(int(pale.sum()), 3)
        ground = first[:, :, None, None].expand(-1, -1, self.size, self.size).clone()
        mixed = torch.nonzero(kind > 0.82)[:, 0]
        cells = random.choice([2, 2, 3, 4, 6, 10, 20])
        mask = F.interpolate(
            torch.rand(len(mixed), 1, cells, cells),
            size=(self.size, self.size),
            mode=random.choice(["bilinear", "bilinear", "nearest"]),
        )
        ground[mixed] = ground[mixed] * (1 - mask) + second[mixed, :, None, None] * mask
        named = ["white" if white[row] else "" if pale[row] or kind[row] > 0.82 else names[row] for row in range(count)]
        return ground, named

    def draw(self, canvas, slots):
        """Lays the sprites of every slot (concepts, kind of scene, tint of each or None) on the canvas, then disturbs the
        finished pictures."""
        for layer in range(4):
            rows = [row for row, (inside, _, _) in enumerate(slots) if len(inside) > layer]
            if not rows:
                break
            concepts = [slots[row][0][layer] for row in rows]
            chosen = [random.choices(self.sprites_of[c][0], self.sprites_of[c][1])[0] for c in concepts]
            scale, place = zip(*[self.placing(slots[row][1], len(slots[row][0]), layer) for row in rows])
            art = torch.from_numpy(self.sprites[chosen]).permute(0, 3, 1, 2).float() / 255
            art = self.warp(art, torch.tensor(scale), torch.tensor(place), self.flippable[concepts])
            colour, alpha = self.recolour(art, [slots[row][2][layer] for row in rows])
            canvas[rows] = colour + canvas[rows] * (1 - alpha)
        return self.disturb(canvas)

    @staticmethod
    def placing(kind, count, layer):
        """Half-size of the object relative to half the canvas, and its centre in -1..1."""
        if kind in ("big", "tinted"):
            scale = random.uniform(0.6, 1.0) if random.random() < 0.85 else random.uniform(1.0, 1.15)
        elif kind == "small":
            scale = random.uniform(0.28, 0.6)
        else:
            scale = random.uniform(0.38, 0.5)
            corner = 2 * layer if count == 2 and random.random() < 0.5 else layer
            x, y = (
                ((-0.5, 0.5), (0.5, 0.5), (0.0, -0.5), (0.0, 0.0))[layer]
                if count == 3
                else ((-0.5, 0.0), (0.5, 0.0))[layer]
                if count == 2
                else ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5))[corner % 4]
            )
            return scale, (x + random.uniform(-0.08, 0.08), y + random.uniform(-0.15, 0.15) * (3 if count == 2 else 1))
        slack = max(0.06, 1 - scale)
        return scale, (random.uniform(-slack, slack), random.uniform(-slack, slack))

    @staticmethod
    def recolour(art, tints):
        """Changes hue, saturation, contrast and brightness, adds outlines, and tints where the caption names a tint."""
        count = len(art)
        # A rotation of the colour cube about its grey diagonal changes the hue.
        angle = torch.randn(count) * 0.25 + (torch.rand(count) < 0.07) * uniform(-3, 3, count)
        cosine, sine = angle.cos(), angle.sin() / 3**0.5
        same, other = cosine + (1 - cosine) / 3, (1 - cosine) / 3
        turn = torch.stack(
            [same, other - sine, other + sine, other + sine, same, other - sine, other - sine, other + sine, same], 1
        ).view(count, 3, 3)
        saturation = torch.where(torch.rand(count) < 0.06, torch.zeros(count), uniform(0.6, 1.4, count)).view(-1, 1, 1)
        contrast, brightness = uniform(0.7, 1.3, count, 1, 1), uniform(-0.12, 0.12, count, 1, 1)
        mix = contrast * (saturation * turn + (1 - saturation) / 3)
        bias = (0.5 + brightness - 0.5 * contrast).expand(-1, 3, -1).clone()
        for row, tint in enumerate(tints):
            if tint:
                mix[row] = 0.35 / 3
                bias[row] = 0.65 * torch.tensor(COLOURS[tint])[:, None] / 255
        rgb = torch.bmm(torch.cat([mix, bias], 2), art.flatten(2)).view(count, 3, *art.shape[2:])
        alpha = art[:, 3:]
        shaded = torch.nonzero(torch.rand(count) < 0.25)[:, 0]
        rgb[shaded] *= F.interpolate(uniform(0.7, 1.25, len(shaded), 1, 2, 2), size=art.shape[2:], mode="bilinear")
        rgb = torch.minimum(rgb.clamp_(min=0), alpha)
        outlined = torch.nonzero(torch.rand(count) < 0.15)[:, 0]
        if len(outlined):
            wide = F.max_pool2d(alpha[outlined], 5, 1, 2)
            ink = (torch.rand(len(outlined), 1, 1, 1) < 0.3).float()
            rgb[outlined] += ink * (wide - alpha[outlined])
            alpha[outlined] = wide
        return rgb, alpha

    def warp(self, art, scale, place, flippable):
        """Turns, stretches, bends and places each sprite on a canvas of its own."""
        count = len(art)
        angle = torch.randn(count) * 0.12 + (torch.rand(count) < 0.15) * uniform(-0.6, 0.6, count)
        stretch = torch.exp(torch.randn(count) * 0.1)
        mirror = torch.where(flippable & (torch.rand(count) < 0.4), -1.0, 1.0)
        skew = torch.randn(count) * 0.08
        wide, high = scale * stretch, scale / stretch
        cosine, sine = angle.cos(), angle.sin()
        matrix = torch.stack(
            [
                torch.stack([mirror * cosine / wide, mirror * (sine + skew) / wide], 1),
                torch.stack([-sine / high, cosine / high], 1),
            ],
            1,
        )
        shift = -torch.einsum("bij,bj->bi", matrix, place)
        grid = F.affine_grid(
            torch.cat([matrix, shift[:, :, None]], 2), (count, 4, self.size, self.size), align_corners=False
        )
        strength = 0.09 * torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.7)
        bend = F.interpolate(torch.randn(count, 2, 4, 4), size=(self.size, self.size), mode="bicubic")
        drawn = F.grid_sample(art, grid + (bend * strength).permute(0, 2, 3, 1), align_corners=False)
        hidden = torch.nonzero(torch.rand(count) < 0.15)[:, 0]
        for row in hidden.tolist():
            top, left = random.randrange(self.size), random.randrange(self.size)
            drawn[row, :, top : top + random.randrange(8, 24), left : left + random.randrange(8, 24)] = 0
        return drawn

    @staticmethod
    def disturb(pictures, grey=0.06):
        """Blur, noise and grey-scale, each on some of the pictures; `grey` is the share of the last."""
        count = len(pictures)
        blurred = torch.nonzero(torch.rand(count) < 0.2)[:, 0]
        kernel = torch.tensor([1.0, 2.0, 1.0])
        kernel = (kernel[:, None] * kernel / 16).expand(3, 1, 3, 3)
        pictures[blurred] = F.conv2d(F.pad(pictures[blurred], (1, 1, 1, 1), mode="replicate"), kernel, groups=3)
        noisy = torch.nonzero(torch.rand(count) < 0.15)[:, 0]
        pictures[noisy] += torch.randn_like(pictures[noisy]) * 0.05
        without_colour = torch.nonzero(torch.rand(count) < grey)[:, 0]
        pictures[without_colour] = pictures[without_colour].mean(1, keepdim=True).expand(-1, 3, -1, -1)
        return pictures.clamp(0, 1)

"""Scenes whose every thing and word has a known place: what florence-mini is trained and tested on.

A scene holds one to five things, drawn from the sprites of clip-mini's prepare_art.py, and at times a word or two. Places
are shares of the picture's sides, 0 to 1. What can be said about a scene stands in florence_tasks.py.
"""

import json
import math
import random
import re
import sys
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

for neighbour in ("clip-mini", "blip-mini"):
    sys.path.append(str(Path(__file__).parent.parent / neighbour))
from described_scenes import TINTS, read_things  # noqa: E402
from scenes import COLOURS, FAMILY_WEIGHTS, NEVER_FLIPPED, SceneMaker  # noqa: E402

COUNTS = {1: 0.26, 2: 0.3, 3: 0.24, 4: 0.13, 5: 0.07}
SIZES = {1: (0.32, 0.95), 2: (0.28, 0.62), 3: (0.24, 0.52), 4: (0.22, 0.44), 5: (0.2, 0.38)}  # of the longer side
WORDS = {0: 0.58, 1: 0.3, 2: 0.12}
WITH_WORDS = 3  # things at most beside words
SIGNS, SIGN_WORDS = 0.45, {2: 0.3, 3: 0.4, 4: 0.3}  # scenes of words with one thing at most, in training
MADE_UP = 0.5  # of a sign's words: letters without sense can only be read, not guessed
ALIKE, TINTED = 0.25, 0.25
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
FONTS = Path("/usr/share/fonts/truetype")
FONT_FILES = [  # Debian's fonts-dejavu, fonts-liberation, fonts-freefont-ttf, fonts-open-sans, fonts-lato, fonts-roboto-unhinted
    "dejavu/DejaVuSans.ttf",
    "dejavu/DejaVuSans-Bold.ttf",
    "dejavu/DejaVuSerif.ttf",
    "dejavu/DejaVuSansMono-Bold.ttf",
    "dejavu/DejaVuSansCondensed-Bold.ttf",
    "liberation/LiberationSans-Regular.ttf",
    "liberation/LiberationSans-Bold.ttf",
    "liberation/LiberationSerif-Bold.ttf",
    "liberation/LiberationMono-Bold.ttf",
    "liberation/LiberationSansNarrow-Bold.ttf",
    "freefont/FreeSansBold.ttf",
    "freefont/FreeSerifBold.ttf",
    "freefont/FreeMonoBold.ttf",
    "open-sans/OpenSans-Semibold.ttf",
    "lato/Lato-Black.ttf",
    "lato/Lato-Regular.ttf",
    "roboto/unhinted/RobotoTTF/Roboto-Bold.ttf",
    "roboto/unhinted/RobotoCondensed-Bold.ttf",
]
TEST_FONT_FILES = ["open-sans/OpenSans-ExtraBold.ttf", "crosextra/Carlito-Bold.ttf", "noto/NotoMono-Regular.ttf"]


@dataclass
class Placed:
    """A thing in a picture: its box, and its drawing's alpha with the corner that it lies at, in pixels."""

    thing: object
    tint: str | None
    sprite: int
    box: tuple = ()
    alpha: np.ndarray = field(default=None, repr=False)
    corner: tuple = ()

    def centre(self):
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass
class Word:
    """A word in a picture: its corners from the top left one clockwise, its box, the boxes of its letters."""

    text: str
    quad: tuple
    box: tuple
    letters: list


@dataclass
class GroundedScene:
    """Things from left to right, words from top to bottom."""

    things: list
    words: list
    ground: str
    size: int

    def groups(self):
        """Things of the same name and colour, in the order of their first ones."""
        found = defaultdict(list)
        for item in self.things:
            found[item.thing.name, item.tint].append(item)
        return list(found.values())


def overlap(a, b):
    """Shared area of two boxes as a share of the smaller one."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(0, wide) * max(0, high) / max(1e-9, smaller)


def outline(item, points=16):
    """The drawing's outline: the farthest opaque point in evenly spread directions, clockwise from the top, as shares of
    the item's box; directions are even in the box's own measure."""
    ys, xs = np.nonzero(item.alpha > 127)
    left, top, right, bottom = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
    x, y = (2 * xs + 1 - left - right) / (right - left), (2 * ys + 1 - top - bottom) / (bottom - top)
    sector = np.round(np.arctan2(x, -y) / (2 * np.pi) * points * 4).astype(int) % (points * 4)
    reach = np.hypot(x, y)
    far = np.zeros(points * 4)
    np.maximum.at(far, sector, reach)
    # Each direction takes what a narrow fan about it reaches.
    far = np.maximum(far, 0.5 * (np.roll(far, 1) + np.roll(far, -1)))[::4]
    angle = np.arange(points) / points * 2 * np.pi
    far = np.where(far == 0, 0.3, far)
    return np.stack([np.clip(far * np.sin(angle), -1, 1), np.clip(-far * np.cos(angle), -1, 1)], 1)


def known_names():
    lines = (Path(__file__).parent / "objects.txt").read_text().splitlines()
    return [name.strip() for line in lines if line and not line.startswith("#") for name in line.split(",")]


def held_out(word):
    """One word in ten is never drawn in training."""
    return zlib.crc32(word.lower().encode()) % 10 == 0


class GroundedScenes:
    def __init__(self, art, size, testing=False):
        self.size, self.testing = size, testing
        concepts = json.loads((art / "concepts.json").read_text())
        index = json.loads((art / "sprites.json").read_text())
        by_name = {thing.name: thing for thing in read_things(Path(__file__).parent.parent / "blip-mini" / "objects.txt", concepts)}
        things = [by_name[name] for name in known_names()]
        self.number = {thing.name: place for place, thing in enumerate(things)}
        owner = {concept: thing.name for thing in things for concept in thing.concepts}
        kept = [place for place, concept in enumerate(index["concept"]) if concept in owner]
        self.sprites = np.load(art / "sprites.npy", mmap_mode="r")[kept]
        found = defaultdict(list)
        for place, sprite in enumerate(kept):
            found[owner[index["concept"][sprite]]].append((place, FAMILY_WEIGHTS[index["family"][sprite]]))
        self.sprites_of = {name: tuple(zip(*pairs)) for name, pairs in found.items()}
        self.things = [thing for thing in things if thing.name in self.sprites_of]
        self.countable = [thing for thing in self.things if not thing.bare]
        self.fixed = {name for name in self.sprites_of if concepts[by_name[name].concepts[0]]["group"] in NEVER_FLIPPED}
        texts = {word for entry in concepts for text in (entry["label"], *entry["keywords"]) for word in text.split()}
        words = sorted(word for word in texts if re.fullmatch("[a-z]{2,8}", word))
        self.words = words if testing else [word for word in words if not held_out(word)]
        self.fonts = [FONTS / name for name in (TEST_FONT_FILES if testing else FONT_FILES) if (FONTS / name).exists()]
        self.loaded = {}

    # Pictures

    def batch(self, count):
        """Pictures as float [count, 3, size, size] in 0..1, and their scenes."""
        planned = [self.plan() for _ in range(count)]
        wanted = [item for items, _ in planned for item in items]
        art = torch.from_numpy(self.sprites[[item.sprite for item in wanted]]).permute(0, 3, 1, 2).float() / 255
        rgb, alpha = SceneMaker.recolour(art, [item.tint for item in wanted])
        drawn = (torch.cat([rgb, alpha], 1) * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
        drawn, pictures, scenes = iter(drawn), [], []
        for items, words in planned:
            picture, scene = self.compose(items, words, [next(drawn) for _ in items])
            pictures.append(picture)
            scenes.append(scene)
        pictures = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
        return SceneMaker.disturb(pictures, grey=0), scenes

    def plan(self):
        """What is in the picture, before anything has a place."""
        if not self.testing and random.random() < SIGNS:
            words = [self.word(MADE_UP) for _ in range(random.choices(list(SIGN_WORDS), list(SIGN_WORDS.values()))[0])]
            thing = random.choice(self.things)
            return [Placed(thing, None, random.choices(*self.sprites_of[thing.name])[0])][: random.randint(0, 1)], words
        words = [self.word() for _ in range(random.choices(list(WORDS), list(WORDS.values()))[0])]
        count = random.choices(list(COUNTS), list(COUNTS.values()))[0]
        count = min(count, WITH_WORDS) if words else count
        tint = lambda: random.choice(TINTS) if random.random() < TINTED else None  # noqa: E731
        if count > 1 and random.random() < ALIKE:
            alike = random.randint(2, count)
            chosen = [(random.choice(self.countable), tint())] * alike
        else:
            chosen = []
        while len(chosen) < count:
            thing = random.choice(self.things)
            if all(thing is not other for other, _ in chosen):
                chosen.append((thing, tint()))
        return [Placed(thing, tint, random.choices(*self.sprites_of[thing.name])[0]) for thing, tint in chosen], words

    def word(self, made_up=0.13):
        draw = random.random()
        if draw < 0.12:
            return "".join(random.choices("0123456789", k=random.randint(1, 4)))
        if draw < 0.12 + made_up and not self.testing:
            text = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(2, 6)))
        else:
            text = random.choice(self.words)
            if self.testing and random.random() < 0.4:
                text = random.choice([word for word in self.words if held_out(word)])
        draw = random.random()
        return text.upper() if draw < 0.65 else text.capitalize() if draw < 0.8 else text

    def compose(self, items, texts, drawings):
        canvas, ground = self.ground()
        taken, words, things = [], [], []
        for text in texts:
            word = self.write(canvas, text, taken)
            if word:
                words.append(word)
                taken.append(word.box)
        low, high = SIZES[max(1, len(items))]
        high = high if not words else min(high, 0.55)
        low = min(low, high - 0.1)
        base = random.uniform(low, high)
        for item, drawing in zip(items, drawings):
            longest = self.size * min(high, max(low, base * random.uniform(0.75, 1.3)))
            patch = self.warp(drawing, longest, item.thing.name not in self.fixed)
            place = self.free_place(patch.shape[1], patch.shape[0], taken)
            if place:
                self.lay(canvas, patch, *place)
                item.alpha, item.corner = patch[:, :, 3], place
                side = self.size
                item.box = tuple(v / side for v in (*place, place[0] + patch.shape[1], place[1] + patch.shape[0]))
                taken.append(item.box)
                things.append(item)
        things.sort(key=lambda item: item.box[0] + item.box[2])
        words.sort(key=lambda word: word.box[1] + word.box[3])
        return canvas, GroundedScene(things, words, ground, self.size)

    def ground(self):
        """White, pale, plain and graded grounds that have a name, and cloudy or chequered ones that have none."""
        size, draw = self.size, random.random()
        name = random.choice(list(COLOURS))
        first = np.array(COLOURS[name], np.float32) + np.random.randn(3) * 8
        if draw < 0.35:
            name, first = "white", 255 - 5 * np.random.rand(3)
        elif draw < 0.45:
            name, first = "", 255 - 64 * np.random.rand(3)
        plain = np.broadcast_to(np.clip(first, 0, 255), (size, size, 3))
        if draw < 0.65:
            return plain.astype(np.uint8), name
        if draw < 0.8:
            other, cells = first * random.uniform(0.75, 1.2), 2
        else:
            other, cells, name = np.random.rand(3) * 255, random.choice([2, 3, 4, 6, 10, 20]), ""
        mask = Image.fromarray((np.random.rand(cells, cells) * 255).astype(np.uint8))
        way = random.choice([Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.NEAREST])
        mask = np.asarray(mask.resize((size, size), way if not name else Image.Resampling.BICUBIC), np.float32)[..., None] / 255
        return np.clip(plain * (1 - mask) + other * mask, 0, 255).astype(np.uint8), name

    def warp(self, drawing, longest, flippable):
        """The drawing at its size, mirrored, stretched, turned and pulled at its corners, cropped to what is opaque."""
        if flippable and random.random() < 0.4:
            drawing = drawing[:, ::-1]
        stretch = math.exp(random.gauss(0, 0.08))
        wide, high = max(8, round(longest * min(1, stretch))), max(8, round(longest * min(1, 1 / stretch)))
        picture = Image.frombuffer("RGBa", drawing.shape[1::-1], np.ascontiguousarray(drawing).tobytes(), "raw", "RGBa", 0, 1)
        picture = picture.resize((wide, high), Image.Resampling.BILINEAR)
        if random.random() < 0.6:
            angle = random.gauss(0, 0.12) if random.random() < 0.85 else random.uniform(-0.6, 0.6)
            c, s = math.cos(angle), math.sin(angle)
            across, along = abs(wide * c) + abs(high * s), abs(wide * s) + abs(high * c)
            pull = random.choice([0, 0.05, 0.1]) * longest
            corners = []
            for x, y in ((-1, -1), (-1, 1), (1, 1), (1, -1)):
                x, y = x * across / 2, y * along / 2
                corners += [
                    wide / 2 + c * x + s * y + random.uniform(-pull, pull),
                    high / 2 - s * x + c * y + random.uniform(-pull, pull),
                ]
            picture = picture.transform((round(across), round(along)), Image.Transform.QUAD, corners, Image.Resampling.BILINEAR)
        patch = np.frombuffer(picture.tobytes(), np.uint8).reshape(picture.height, picture.width, 4)
        opaque = patch[:, :, 3] > 127
        rows, columns = np.nonzero(opaque.any(1))[0], np.nonzero(opaque.any(0))[0]
        if not len(rows):
            return patch
        return patch[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][: self.size, : self.size]

    def free_place(self, wide, high, taken):
        """A corner where little of what is there is hidden, or None."""
        size = self.size
        for attempt in range(25):
            left, top = random.randint(0, max(0, size - wide)), random.randint(0, max(0, size - high))
            box = (left / size, top / size, (left + wide) / size, (top + high) / size)
            if all(overlap(box, other) < (0.02 if attempt < 15 else 0.12) for other in taken):
                return left, top
        return None

    @staticmethod
    def lay(canvas, patch, left, top):
        part = canvas[top : top + patch.shape[0], left : left + patch.shape[1]]
        patch = patch[: part.shape[0], : part.shape[1]].astype(np.uint16)
        part[:] = np.minimum(255, patch[:, :, :3] + part * (255 - patch[:, :, 3:]) // 255)

    def write(self, canvas, text, taken):
        """Draws a word, on a plate at times, where there is room for it."""
        size = self.size
        path, points = random.choice(self.fonts), round(size * random.uniform(0.1, 0.2))
        font = self.font(path, points)
        length = font.getlength(text)
        if length > 0.86 * size:
            points = max(6, int(points * 0.86 * size / length))
            font = self.font(path, points)
        left, top, right, bottom = font.getbbox(text)
        wide, high = right - left, bottom - top
        angle = random.gauss(0, 0.09) if random.random() < 0.3 else 0
        plated, margin = random.random() < 0.5, random.uniform(0.1, 0.35) * points
        pad = margin if plated else 1
        c, s = math.cos(angle), math.sin(angle)
        full = (wide + 2 * pad, high + 2 * pad)
        across, along = math.ceil(abs(full[0] * c) + abs(full[1] * s)), math.ceil(abs(full[0] * s) + abs(full[1] * c))
        if across >= size or along >= size:
            return None
        place = self.free_place(across, along, taken)
        if not place:
            return None
        x, y = place[0] + across / 2, place[1] + along / 2

        def turned(dx, dy):
            return x + c * dx - s * dy, y + s * dx + c * dy

        def rectangle(half_wide, half_high):
            return [turned(dx, dy) for dx, dy in ((-half_wide, -half_high), (half_wide, -half_high), (half_wide, half_high), (-half_wide, half_high))]

        part = canvas[place[1] : place[1] + along, place[0] : place[0] + across]
        behind = part.reshape(-1, 3).mean(0)
        if plated:
            behind = np.array(random.choice(list(COLOURS.values())), float)
            plate = Image.new("L", (across, along))
            corners = [(px - place[0], py - place[1]) for px, py in rectangle(full[0] / 2, full[1] / 2)]
            ImageDraw.Draw(plate).polygon(corners, fill=255)
            self.fill(part, plate, behind)
        weights = np.array([0.3, 0.59, 0.11])
        inks = [ink for ink in COLOURS.values() if abs((np.array(ink) - behind) @ weights) > 75]
        ink = random.choice(inks or [(0, 0, 0) if behind @ weights > 128 else (255, 255, 255)])
        mask = Image.new("L", (across, along))
        ImageDraw.Draw(mask).text((across / 2 - wide / 2 - left, along / 2 - high / 2 - top), text, fill=255, font=font)
        if angle:
            mask = mask.rotate(-math.degrees(angle), Image.Resampling.BICUBIC)
        self.fill(part, mask, np.array(ink, float))
        quad = rectangle(wide / 2, high / 2)
        letters = []
        for place_in, letter in enumerate(text):
            start, end = font.getlength(text[:place_in]), font.getlength(text[: place_in + 1])
            middle = turned((start + end) / 2 - left - wide / 2, 0)
            letters.append((letter, middle[0] - (end - start) / 2, middle[1] - high / 2, middle[0] + (end - start) / 2, middle[1] + high / 2))
        xs, ys = [px / size for px, _ in quad], [py / size for _, py in quad]
        flat = tuple(v / size for corner in quad for v in corner)
        return Word(text, flat, (min(xs), min(ys), max(xs), max(ys)), letters)

    def font(self, path, points):
        if (path, points) not in self.loaded:
            self.loaded[path, points] = ImageFont.truetype(str(path), points)
        return self.loaded[path, points]

    @staticmethod
    def fill(part, mask, colour):
        share = np.asarray(mask, np.float32)[: part.shape[0], : part.shape[1], None] / 255
        part[:] = (part * (1 - share) + colour * share).astype(np.uint8)

"""Scenes of clip-mini's composer with everything that can be said about them: captions, questions with answers, and
texts that match or don't.

A scene is one thing, up to four of a kind, or two or three different things beside or above one another; things can have
a colour, and so can the ground. Its caption has one form, so that it can be read back: see parse_caption.
"""

import random
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "clip-mini"))
from scenes import COLOURS, NUMBERS, SceneMaker, plural  # noqa: E402

TINTS = ["red", "orange", "yellow", "green", "light blue", "blue", "purple", "pink", "brown", "black"]
GROUND = " on a {} background"
SHARES = {"one": 0.36, "small": 0.08, "count": 0.2, "beside": 0.16, "above": 0.12, "three": 0.08}
PROMPTS = ["a picture of ", "a photo of ", "a photography of ", "there is "]
TINTED = 0.25


@dataclass(frozen=True)
class Thing:
    """Something that has a name. `bare` names stand without article and number."""

    name: str
    many: str
    bare: bool
    concepts: tuple

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Item:
    """A number of one thing, in a colour of its own or as drawn."""

    thing: Thing
    tint: str | None = None
    number: int = 1

    def phrase(self, tinted=True):
        words = f"{self.tint} " if tinted and self.tint else ""
        words += self.thing.many if self.number > 1 else self.thing.name
        if self.number > 1:
            return f"{NUMBERS[self.number]} {words}"
        return words if self.thing.bare else with_article(words)

    def is_many(self):
        return self.number > 1 or (self.thing.bare and self.thing.name.endswith("s"))

    def the(self):
        return f"the {self.thing.many if self.number > 1 else self.thing.name}"


@dataclass(frozen=True)
class Scene:
    """Items from left to right ("beside"), from top to bottom ("above"), or two below and one above ("three")."""

    kind: str
    items: tuple
    ground: str

    def caption(self):
        """The one form that the captioner learns."""
        phrases = [item.phrase() for item in self.items]
        if self.kind == "beside":
            words = " to the left of ".join(phrases)
        elif self.kind == "above":
            words = " above ".join(phrases)
        elif self.kind == "three":
            words = f"{phrases[0]}, {phrases[1]} and {phrases[2]}"
        else:
            words = phrases[0]
        return words + (GROUND.format(self.ground) if self.ground not in ("", "white") else "")

    def objects(self):
        return sorted((item.thing.name, item.tint or "", item.number) for item in self.items)


def with_article(words):
    return ("an " if words[0] in "aeio" or words.startswith("umbrella") else "a ") + words


def read_things(path, concepts):
    """The lines of objects.txt as things, with the numbers of their concepts."""
    number_of = {entry["label"]: number for number, entry in enumerate(concepts)}
    things = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            head, _, labels = line.partition(":")
            name, _, many = head.lstrip("~").partition("/")
            named = [label.strip() for label in labels.split(",")] if labels else [name]
            things.append(
                Thing(name, many or plural_of(name), head.startswith("~"), tuple(number_of[label] for label in named))
            )
    return things


def plural_of(name):
    """Of 'bottle of milk' the bottle is many."""
    head, of, rest = name.partition(" of ")
    return plural(head) + of + rest


class DescribedScenes(SceneMaker):
    def __init__(self, art, size):
        super().__init__(art, size)
        self.things = read_things(Path(__file__).parent / "objects.txt", self.concepts)
        self.countable = [thing for thing in self.things if not thing.bare]
        self.by_name = {thing.name: thing for thing in self.things}
        self.by_phrase = {}
        for thing in self.things:
            self.by_phrase[thing.name] = (thing, False)
            if not thing.bare:
                self.by_phrase.setdefault(thing.many, (thing, True))

    def scene(self, ground):
        kind = random.choices(list(SHARES), list(SHARES.values()))[0]
        tint = lambda: random.choice([t for t in TINTS if t != ground]) if random.random() < TINTED else None  # noqa: E731
        if kind == "count":
            items = (Item(random.choice(self.countable), tint(), random.choice([2, 3, 4])),)
        else:
            count = {"beside": 2, "above": 2, "three": 3}.get(kind, 1)
            items = tuple(Item(thing, tint()) for thing in random.sample(self.things, count))
        return Scene(kind, items, ground)

    def pictures(self, count):
        """Pictures [count, 3, size, size] and their scenes."""
        canvas, named = self.grounds(count)
        scenes = [self.scene(ground) for ground in named]
        return self.draw(canvas, [self.slots(scene) for scene in scenes]), scenes

    def slots(self, scene):
        """What SceneMaker.draw lays on the ground: concepts, kind of scene, tints."""
        inside, tints = [], []
        for item in scene.items:
            drawn = [concept for concept in item.thing.concepts if concept in self.sprites_of]
            weights = [len(self.sprites_of[concept][0]) for concept in drawn]
            inside += random.choices(drawn, weights) * item.number
            tints += [item.tint] * item.number
        kind = {"one": "big", "count": "count"}.get(scene.kind, scene.kind)
        return inside, kind, tints

    @staticmethod
    def placing(kind, count, layer):
        if kind == "beside":
            x, y = (-0.5, 0.5)[layer] + random.uniform(-0.08, 0.08), random.uniform(-0.25, 0.25)
            return random.uniform(0.4, 0.52), (x, y)
        if kind == "above":
            x, y = random.uniform(-0.25, 0.25), (-0.5, 0.5)[layer] + random.uniform(-0.08, 0.08)
            return random.uniform(0.4, 0.52), (x, y)
        return SceneMaker.placing("triple" if kind == "three" else kind, count, layer)

    @staticmethod
    def disturb(pictures):
        return SceneMaker.disturb(pictures, grey=0)  # a picture whose colours are named keeps them

    def other(self, *known):
        """A thing that is none of the known ones."""
        while True:
            thing = random.choice(self.things)
            if thing not in known:
                return thing

    def prompted(self, scene):
        """The caption, at times after a prompt."""
        return (random.choice(PROMPTS) if random.random() < 0.3 else "") + scene.caption()

    # Questions

    def question(self, scene, kind=None):
        """A question of a kind that fits the scene, and its answer: (kind, question, answer)."""
        kinds = {"object": 3, "yes-no": 4, "count": 1}
        if scene.kind == "count":
            kinds["count"] = 5
        if scene.kind in ("beside", "above"):
            kinds |= {"position": 6, "place": 1.5}
        if any(item.tint for item in scene.items):
            kinds["colour"] = 5
        if scene.ground:
            kinds["ground"] = 1
        kind = kind or random.choices(list(kinds), list(kinds.values()))[0]
        question, answer = getattr(self, f"ask_{kind.replace('-', '_')}")(scene)
        return kind, question + ("?" if random.random() < 0.85 else ""), answer

    @staticmethod
    def ask_object(scene):
        names = [item.thing.many if item.number > 1 else item.thing.name for item in scene.items]
        question = random.choice(
            [
                "what is this",
                "what is in the picture",
                "what is in the image",
                "what do you see",
                "what is shown here",
                "what can be seen",
            ]
        )
        if len(names) == 1 and scene.items[0].number > 1 and random.random() < 0.3:
            question = "what are these"
        return question, " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]

    def ask_yes_no(self, scene):
        item = random.choice(scene.items)
        if scene.kind in ("beside", "above") and random.random() < 0.5:
            first, second = scene.items
            relation, inverse = ("to the left of", "to the right of") if scene.kind == "beside" else ("above", "below")
            truth = random.random() < 0.5
            if random.random() < 0.5:
                first, second, relation, inverse = second, first, inverse, relation
            return f"is {first.the()} {relation if truth else inverse} {second.the()}", "yes" if truth else "no"
        truth = random.random() < 0.5
        thing = item.thing if truth else self.other(*(entry.thing for entry in scene.items))
        if item.tint and random.random() < 0.4:
            truth = random.random() < 0.5
            tint = item.tint if truth else random.choice([t for t in TINTS if t != item.tint])
            return f"{'are' if item.is_many() else 'is'} {item.the()} {tint}", "yes" if truth else "no"
        phrase = thing.many if item.number > 1 or thing.bare else with_article(thing.name)
        forms = ["is there {}", "is there {} in the picture", "do you see {}", "can you see {}", "is there {} in the image"]
        if len(scene.items) == 1 and item.number == 1:
            forms += ["is this {}", "is it {}"]
        if item.number > 1:
            forms = ["are there {}", "are there any {}", "do you see {}", "are there {} in the picture", "are these {}"]
        return random.choice(forms).format(phrase), "yes" if truth else "no"

    def ask_count(self, scene):
        item = random.choice(scene.items)
        number, thing = item.number, item.thing
        if random.random() < 0.12:
            number, thing = 0, self.other(*(entry.thing for entry in scene.items))
        form = random.choice(
            [
                "how many {} are there",
                "how many {} are there",
                "how many {} are in the picture",
                "how many {} are in the image",
                "how many {} do you see",
                "how many {}",
            ]
        )
        return form.format(thing.many), str(number)

    @staticmethod
    def ask_colour(scene):
        item = random.choice([item for item in scene.items if item.tint])
        colour = random.choice(["color", "colour"])
        verb = "are" if item.is_many() else "is"
        form = random.choice(["what {0} {1} {2}", "what {0} {1} {2}", "what is the {0} of {2}", "which {0} {1} {2}"])
        return form.format(colour, verb, item.the()), item.tint

    @staticmethod
    def ask_ground(scene):
        colour = random.choice(["color", "colour"])
        return random.choice([f"what {colour} is the background", f"what is the {colour} of the background"]), scene.ground

    @staticmethod
    def ask_position(scene):
        """What is beside or above something."""
        first, second = scene.items
        if scene.kind == "beside":
            before, after = ["to the left of", "left of", "on the left of"], ["to the right of", "right of", "on the right of"]
            ends = ("on the left", "on the right")
        else:
            before, after = ["above", "over", "on top of"], ["below", "under", "beneath"]
            ends = ("at the top", "at the bottom")
        if random.random() < 0.3:
            side = random.randrange(2)
            return f"what is {ends[side]}", scene.items[side].thing.name
        if random.random() < 0.5:
            return f"what is {random.choice(before)} {second.the()}", first.thing.name
        return f"what is {random.choice(after)} {first.the()}", second.thing.name

    @staticmethod
    def ask_place(scene):
        side = random.randrange(2)
        places = ("left", "right") if scene.kind == "beside" else ("top", "bottom")
        return f"where is {scene.items[side].the()}", places[side]

    # Texts that match, and texts that nearly do

    def matching(self, scene):
        """A text that is true of the scene, in one of several forms."""
        draw = random.random()
        items = scene.items
        if draw < 0.45:
            text = scene.caption()
        elif draw < 0.6:
            text = Scene(scene.kind, items, "").caption()
        elif len(items) == 2 and draw < 0.9:
            first, second = random.sample(items, 2) if draw > 0.7 else items
            if draw > 0.8:
                relation = ("to the right of", "below")[scene.kind == "above"]
                text = f"{items[1].phrase()} {relation} {items[0].phrase()}"
            else:
                text = f"{first.phrase()} and {second.phrase()}"
        elif len(items) > 1:
            text = random.choice(items).phrase()
        else:
            text = self.synonym(items[0])
        return (random.choice(PROMPTS[:3]) if random.random() < 0.3 else "") + text

    def synonym(self, item):
        """The item by another name of what is drawn, at times."""
        entry = self.concepts[item.thing.concepts[0]]
        names = [entry["label"], *entry["names"]]
        if item.number > 1 or item.tint or item.thing.bare:
            return item.phrase(tinted=random.random() < 0.5)
        return with_article(random.choice(names))

    def mismatching(self, scene):
        """A text that differs from a true one in one thing: an object, a number, a colour, a side."""
        items, kinds = list(scene.items), ["object", "object"]
        place = random.randrange(len(items))
        item = items[place]
        if not item.thing.bare and len(items) == 1:
            kinds += ["number", "number"] if item.number > 1 else ["number"]
        if item.tint:
            kinds += ["colour"] * 3
        if len(items) == 2:
            kinds += ["side"] * 3
        if scene.ground not in ("", "white"):
            kinds.append("ground")
        kind, ground = random.choice(kinds), scene.ground if random.random() < 0.6 else ""
        if kind == "object":
            items[place] = Item(self.other(*(entry.thing for entry in items)), item.tint, item.number)
            if items[place].thing.bare:
                items[place] = Item(items[place].thing, item.tint)
        elif kind == "number":
            items[place] = Item(item.thing, item.tint, random.choice([n for n in (1, 2, 3, 4) if n != item.number]))
        elif kind == "colour":
            items[place] = Item(item.thing, random.choice([t for t in TINTS if t != item.tint]), item.number)
        elif kind == "side":
            items.reverse()
        else:
            ground = random.choice([t for t in TINTS if t != scene.ground])
        text = Scene(scene.kind, tuple(items), ground).caption()
        return (random.choice(PROMPTS[:3]) if random.random() < 0.3 else "") + text

    def words(self):
        """Every text that the composer can make, piece by piece, for the vocabulary."""
        for thing in self.things:
            yield from (thing.name, thing.many)
            for concept in thing.concepts:
                yield from (self.concepts[concept]["label"], *self.concepts[concept]["names"])
        scenes = [
            Scene("count", (Item(self.countable[0], "red", number),), "red") for number in NUMBERS
        ] + [Scene(kind, (Item(self.things[0]),) * count, "grey") for kind, count in (("beside", 2), ("above", 2), ("three", 3))]
        for scene in scenes:
            yield scene.caption()
        yield from PROMPTS
        yield from COLOURS
        for _ in range(3000):
            scene = self.scene(random.choice(["", "white", "red"]))
            yield self.question(scene)[1]
            yield self.question(scene)[2]
            yield self.matching(scene)

    # Reading a caption back

    def parse_caption(self, text):
        """Objects as Scene.objects gives them, relation, ground; or None where the text is not of the composer's form."""
        ground = ""
        found = re.search(r" on an? (.+) background$", text)
        if found:
            ground, text = found.group(1), text[: found.start()]
        for kind, relation in (("beside", " to the left of "), ("above", " above "), ("three", None), ("one", None)):
            if kind == "three":
                pieces = re.split(r", | and ", text) if ", " in text else [text]
            else:
                pieces = text.split(relation) if relation else [text]
            if len(pieces) == {"beside": 2, "above": 2, "three": 3, "one": 1}[kind]:
                items = [self.parse_item(piece) for piece in pieces]
                if all(items):
                    return items if kind in ("beside", "above") else sorted(items), kind, ground
        return None

    def parse_item(self, phrase):
        number = 1
        for value, word in NUMBERS.items():
            if phrase.startswith(word + " "):
                number, phrase = value, phrase[len(word) + 1 :]
        phrase = re.sub(r"^an? ", "", phrase)
        tint = next((t for t in sorted(TINTS, key=len, reverse=True) if phrase.startswith(t + " ")), "")
        for candidate, colour in ((phrase, ""), (phrase[len(tint) + 1 :] if tint else phrase, tint)):
            if candidate in self.by_phrase:
                return self.by_phrase[candidate][0].name, colour, number
        return None

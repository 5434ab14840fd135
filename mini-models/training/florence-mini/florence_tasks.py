"""What Florence-2 can be asked about a scene, and what it should answer: prompts and answers in Florence's own words.

Boxes are <loc_x1><loc_y1><loc_x2><loc_y2>, in thousandths of the picture's sides; polygons and quads are points in turn.
"""

import random

from grounded_scenes import COLOURS, outline
from scenes import NUMBERS

PROMPTS = {
    "<OCR>": "What is the text in the image?",
    "<OCR_WITH_REGION>": "What is the text in the image, with regions?",
    "<CAPTION>": "What does the image describe?",
    "<DETAILED_CAPTION>": "Describe in detail what is shown in the image.",
    "<MORE_DETAILED_CAPTION>": "Describe with a paragraph what is shown in the image.",
    "<OD>": "Locate the objects with category name in the image.",
    "<DENSE_REGION_CAPTION>": "Locate the objects in the image, with their descriptions.",
    "<REGION_PROPOSAL>": "Locate the region proposals in the image.",
    "<CAPTION_TO_PHRASE_GROUNDING>": "Locate the phrases in the caption: {}",
    "<REFERRING_EXPRESSION_SEGMENTATION>": "Locate {} in the image with mask",
    "<REGION_TO_SEGMENTATION>": "What is the polygon mask of region {}",
    "<OPEN_VOCABULARY_DETECTION>": "Locate {} in the image.",
    "<REGION_TO_CATEGORY>": "What is the region {}?",
    "<REGION_TO_DESCRIPTION>": "What does the region {} describe?",
    "<REGION_TO_OCR>": "What text is in the region {}?",
}
# How often each task is drawn, where the scene allows it.
SHARES = {
    "<OCR>": 2.0,
    "<OCR_WITH_REGION>": 2.0,
    "<CAPTION>": 1.0,
    "<DETAILED_CAPTION>": 0.7,
    "<MORE_DETAILED_CAPTION>": 0.7,
    "<OD>": 2.0,
    "<DENSE_REGION_CAPTION>": 0.8,
    "<REGION_PROPOSAL>": 0.5,
    "<CAPTION_TO_PHRASE_GROUNDING>": 1.2,
    "<REFERRING_EXPRESSION_SEGMENTATION>": 1.2,
    "<REGION_TO_SEGMENTATION>": 0.5,
    "<OPEN_VOCABULARY_DETECTION>": 1.2,
    "<REGION_TO_CATEGORY>": 0.8,
    "<REGION_TO_DESCRIPTION>": 0.6,
    "<REGION_TO_OCR>": 0.8,
}
NUMBER_WORDS = {**NUMBERS, 5: "five"}
PLACES = (
    ("in the top left", "at the top", "in the top right"),
    ("on the left", "in the middle", "on the right"),
    ("in the bottom left", "at the bottom", "in the bottom right"),
)
RELATIONS = [
    "{} and {}",
    "{} and {}",
    "{} next to {}",
    "{} with {}",
    "{} beside {}",
    "a picture of {} and {}",
    "there is {} and {}",
]
ALONE = ["{}", "{}", "a picture of {}", "there is {} in the image", "the image shows {}"]


def loc(value):
    return f"<loc_{min(999, max(0, int(value * 1000)))}>"


def locs(values):
    return "".join(loc(value) for value in values)


def article(words):
    return ("an " if words[0] in "aeiou" and not words.startswith("unicorn") else "a ") + words


def description(item):
    """'red car'."""
    return f"{item.tint} {item.thing.name}" if item.tint else item.thing.name


def phrase(items, tinted=True):
    """'a red car', 'three apples', 'grapes': what a group of things is called."""
    words = f"{items[0].tint} " if tinted and items[0].tint else ""
    if len(items) > 1:
        return f"{NUMBER_WORDS[len(items)]} {words}{items[0].thing.many}"
    words += items[0].thing.name
    return words if items[0].thing.bare else article(words)


def place(item):
    x, y = item.centre()
    return PLACES[(y > 0.36) + (y > 0.64)][(x > 0.36) + (x > 0.64)]


def size_word(item):
    area = (item.box[2] - item.box[0]) * (item.box[3] - item.box[1])
    return "large " if area > 0.2 else "small " if area < 0.07 else ""


def listed(phrases):
    return " and ".join([", ".join(phrases[:-1]), phrases[-1]]) if len(phrases) > 1 else phrases[0]


def caption(scene):
    return listed([phrase(group) for group in scene.groups()])


def ground(scene):
    return f" on {article(scene.ground)} background" if scene.ground else ""


def text_of(scene):
    return "\n".join(word.text for word in scene.words)


def detailed_caption(scene):
    parts = [phrase(group) + (f" {place(group[0])}" if len(group) == 1 else "") for group in scene.groups()]
    words = f" The text says {' and '.join(word.text for word in scene.words)}." if scene.words else ""
    return f"The image shows {listed(parts)}{ground(scene)}.{words}"


def more_detailed_caption(scene):
    sentences = []
    count = len(scene.things)
    there = "There is one object" if count == 1 else f"There are {NUMBER_WORDS[count]} objects"
    for group in scene.groups():
        item = group[0]
        if len(group) > 1:
            sentences.append(f"There are {phrase(group)}.")
            continue
        words = size_word(item) + description(item)
        if item.thing.bare:
            sentences.append(f"{words[0].upper()}{words[1:]} {'are' if item.thing.name.endswith('s') else 'is'} {place(item)}.")
        else:
            words = article(words)
            sentences.append(f"{words[0].upper()}{words[1:]} is {place(item)}.")
    x_y = [((word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2) for word in scene.words]
    for word, (x, y) in zip(scene.words, x_y):
        where = PLACES[(y > 0.36) + (y > 0.64)][(x > 0.36) + (x > 0.64)]
        sentences.append(f"The word {word.text} is {where}.")
    return f"{there}{ground(scene)}. {' '.join(sentences)}"


def regions(scene, name):
    """Things by name, the boxes of those that share it together, in the order of the first ones."""
    found = {}
    for item in scene.things:
        found.setdefault(name(item), []).append(locs(item.box))
    return "".join(label + "".join(boxes) for label, boxes in found.items())


def near(box):
    """A box as someone would draw it: not quite the true one."""
    wide, high = box[2] - box[0], box[3] - box[1]
    return [edge + random.gauss(0, 0.03) * side for edge, side in zip(box, (wide, high, wide, high))]


def polygon(item):
    left, top, right, bottom = item.box
    points = outline(item)
    return "".join(
        loc(left + (x + 1) / 2 * (right - left)) + loc(top + (y + 1) / 2 * (bottom - top)) for x, y in points
    )


def upper_first(text):
    return text[0].upper() + text[1:]


def grounding(scene):
    """A caption of some of the things, and its phrases with their boxes."""
    groups = scene.groups()
    by_name = {}
    for group in groups:
        by_name.setdefault(group[0].thing.name, []).append(group)
    chosen = random.sample(groups, random.randint(1, min(3, len(groups))))
    phrases = []
    for group in chosen:
        plain = len(by_name[group[0].thing.name]) == 1 and random.random() < 0.4
        words = phrase(group, tinted=not plain)
        if len(group) == 1 and words.startswith(("a ", "an ")) and random.random() < 0.25:
            words = "the " + words.split(" ", 1)[1]
        phrases.append(words)
    form = random.choice(ALONE if len(chosen) == 1 else RELATIONS)
    text = form.format(*phrases) if len(chosen) < 3 else listed(phrases)
    if scene.ground and random.random() < 0.2:
        text += ground(scene)
    if random.random() < 0.4:
        text, old = upper_first(text), text
        if old.startswith(phrases[0]):
            phrases[0] = upper_first(phrases[0])
    text += "." if random.random() < 0.4 else ""
    return text, "".join(words + "".join(locs(item.box) for item in group) for words, group in zip(phrases, chosen))


def named(scene, item):
    """The things that a short name of the item is true of, and the name: with its colour at times."""
    same = [other for other in scene.things if other.thing.name == item.thing.name]
    if item.tint and (random.random() < 0.6 or any(other.tint != item.tint for other in same)):
        return description(item), [other for other in same if other.tint == item.tint]
    return item.thing.name, same


def referring(scene):
    """An expression that fits one thing only, and the thing; or None."""
    for item in random.sample(scene.things, len(scene.things)):
        name, same = named(scene, item)
        if len(same) > 1:
            if sum(place(other) == place(item) for other in same) > 1:
                continue
            name += " " + place(item)
        elif random.random() < 0.15:
            name += " " + place(item)
        start = "" if item.thing.bare or random.random() < 0.3 else random.choice(["the ", "a "])
        return (article(name) if start == "a " else start + name), item
    return None


def question(scene, task, scenes=None):
    """Prompt and answer, or None where the scene has nothing that the task asks for. Where `scenes` is given, things are
    also asked for that are not there."""
    form = PROMPTS[task]
    if task == "<OCR>":
        return form, text_of(scene)
    if task == "<OCR_WITH_REGION>":
        return form, "".join(word.text + locs(word.quad) for word in scene.words)
    if task == "<REGION_TO_OCR>":
        if not scene.words:
            return None
        word = random.choice(scene.words)
        return form.format(locs(near(word.box))), word.text
    if not scene.things:
        return None
    item = random.choice(scene.things)
    if task == "<CAPTION>":
        return form, caption(scene)
    if task == "<DETAILED_CAPTION>":
        return form, detailed_caption(scene)
    if task == "<MORE_DETAILED_CAPTION>":
        return form, more_detailed_caption(scene)
    if task == "<OD>":
        return form, regions(scene, lambda item: item.thing.name)
    if task == "<DENSE_REGION_CAPTION>":
        return form, regions(scene, description)
    if task == "<REGION_PROPOSAL>":
        found = sorted([*scene.things, *scene.words], key=lambda entry: entry.box[0] + entry.box[2])
        return form, "".join(locs(entry.box) for entry in found)
    if task == "<CAPTION_TO_PHRASE_GROUNDING>":
        text, answer = grounding(scene)
        return form.format(text), answer
    if task == "<REFERRING_EXPRESSION_SEGMENTATION>":
        found = referring(scene)
        return found and (form.format(found[0]), polygon(found[1]))
    if task == "<REGION_TO_SEGMENTATION>":
        return form.format(locs(near(item.box))), polygon(item)
    if task == "<OPEN_VOCABULARY_DETECTION>":
        if scenes and random.random() < 0.06:
            absent = random.choice(scenes.things)
            if all(other.thing is not absent for other in scene.things):
                return form.format(absent.name), ""
        name, same = named(scene, item)
        if len(same) > 1 and name == item.thing.name and random.random() < 0.5:
            name = item.thing.many
        elif not item.thing.bare and random.random() < 0.2:
            name = random.choice(["the " + name, article(name)]) if len(same) == 1 else name
        return form.format(name), "".join(name + locs(other.box) for other in same)
    if task == "<REGION_TO_CATEGORY>":
        return form.format(locs(near(item.box))), item.thing.name
    if task == "<REGION_TO_DESCRIPTION>":
        return form.format(locs(near(item.box))), phrase([item])
    raise ValueError(task)


def questions(scene, count, scenes):
    """Different tasks about the scene, with prompts and answers; the words of one with many are asked for one by one too."""
    open_tasks, found = dict(SHARES), []
    if not scene.words:
        open_tasks |= {"<OCR>": 0.06, "<OCR_WITH_REGION>": 0.06, "<REGION_TO_OCR>": 0}
    while len(found) < count:
        task = random.choices(list(open_tasks), list(open_tasks.values()))[0]
        if task != "<REGION_TO_OCR>" or sum(done == task for done, *_ in found) + 1 >= len(scene.words):
            open_tasks[task] = 0
        asked = question(scene, task, scenes)
        if asked:
            found.append((task, *asked))
        if not any(open_tasks.values()):
            break
    return found


def corpus(things):
    """Every word that prompts and answers are made of, with how often it should count: each gets a token of its own, at the
    beginning of a text and after a space."""
    for prompt in PROMPTS.values():
        yield prompt.replace("{}", "")
    for tint in COLOURS:
        yield f"{tint} {tint}"
    fixed = [
        *NUMBER_WORDS.values(),
        "The image shows a picture of an object. There is one object, there are objects on the background. The text says and The",
        " ".join(where for row in PLACES for where in row) + ", " + " ".join(where for row in PLACES for where in row) + ".",
        " ".join([*RELATIONS, *ALONE]).replace("{}", ""),
        "The word is at the. A large A small a large a small An An orange a an the the The There Two Three Four a an two three",
    ]
    yield from fixed
    for thing in things:
        yield f"{thing.name} {thing.name}"
        yield f"{thing.many} {thing.many}"

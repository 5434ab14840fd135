"""Turns the emoji art of the npm packages in package.json into one array of square sprites and a list of concepts.

    python prepare_art.py --packages node_modules --output art

Writes to the output folder:
    concepts.json   one entry per emoji: hexcode, label, other names, keywords, group, subgroup
    sprites.npy     uint8 [sprites, 112, 112, 4], red, green, blue (premultiplied) and alpha, cropped to the drawing
    sprites.json    for every sprite its art family and its concept

Twemoji is the test family: it is read only where --families asks for it (see export_test_set.py and blip-mini).
"""

import argparse
import io
import json
import re
from collections import defaultdict
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

SPRITE = 112
TRAINING_FAMILIES = [
    "noto",
    "noto-v1",
    "openmoji",
    "emojione",
    "emojione-v1",
    "emojione-monotone",
    "fxemoji",
    "fluent-emoji",
    "fluent-emoji-flat",
    "fluent-emoji-high-contrast",
    "streamline-emojis",
]
SHORTCODE_SETS = ["emojibase", "github", "iamcal", "joypixels", "cldr"]
COMPONENT_GROUP = 2


def code(hexcode):
    """One spelling for a code point sequence: upper case, without variation selectors."""
    return "-".join(part for part in hexcode.upper().split("-") if part not in ("FE0F", "FE0E"))


def squeeze(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def read_concepts(packages):
    """Every emoji of emojibase-data without skin tones and components, with its names in English."""
    folder = packages / "emojibase-data" / "en"
    messages = json.loads((folder / "messages.json").read_text())
    groups = {group["order"]: group["key"] for group in messages["groups"]}
    subgroups = {group["order"]: group["key"] for group in messages["subgroups"]}
    shortcodes = [json.loads((folder / "shortcodes" / f"{name}.json").read_text()) for name in SHORTCODE_SETS]
    concepts = []
    for entry in json.loads((folder / "data.json").read_text()):
        if entry.get("group", COMPONENT_GROUP) == COMPONENT_GROUP:
            continue
        label = entry["label"].lower()
        names = []
        for table in shortcodes:
            found = table.get(entry["hexcode"], [])
            for shortcode in [found] if isinstance(found, str) else found:
                name = re.sub(r"[_-]+", " ", shortcode).strip()
                if name != label and name not in names and len(name) > 2 and not re.search(r"\d|flag", name):
                    names.append(name)
        concepts.append(
            {
                "hexcode": code(entry["hexcode"]),
                "label": label,
                "names": names,
                "keywords": [tag.lower() for tag in entry.get("tags", []) if tag.lower() not in [label, *names]],
                "group": groups[entry["group"]],
                "subgroup": subgroups[entry["subgroup"]],
                "gendered": "gender" in entry,
            }
        )
    return concepts


def name_lookup(concepts, packages):
    """Squeezed name -> concept. Labels come first, then other names and keywords that only one emoji has."""
    lookup = {squeeze(concept["label"]): index for index, concept in enumerate(concepts)}
    for index, concept in enumerate(concepts):
        if concept["group"] == "flags":
            lookup.setdefault(squeeze(concept["label"].replace("flag:", "flag for")), index)
    by_code = {concept["hexcode"]: index for index, concept in enumerate(concepts)}
    for family in ("noto", "fluent-emoji-flat"):
        for hexcode, name in json.loads((packages / "@iconify-json" / family / "chars.json").read_text()).items():
            if code(hexcode) in by_code:
                lookup.setdefault(squeeze(name), by_code[code(hexcode)])
    for field in ("names", "keywords"):
        owners = defaultdict(set)
        for index, concept in enumerate(concepts):
            for name in concept[field]:
                owners[squeeze(name)].add(index)
        for name, indices in owners.items():
            if len(indices) == 1:
                lookup.setdefault(name, next(iter(indices)))
    return lookup


def iconify_drawings(packages, family, concepts):
    """Yields (concept, SVG text) of one Iconify package: by code point where the package says it, else by name."""
    folder = packages / "@iconify-json" / family
    icons = json.loads((folder / "icons.json").read_text())
    chars = json.loads((folder / "chars.json").read_text())
    lookup = name_lookup(concepts, packages)
    by_code = {concept["hexcode"]: index for index, concept in enumerate(concepts)}
    names_of = defaultdict(list)
    for name in icons["icons"]:
        names_of[name].append(name)
    for alias, target in icons.get("aliases", {}).items():
        if set(target) == {"parent"}:
            names_of[target["parent"]].append(alias)
    concept_of = {}
    for hexcode, name in chars.items():
        if code(hexcode) in by_code:
            concept_of.setdefault(icons.get("aliases", {}).get(name, {}).get("parent", name), by_code[code(hexcode)])
    for name, spellings in names_of.items():
        if name not in icons["icons"]:
            continue
        concept = concept_of.get(name)
        if concept is None and not chars:
            found = [lookup.get(squeeze(re.sub(r"-\d$", "", spelling))) for spelling in spellings]
            concept = next((index for index in found if index is not None), None)
        if concept is not None:
            icon = icons["icons"][name]
            width, height = (icon.get(side, icons.get(side, 16)) for side in ("width", "height"))
            left, top = (icon.get(side, icons.get(side, 0)) for side in ("left", "top"))
            yield (
                concept,
                (
                    f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
                    f'color="#222" viewBox="{left} {top} {width} {height}">{icon["body"]}</svg>'
                ),
            )


def fluent_3d_drawings(packages, concepts):
    by_code = {concept["hexcode"]: index for index, concept in enumerate(concepts)}
    for path in sorted((packages / "@lobehub" / "fluent-emoji-3d" / "assets").glob("*.webp")):
        if code(path.stem) in by_code:
            yield by_code[code(path.stem)], str(path)


def rasterise(drawing, size=160):
    """SVG text or picture file -> PIL RGBA picture with the given longer side."""
    if drawing.startswith("<svg"):
        return Image.open(
            io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=size, height=size)))
        ).convert("RGBA")
    return Image.open(drawing).convert("RGBA")


def sprite(drawing):
    """Crops to what is drawn, scales the longer side to SPRITE and centres; None for an empty or broken drawing."""
    try:
        picture = rasterise(drawing)
    except (ValueError, OSError):
        return None
    box = picture.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    if box is None:
        return None
    picture = picture.crop(box)
    scale = SPRITE / max(picture.size)
    picture = picture.convert("RGBa").resize(
        [max(1, round(side * scale)) for side in picture.size],
        Image.Resampling.BOX if scale < 0.6 else Image.Resampling.BILINEAR,
    )
    canvas = np.zeros((SPRITE, SPRITE, 4), np.uint8)
    top, left = (SPRITE - picture.height) // 2, (SPRITE - picture.width) // 2
    canvas[top : top + picture.height, left : left + picture.width] = np.frombuffer(
        picture.tobytes(), np.uint8
    ).reshape(picture.height, picture.width, 4)
    return canvas


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("node_modules"))
    parser.add_argument("--output", type=Path, default=Path("art"))
    parser.add_argument("--families", help="only these packages of @iconify-json, with commas; for test art")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    concepts = read_concepts(arguments.packages)
    families = arguments.families.split(",") if arguments.families else TRAINING_FAMILIES
    drawings = []
    for family in families:
        drawings += [(family, *found) for found in iconify_drawings(arguments.packages, family, concepts)]
    if not arguments.families:
        drawings += [("fluent-emoji-3d", *found) for found in fluent_3d_drawings(arguments.packages, concepts)]
        families = [*families, "fluent-emoji-3d"]
    with Pool(2) as pool:
        sprites = pool.map(sprite, [drawing for _, _, drawing in drawings], chunksize=64)
    kept = [index for index, picture in enumerate(sprites) if picture is not None]
    np.save(arguments.output / "sprites.npy", np.stack([sprites[index] for index in kept]))
    (arguments.output / "sprites.json").write_text(
        json.dumps(
            {"family": [drawings[index][0] for index in kept], "concept": [drawings[index][1] for index in kept]}
        )
    )
    (arguments.output / "concepts.json").write_text(json.dumps(concepts, indent=1, ensure_ascii=False))
    for family in families:
        indices = [index for index in kept if drawings[index][0] == family]
        print(f"{family}: {len(indices)} sprites, {len({drawings[index][1] for index in indices})} concepts")


if __name__ == "__main__":
    main()

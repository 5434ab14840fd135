"""How good florence-mini is on the scenes of export_test_scenes.py: by transformers' generate, or by what Fovea answered.

    python evaluate_florence_mini.py florence-mini test-scenes                        runs transformers
    python evaluate_florence_mini.py florence-mini test-scenes --write said.jsonl     also writes what it said
    python evaluate_florence_mini.py florence-mini test-scenes --answers said.jsonl   scores lines {"id", "task", "raw"}

`raw` is the decoded answer with its special tokens; transformers' processor reads it.
"""

import argparse
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from transformers import AutoProcessor, Florence2ForConditionalGeneration

BOXES = ("<OD>", "<DENSE_REGION_CAPTION>", "<CAPTION_TO_PHRASE_GROUNDING>", "<OPEN_VOCABULARY_DETECTION>", "<REGION_PROPOSAL>")
POLYGONS = ("<REFERRING_EXPRESSION_SEGMENTATION>", "<REGION_TO_SEGMENTATION>")


@torch.no_grad()
def say(model, processor, folder, scenes, batch, beams):
    """One line per question. Questions of a task go through the model together."""
    by_task = defaultdict(list)
    for scene in scenes:
        for question in scene["questions"]:
            by_task[question["task"]].append((scene, question))
    lines = []
    for task, asked in by_task.items():
        asked.sort(key=lambda pair: len(pair[1]["prompt"]))
        for start in range(0, len(asked), batch):
            part = asked[start : start + batch]
            pictures = [Image.open(folder / scene["image"]).convert("RGB") for scene, _ in part]
            texts = [question["text"] for _, question in part]
            inputs = processor(text=texts, images=pictures, return_tensors="pt", padding=True)
            ids = model.generate(**inputs, max_length=120, num_beams=beams, do_sample=False)
            for (scene, _), raw in zip(part, processor.batch_decode(ids, skip_special_tokens=False)):
                lines.append({"id": scene["id"], "task": task, "raw": raw.replace("<pad>", "")})
    return lines


def overlap(a, b):
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, wide) * max(0, high)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared + 1e-9)


def matched(found, true, least=0.5):
    """Which of the found (label, box) meet a true one of the same label that none before has met."""
    left, hits = list(true), []
    for label, box in found:
        fits = [(overlap(box, other), place) for place, (name, other) in enumerate(left) if name == label]
        best = max(fits, default=(0, -1))
        hits.append(best[0] >= least)
        if hits[-1]:
            left.pop(best[1])
    return hits


def mean_average_precision(found, true, least=0.5):
    """Mean over labels of the average precision. There are no scores: what is found counts in the order of the answers, so the
    curve has one point, and the average precision is precision times recall."""
    hits, counts = defaultdict(list), Counter(label for scene in true for label, _ in scene)
    for mine, theirs in zip(found, true):
        for (label, _), hit in zip(mine, matched(mine, theirs, least)):
            hits[label].append(hit)
    return float(np.mean([sum(hits[label]) ** 2 / max(1, len(hits[label])) / number for label, number in counts.items()]))


def mask(polygons, size):
    picture = Image.new("1", tuple(size))
    for points in polygons:
        if len(points) >= 6:
            ImageDraw.Draw(picture).polygon([tuple(points[k : k + 2]) for k in range(0, len(points), 2)], fill=1)
    return np.asarray(picture)


def true_mask(thing, size):
    """Holes are outlines too: what lies within an even number of outlines is none of the thing."""
    whole = np.zeros((size[1], size[0]), bool)
    for points in thing["outline"]:
        whole ^= mask([points], size)
    return whole


def boxes_of(answer, task):
    labels = answer["bboxes_labels"] if task == "<OPEN_VOCABULARY_DETECTION>" else answer["labels"]
    return list(zip(labels, answer["bboxes"]))


def words_right(found, true):
    return sum((Counter(found) & Counter(true)).values())


def quad_box(quad):
    return [min(quad[0::2]), min(quad[1::2]), max(quad[0::2]), max(quad[1::2])]


def report(scenes, lines, processor):
    said = {(line["id"], line["task"]): line["raw"] for line in lines}
    right, detected = defaultdict(list), defaultdict(lambda: ([], []))
    for scene in scenes:
        size, words = tuple(scene["size"]), scene["words"]
        for question in scene["questions"]:
            task = question["task"]
            if (scene["id"], task) not in said:
                continue
            read = lambda text: processor.post_process_generation(text=text, task=task, image_size=size)[task]  # noqa: E731, B023
            found, true = read(said[scene["id"], task]), read(question["answer"])
            if task in BOXES:
                mine, theirs = boxes_of(found, task), boxes_of(true, task)
                detected[task][0].append(mine)
                detected[task][1].append(theirs)
                right[f"{task} recall at 0.5"] += [True] * sum(matched(mine, theirs)) + [False] * (
                    len(theirs) - sum(matched(mine, theirs))
                )
                right[f"{task} precision at 0.5"] += matched(mine, theirs)
            elif task in POLYGONS:
                goal = quad_box(true["polygons"][0][0])
                thing = max(scene["things"], key=lambda entry: overlap(entry["box"], goal))
                whole, drawn = true_mask(thing, size), mask(found["polygons"][0] if found["polygons"] else [], size)
                right[f"{task} mean IoU"].append((whole & drawn).sum() / max(1, (whole | drawn).sum()))
                best = mask(true["polygons"][0], size)
                right[f"{task} mean IoU of the training's own outline"].append((whole & best).sum() / max(1, (whole | best).sum()))
            elif task == "<OCR_WITH_REGION>":
                mine = [(text, quad_box(quad)) for text, quad in zip(found["labels"], found["quad_boxes"])]
                theirs = [(text, quad_box(quad)) for text, quad in zip(true["labels"], true["quad_boxes"])]
                right[f"{task} words right"] += [True] * words_right(found["labels"], true["labels"]) + [False] * (
                    len(theirs) - words_right(found["labels"], true["labels"])
                )
                hits = sum(matched([("", box) for _, box in mine], [("", box) for _, box in theirs]))
                right[f"{task} boxes at 0.5"] += [True] * hits + [False] * (len(theirs) - hits)
            elif task == "<OCR>":
                mine, theirs = found.split("\n"), true.split("\n")
                right["<OCR> words right"] += [True] * words_right(mine, theirs) + [False] * (len(theirs) - words_right(mine, theirs))
                for word in words:
                    kind = "never drawn in training" if word["new"] else "drawn in training"
                    right[f"<OCR> words {kind}"].append(word["text"] in mine)
                right["<OCR> all words right"].append(found == true)
                right["<OCR> all words right but for case"].append(found.lower() == true.lower())
            else:
                if task in ("<DETAILED_CAPTION>", "<MORE_DETAILED_CAPTION>"):
                    # What is said of the things, without what is said of words.
                    cut = lambda text: re.split(r" The (?:text|word) ", text)[0]  # noqa: E731
                    right[f"{task} right but for words"].append(cut(found) == cut(true))
                if task == "<CAPTION>":
                    plain = lambda text: sorted(re.split(r", | and ", text))  # noqa: E731
                    right[f"{task} right in any order"].append(plain(found) == plain(true))
                    if len(scene["things"]) == 1:
                        right[f"{task} of one thing right"].append(found == true)
                right[f"{task} right"].append(found == true)
    for task, (mine, theirs) in detected.items():
        if task not in ("<CAPTION_TO_PHRASE_GROUNDING>", "<REGION_PROPOSAL>", "<OPEN_VOCABULARY_DETECTION>"):
            right[f"{task} mean average precision at 0.5"] = [mean_average_precision(mine, theirs)]
    for what, outcomes in sorted(right.items()):
        print(f"{what}: {np.mean(outcomes):.1%} of {len(outcomes)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--count", type=int, help="only the first so many scenes")
    parser.add_argument("--answers", type=Path, help="score these lines instead of running transformers")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--beams", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    scenes = [json.loads(line) for line in (arguments.scenes / "scenes.jsonl").read_text().splitlines()][: arguments.count]
    processor = AutoProcessor.from_pretrained(arguments.model)
    if arguments.answers:
        lines = [json.loads(line) for line in arguments.answers.read_text().splitlines()]
    else:
        model = Florence2ForConditionalGeneration.from_pretrained(arguments.model, dtype=torch.float32).eval()
        lines = say(model, processor, arguments.scenes, scenes, arguments.batch, arguments.beams)
    if arguments.write:
        arguments.write.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report(scenes, lines, processor)


if __name__ == "__main__":
    main()

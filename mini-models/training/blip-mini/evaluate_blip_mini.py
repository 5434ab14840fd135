"""How good blip-mini is on the scenes of export_test_scenes.py: by transformers, or by what Fovea answered.

    python evaluate_blip_mini.py blip-mini test-scenes                     runs transformers' three models
    python evaluate_blip_mini.py blip-mini test-scenes --answers said.jsonl    scores lines {"id", "caption", "answers", "match"}
    python evaluate_blip_mini.py blip-mini test-scenes --write said.jsonl      also writes such lines
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoTokenizer, BlipForConditionalGeneration, BlipForImageTextRetrieval, BlipForQuestionAnswering
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

from described_scenes import DescribedScenes


class Transformers:
    def __init__(self, folder):
        kinds = (BlipForConditionalGeneration, BlipForQuestionAnswering, BlipForImageTextRetrieval)
        names = ("captioner", "answerer", "matcher")
        self.captioner, self.answerer, self.matcher = (
            kind.from_pretrained(folder / name, dtype=torch.float32).eval() for kind, name in zip(kinds, names)
        )
        self.tokenizer = AutoTokenizer.from_pretrained(folder / "captioner")
        self.processor = BlipImageProcessorPil.from_pretrained(folder / "captioner")

    def text(self, ids):
        return self.tokenizer.decode([i for i in ids.tolist() if i < len(self.tokenizer)], skip_special_tokens=True)

    @torch.no_grad()
    def say(self, folder, scene):
        pixels = self.processor(Image.open(folder / scene["image"]), return_tensors="pt").pixel_values
        answers = []
        for question in scene["questions"]:
            ids = self.tokenizer(question["question"], return_tensors="pt")
            answers.append(
                self.text(self.answerer.generate(input_ids=ids.input_ids, attention_mask=ids.attention_mask, pixel_values=pixels)[0])
            )
        matches = []
        for text in (scene["matching"], scene["mismatching"]):
            ids = self.tokenizer(text, return_tensors="pt")
            scores = self.matcher(input_ids=ids.input_ids, attention_mask=ids.attention_mask, pixel_values=pixels).itm_score
            matches.append(scores.softmax(1)[0, 1].item())
        ids = self.captioner.generate(pixels)[0]
        return {"id": scene["id"], "caption": self.text(ids), "tokens": ids.tolist(), "answers": answers, "match": matches}


def area_under_curve(true, false):
    return sum((t > f) + 0.5 * (t == f) for t in true for f in false) / (len(true) * len(false))


def report(scenes, said, composer):
    right, by_kind = defaultdict(list), defaultdict(list)
    for scene in scenes:
        words = said[scene["id"]]
        parsed = composer.parse_caption(words["caption"])
        truth = [tuple(item) for item in scene["objects"]]
        found = sorted(parsed[0]) if parsed else []
        right["objects, counts and colours"].append(found == truth)
        right["objects"].append(sorted(name for name, _, _ in found) == sorted(name for name, _, _ in truth))
        ground = scene["ground"] if scene["ground"] != "white" else ""
        right["the whole caption"].append(words["caption"] == scene["text"])
        right["ground"].append(bool(parsed) and parsed[2] == ground)
        by_kind[scene["kind"]].append(found == truth)
        for question, answer in zip(scene["questions"], words["answers"]):
            right["answer: " + question["kind"]].append(answer == question["answer"])
            right["answers"].append(answer == question["answer"])
    for what, outcomes in sorted(right.items()):
        print(f"{what}: {sum(outcomes) / len(outcomes):.1%} of {len(outcomes)}")
    for kind, outcomes in by_kind.items():
        print(f"captions of scene '{kind}': {sum(outcomes) / len(outcomes):.1%} of {len(outcomes)}")
    pairs = [said[scene["id"]]["match"] for scene in scenes]
    print(f"matching, area under the curve: {area_under_curve(*zip(*pairs)):.3f}")
    print(f"matching, true text above the false one: {sum(t > f for t, f in pairs) / len(pairs):.1%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--art", type=Path, required=True, help="art that the scenes were made of, for the names")
    parser.add_argument("--answers", type=Path, help="score these lines instead of running transformers")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    scenes = [json.loads(line) for line in (arguments.scenes / "scenes.jsonl").read_text().splitlines()]
    if arguments.answers:
        lines = [json.loads(line) for line in arguments.answers.read_text().splitlines()]
    else:
        model = Transformers(arguments.model)
        lines = [model.say(arguments.scenes, scene) for scene in scenes]
    if arguments.write:
        arguments.write.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report(scenes, {line["id"]: line for line in lines}, DescribedScenes(arguments.art, 100))


if __name__ == "__main__":
    main()

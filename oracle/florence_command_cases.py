"""Record what transformers makes of small picture files with a small Florence-2, for the tests of the command line.

    python oracle/florence_command_cases.py

Writes pictures and `answers.jsonl` under app/src/test/resources/dev/fovea/app/florence/. The checkpoint is that of the
case `base`, which must have been written; oracle/README.md says what a line holds.
"""

from pathlib import Path

import numpy
import torch
from PIL import Image
from transformers import Florence2Processor
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from comparison import flags
from florence_cases import OUT as CASES
from florence_cases import encoder_input, image_tokens, load, prompt_of
from florence_specs import TASKS
from generation_cases import stable, with_others, write_lines

OUT = Path(__file__).resolve().parent.parent / "app/src/test/resources/dev/fovea/app/florence"
SIZE = (90, 60)
PICTURES = {"first.png": 33, "second.png": 182}  # seeds with which tasks that give places give some
OPTIONS = [dict(max_new_tokens=20), dict(num_beams=1, early_stopping=False, max_new_tokens=40)]
PROMPTS = [("<DocVQA>", "what animal is it?"), ("<GENERATE_TAGS>", ""), ("what is on the left?", ""), ("", ""), ("<OD", " of a car")]
PLACES = [("boxes", "box", "bboxes"), ("quads", "quad", "quad_boxes"), ("polygons", "polygons", "polygons")]


def draw(seed):
    random = numpy.random.default_rng(seed)
    coarse = random.integers(0, 256, (5, 5, 3), dtype=numpy.uint8)
    return Image.fromarray(coarse).resize(SIZE, Image.BICUBIC)


def shown(found):
    """What the processor read out of a text as the command line says it."""
    if isinstance(found, str):
        return dict(text=found)
    return {
        plural: [
            {"label": label, field: place}
            for label, place in zip(found.get(f"{key}_labels", found.get("labels")), found[key], strict=True)
        ]
        for plural, field, key in PLACES
        if key in found
    }


@torch.no_grad()
def main():
    folder = CASES / "base"
    models = with_others(load(folder), torch.Generator().manual_seed(1))
    processor = Florence2Processor.from_pretrained(folder)
    look = CLIPImageProcessorPil.from_pretrained(folder)
    OUT.mkdir(parents=True, exist_ok=True)
    lines, dropped = [], 0
    for name, seed in PICTURES.items():
        draw(seed).save(OUT / name)
        pixels = look(Image.open(OUT / name), return_tensors="pt").pixel_values[0]
        count = image_tokens(*pixels.shape[1:])
        for task, words in TASKS[:-1] + PROMPTS:
            ids = processor.tokenizer(prompt_of(processor, task, words))["input_ids"]
            for options in OPTIONS:
                found = stable(models, options, pixels, **encoder_input(ids, count))
                if found is None:
                    dropped += 1
                    continue
                tokens = found[0][0]
                text = processor.tokenizer.decode(tokens, skip_special_tokens=False)
                result = processor.post_process_generation(text=text, task=task, image_size=SIZE)[task]
                line = dict(image=name, task=task, input=words or None, flags=flags(options))
                lines.append(line | dict(text=text, tokens=tokens, result=shown(result)))
    own = [task for task, _ in PROMPTS]
    write_lines(OUT / "answers.jsonl", [line for line in lines if line["task"] not in own])
    write_lines(OUT / "prompts.jsonl", [line for line in lines if line["task"] in own])
    print(f"{len(lines)} answers, dropped {dropped}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()

"""Compare Fovea's command line with transformers on BLIP folders of any size, on real pictures.

    python oracle/compare_blip_full_size.py --caption DIR --vqa DIR --itm DIR --image FILE ... [--fovea ./fovea]

Token ids of `caption` and `ask` must be those of `generate`, with and without prompts and for every option that both have; the scores
of `match` must agree within 1e-4. Pictures should be PNG: JPEG decoders differ. Exits with 1 when something differs.
"""

import argparse
import sys
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoTokenizer, BlipForConditionalGeneration, BlipForImageTextRetrieval, BlipForQuestionAnswering
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

from comparison import Comparison, flags

OPTIONS = [
    {},
    {"num_beams": 3},
    {"num_beams": 5},
    {"num_beams": 3, "length_penalty": 2.0},
    {"num_beams": 3, "length_penalty": -1.0},
    {"num_beams": 5, "length_penalty": 0.5, "early_stopping": True},
    {"num_beams": 3, "early_stopping": "never", "max_new_tokens": 12},
    {"no_repeat_ngram_size": 2, "min_new_tokens": 12},
    {"num_beams": 3, "no_repeat_ngram_size": 3, "max_new_tokens": 30},
    {"repetition_penalty": 1.3},
    {"num_beams": 3, "repetition_penalty": 1.5, "min_new_tokens": 8},
    {"max_new_tokens": 1},
]
PROMPTS = [None, "a picture of", "a black and white photograph of an old man's"]
QUESTIONS = ["what is in the picture?", "How many dogs are there in the background, and what colour are they?"]
TEXTS = ["a cat", "a woman and her dog sitting on a beach", "two red cars, parked", "x", "the quick brown fox " * 20]


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for kind in ("caption", "vqa", "itm"):
        parser.add_argument(f"--{kind}", type=Path)
    parser.add_argument("--image", nargs="+", required=True)
    parser.add_argument("--fovea", default="./fovea")
    arguments = parser.parse_args()
    comparison, worst = Comparison(arguments.fovea), 0.0

    def pixels(folder, image):
        processor = BlipImageProcessorPil.from_pretrained(folder)
        return processor(Image.open(image), return_tensors="pt").pixel_values

    if arguments.caption:
        model = BlipForConditionalGeneration.from_pretrained(arguments.caption).eval()
        tokenizer = AutoTokenizer.from_pretrained(arguments.caption)
        for image in arguments.image:
            values = pixels(arguments.caption, image)
            for prompt in PROMPTS:
                for options in OPTIONS:
                    given = dict(tokenizer(prompt, return_tensors="pt")) if prompt else {}
                    given.pop("token_type_ids", None)
                    expected = model.generate(pixel_values=values, **given, **options)[0].tolist()
                    words = ["--prompt", prompt] if prompt else []
                    found = comparison.run("caption", image, "--model", str(arguments.caption), *words, *flags(options))
                    comparison.note(f"caption {image} {prompt} {options}", expected, found["tokens"])
        del model
    if arguments.vqa:
        model = BlipForQuestionAnswering.from_pretrained(arguments.vqa).eval()
        tokenizer = AutoTokenizer.from_pretrained(arguments.vqa)
        for image in arguments.image:
            values = pixels(arguments.vqa, image)
            for question in QUESTIONS:
                for options in OPTIONS:
                    ids = tokenizer(question, return_tensors="pt").input_ids
                    expected = model.generate(
                        input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=values, **options
                    )[0].tolist()
                    found = comparison.run("ask", image, question, "--model", str(arguments.vqa), *flags(options))
                    comparison.note(f"ask {image} {question} {options}", expected, found["tokens"])
        del model
    if arguments.itm:
        model = BlipForImageTextRetrieval.from_pretrained(arguments.itm).eval()
        tokenizer = AutoTokenizer.from_pretrained(arguments.itm)
        for image in arguments.image:
            values = pixels(arguments.itm, image)
            found = comparison.run("match", image, *TEXTS, "--model", str(arguments.itm))["results"]
            for text, result in zip(TEXTS, found):
                ids = tokenizer(text, return_tensors="pt").input_ids
                given = dict(input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=values)
                match = model(**given).itm_score.softmax(1)[0, 1].item()
                cosine = model(**given, use_itm_head=False).itm_score[0, 0].item()
                worst = max(worst, abs(match - result["match"]), abs(cosine - result["cosine"]))
                print(f"match {image} {text[:30]!r}: {match:.6f} {result['match']:.6f}, cosine {cosine:.6f} {result['cosine']:.6f}")
    print(f"{comparison.summary()}; scores within {worst:.1e}")
    sys.exit(1 if comparison.different or worst > 1e-4 else 0)


if __name__ == "__main__":
    main()

"""Compare Fovea's command line with transformers on a Florence-2 folder of any size, on real pictures.

    python oracle/compare_florence_full_size.py NATIVE [--fovea-model DIR] --image FILE ... [--fovea ./fovea]

Token ids of `florence` must be those of `generate` for every task, with beams and greedily. NATIVE is in transformers'
layout; --fovea-model names a folder with the same weights in another, as florence_full_size.py --microsoft writes it.
Pictures should be PNG: JPEG decoders differ. Exits with 1 when something differs.
"""

import argparse
import sys
from pathlib import Path

import torch
from PIL import Image
from transformers import Florence2ForConditionalGeneration, Florence2Processor
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from comparison import Comparison, flags
from florence_cases import encoder_input, prompt_of
from florence_specs import TASKS

OPTIONS = [
    {},  # as the checkpoint says: three beams
    {"num_beams": 1, "early_stopping": False},
    {"num_beams": 3, "early_stopping": False, "max_new_tokens": 40},
]


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("native", type=Path)
    parser.add_argument("--fovea-model", type=Path)
    parser.add_argument("--image", nargs="+", required=True)
    parser.add_argument("--fovea", default="./fovea")
    arguments = parser.parse_args()
    comparison = Comparison(arguments.fovea)
    model = Florence2ForConditionalGeneration.from_pretrained(arguments.native, dtype=torch.float32).eval()
    processor = Florence2Processor.from_pretrained(arguments.native)
    pictures = CLIPImageProcessorPil.from_pretrained(arguments.native)
    image = model.config.image_token_id
    for file in arguments.image:
        pixels = pictures(Image.open(file).convert("RGB"), return_tensors="pt").pixel_values
        seen = model.get_image_features(pixels).pooler_output
        for task, words in TASKS[:-1]:
            ids = processor.tokenizer(prompt_of(processor, task, words))["input_ids"]
            given = encoder_input(ids, seen.shape[1], image)
            embeds = model.get_input_embeddings()(given["input_ids"])
            embeds[:, : seen.shape[1]] = seen  # the picture is looked at once for all tasks
            states = model.get_encoder()(inputs_embeds=embeds)
            for options in OPTIONS:
                options = {"max_new_tokens": 20, **options}  # both defaults said: 20 there, 1024 here
                expected = model.generate(encoder_outputs=states, attention_mask=given["attention_mask"], **options)
                command = ["florence", file, task, *([words] if words else [])]
                folder = str(arguments.fovea_model or arguments.native)
                found = comparison.run(*command, "--model", folder, *flags(options))
                comparison.note(f"{' '.join(command)} {options}", expected[0].tolist(), found["tokens"])
    print(comparison.summary())
    sys.exit(1 if comparison.different else 0)


if __name__ == "__main__":
    main()

"""Write BLIP checkpoints of the published sizes with random weights whose captions vary.

    python oracle/blip_full_size.py caption|vqa|itm [--large] TOKENIZER OUT

TOKENIZER is a folder with bert-base-uncased's vocab.txt (any BLIP checkpoint of the hub has it). OUT becomes a folder as the hub's. Too
big to commit; compare_blip_full_size.py checks Fovea on it.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from transformers import BlipConfig, BlipForConditionalGeneration, BlipForImageTextRetrieval, BlipForQuestionAnswering

import blip_cases
from blip_specs import Case

KINDS = {
    "caption": BlipForConditionalGeneration,
    "vqa": BlipForQuestionAnswering,
    "itm": BlipForImageTextRetrieval,
}
LARGE = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16)
SPECIAL = [0, *range(100, 104), 30522, 30523]
END = 102


def processor(size):
    return {
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_processor_type": "BlipImageProcessor",
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
        "rescale_factor": 1 / 255,
        "size": {"height": size, "width": size},
    }


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--large", action="store_true")
    arguments = parser.parse_args()
    config = BlipConfig(vision_config=LARGE if arguments.large else {}, text_config={"num_attention_heads": 12})
    case = Case("full size", KINDS[arguments.kind], {}, {})
    with torch.device("meta"):
        model = case.kind(config)
    model = model.to_empty(device="cpu")
    model.tie_weights()
    for name, buffer in model.named_buffers():
        if name.endswith("position_ids"):
            buffer.copy_(torch.arange(buffer.shape[-1]).expand(buffer.shape))
    blip_cases.fill(model, case, torch.Generator().manual_seed(7))
    for name, parameter in model.named_parameters():  # texts vary with the picture and from token to token
        if name.endswith(("predictions.bias", "decoder.bias")):
            parameter[SPECIAL] -= 8
            parameter[END] += 20  # else a text of 30,000 equally likely words hardly ever ends
        elif name.startswith("text") and ".output.dense." in name:
            parameter *= 0.25 if "attention" in name else 0.15  # else twelve layers forget the token they began with
        elif name.startswith("text") and "position_embeddings" in name:
            parameter *= 3
    model.save_pretrained(arguments.out)
    (arguments.out / "preprocessor_config.json").write_text(json.dumps(processor(384), indent=2) + "\n")
    for file in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(arguments.tokenizer / file, arguments.out)
    print(f"{arguments.out}: {sum(p.numel() for p in model.parameters()):,} parameters")


if __name__ == "__main__":
    main()

"""Write Florence-2 checkpoints of the published sizes with random weights whose texts vary.

    python oracle/florence_full_size.py [--large] [--dtype float16] [--microsoft] TOKENIZER OUT

TOKENIZER is a folder with tokenizer.json, vocab.json and tokenizer_config.json of Microsoft's repositories. OUT becomes a
folder as the hub's: transformers' own layout or, with --microsoft, Microsoft's. The same weights come out for every layout
and type. Too big to commit; compare_florence_full_size.py checks Fovea on it.
"""

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import Florence2Config, Florence2ForConditionalGeneration

import florence_original
import florence_tokenizer
import florence_weights
from florence_cases import READING_FILE, image_tokens, preprocessor
from florence_specs import ADDED, HUB, IDS, text, vision
from generation_cases import write_json

BASE = 50265  # tokens of BART
IMAGE = BASE + len(ADDED)
ROWS = 51328
SIZE = (768, 768)


def configuration(large):
    widths, heads = ([256, 512, 1024, 2048], [8, 16, 32, 64]) if large else ([128, 256, 512, 1024], [4, 8, 16, 32])
    width, layers, text_heads, positions = (1024, 12, 16, 4096) if large else (768, 6, 12, 1024)
    stack = (layers, text_heads, 4 * width)
    return Florence2Config(
        vision_config=vision(widths, heads, heads, [1, 1, 9, 1], 12, projection_dim=width),
        text_config=text(width, stack, stack, vocab_size=ROWS, max_position_embeddings=positions),
        image_token_id=IMAGE,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--dtype", choices=("float16", "float32"), default="float16")
    parser.add_argument("--microsoft", action="store_true")
    arguments = parser.parse_args()
    out, dtype = arguments.out, getattr(torch, arguments.dtype)
    torch.set_num_threads(1)
    model = Florence2ForConditionalGeneration(configuration(arguments.large)).eval()
    shifts = florence_weights.shifts(BASE, ROWS, 4.2, 1.0)
    florence_weights.draw(model, shifts, SIZE, torch.Generator().manual_seed(7), gain=1.0, cross=0.5)
    parameters = sum(p.numel() for p in model.parameters())
    out.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "vocab.json", "tokenizer_config.json"):
        shutil.copyfile(arguments.tokenizer / name, out / name)
    write_json(out / "preprocessor_config.json", preprocessor(SIZE, image_tokens(*SIZE)))
    model.to(dtype)
    if arguments.microsoft:
        native = {name: value for name, value in model.state_dict().items() if "embed_tokens" not in name}
        del native["lm_head.weight"]
        weights = florence_original.weights(native, "shared", torch.zeros(IMAGE, dtype=dtype))
        save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
        write_json(out / "config.json", florence_original.config(model.config, IMAGE, arguments.dtype, HUB))
        write_json(out / "generation_config.json", florence_original.GENERATION)
    else:
        model.save_pretrained(out)
        florence_tokenizer.add(out)
        write_json(out / "generation_config.json", IDS | HUB)
        write_json(out / "processor_config.json", READING_FILE)
    print(f"{out}: {parameters:,} parameters")


if __name__ == "__main__":
    with torch.no_grad():
        main()

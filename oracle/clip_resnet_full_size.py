"""Write a CLIP ResNet of a published size with random weights, in Fovea's folder format (docs/convolutions.md).

    python oracle/clip_resnet_full_size.py rn50|rn101|rn50x4|rn50x16|rn50x64 TOKENIZER OUT

TOKENIZER is a folder with CLIP's vocab.json, merges.txt and tokenizer_config.json. Too big to commit; `benchmarks/run
side-by-side OUT` compares Fovea with OpenAI's own class on it before it times both.
"""

import json
import shutil
import sys
from pathlib import Path

import torch

import clip_resnet
from full_size import processor

SIZES = {
    "rn50": dict(layers=(3, 4, 6, 3), width=64, image_size=224, projection=1024, text_width=512),
    "rn101": dict(layers=(3, 4, 23, 3), width=64, image_size=224, projection=512, text_width=512),
    "rn50x4": dict(layers=(4, 6, 10, 6), width=80, image_size=288, projection=640, text_width=640),
    "rn50x16": dict(layers=(6, 8, 18, 8), width=96, image_size=384, projection=768, text_width=768),
    "rn50x64": dict(layers=(3, 15, 36, 10), width=128, image_size=448, projection=1024, text_width=1024),
}

if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in SIZES:
        sys.exit(__doc__)
    sizes, tokenizer, out = SIZES[sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3])
    torch.set_grad_enabled(False)
    generator = torch.Generator().manual_seed(7)
    model = clip_resnet.build(**sizes, text_layers=12, vocabulary=49408, positions=77, generator=generator)
    clip_resnet.save(model, out)
    (out / "preprocessor_config.json").write_text(json.dumps(processor(sizes["image_size"]), indent=2) + "\n")
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, out)
    print(f"{out}: {sum(p.numel() for p in model.parameters()):,} parameters")

"""Records rows of attention as transformers computes them, for the tests of dev.fovea.studio.inside.

Run in the project's root: python oracle/studio_attention.py
Writes f32 to studio/src/test/resources/dev/fovea/studio/inside/:
attention.f32          clip-mini: rows of query 0 of all layers, then those of query 17 of all but the last, [heads, tokens] each
attention-siglip.f32   the SigLIP of the tests: all rows of all layers, [heads, tokens, tokens], then the pooling head's, [heads, tokens]
attention-dinov2.f32   the DINOv2 with registers of the tests: all rows of all layers
"""

import numpy as np
import torch
from PIL import Image
from transformers import (AutoImageProcessor, CLIPImageProcessorPil, CLIPModel, Dinov2WithRegistersModel,
                          SiglipModel)

CLIP = "mini-models/clip-mini/src/main/resources/dev/fovea/minimodels/clip-mini"
CASES = "models/src/test/resources/dev/fovea/models/"
OUT = "studio/src/test/resources/dev/fovea/studio/inside/"
IMAGE = Image.open("examples/pictures/frog-and-tree.png").convert("RGB")


def write(name, rows):
    np.concatenate([row.numpy().reshape(-1) for row in rows]).astype("<f4").tofile(OUT + name)


def load(kind, folder, processor):
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return model, processor(folder)(images=IMAGE, return_tensors="pt")["pixel_values"]


def pil(folder):
    return AutoImageProcessor.from_pretrained(folder, backend="pil")


@torch.no_grad()
def main():
    model, pixels = load(CLIPModel, CLIP, CLIPImageProcessorPil.from_pretrained)
    layers = model.vision_model(pixel_values=pixels, output_attentions=True).attentions
    write("attention.f32", [layer[0, :, 0] for layer in layers] + [layer[0, :, 17] for layer in layers[:-1]])

    model, pixels = load(SiglipModel, CASES + "siglip/cases/spiece", pil)
    seen = model.vision_model(pixel_values=pixels, output_attentions=True)
    head, states = model.vision_model.head, seen.last_hidden_state
    pooled = head.attention(head.probe, states, states, need_weights=True, average_attn_weights=False)[1]
    write("attention-siglip.f32", [layer[0] for layer in seen.attentions] + [pooled[0, :, 0]])

    model, pixels = load(Dinov2WithRegistersModel, CASES + "dinov2/registers", pil)
    write("attention-dinov2.f32", [layer[0] for layer in model(pixel_values=pixels, output_attentions=True).attentions])


if __name__ == "__main__":
    main()

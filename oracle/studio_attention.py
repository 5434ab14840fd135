"""Records rows of attention as transformers computes them, for the tests of dev.fovea.studio.inside.

Run in the project's root: python oracle/studio_attention.py
Writes f32 to studio/src/test/resources/dev/fovea/studio/inside/:
attention.f32          clip-mini: rows of query 0 of all layers, then those of query 17 of all but the last, [heads, tokens] each
attention-siglip.f32   the SigLIP of the tests: all rows of all layers, [heads, tokens, tokens], then the pooling head's, [heads, tokens]
attention-dinov2.f32   the DINOv2 with registers of the tests: all rows of all layers
attention-dinov3.f32   the DINOv3 of the tests: all rows of all layers, then those of the one with gated MLPs
attention-altclip.f32  the AltCLIP of the tests: all rows of all layers of a picture, then those of a text
attention-naflex.f32   the SigLIP 2 NaFlex of the tests: all rows of all layers of two of its pictures, each with the pooling head's
attention-fastvit.f32  the MobileCLIPs of the tests: all rows of the last stage's blocks, `small` at 64 and `layer-norm` at 128
                       pixels; needs timm, whose blocks hand their softmax to the dropout after it

The picture is examples/pictures/frog-and-tree.png but for NaFlex.
"""

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import (AltCLIPModel, AutoImageProcessor, AutoTokenizer, CLIPImageProcessorPil, CLIPModel,
                          DINOv3ViTModel, Dinov2WithRegistersModel, Siglip2Model, SiglipModel)

from mobileclip_cases import LARGE, SMALL

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


def last_stage(name, architecture, sizes, side):
    """The softmax of the blocks of the last stage of a MobileCLIP's image tower."""
    tower = timm.create_model(architecture, num_classes=16, global_pool="avg", **sizes).eval()
    weights = load_file(f"{CASES}clip/mobileclip-cases/{name}/model.safetensors")
    prefix = "vision_model."
    tower.load_state_dict({key.removeprefix(prefix): value for key, value in weights.items() if key.startswith(prefix)})
    rows = []
    for block in tower.stages[-1].blocks:
        block.token_mixer.fused_attn = False
        block.token_mixer.attn_drop.register_forward_hook(lambda _module, _given, attention: rows.append(attention[0]))
    processor = CLIPImageProcessorPil.from_pretrained(CLIP, size={"shortest_edge": side}, crop_size=side)
    tower(processor(images=IMAGE, return_tensors="pt")["pixel_values"])
    return rows


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

    rows = []
    for name in ("vit", "gated"):
        model, pixels = load(DINOv3ViTModel, CASES + "dinov3/" + name, AutoImageProcessor.from_pretrained)
        rows += [layer[0] for layer in model(pixel_values=pixels, output_attentions=True).attentions]
    write("attention-dinov3.f32", rows)

    folder = CASES + "clip/multilingual-cases/alt"
    model, pixels = load(AltCLIPModel, folder, CLIPImageProcessorPil.from_pretrained)
    ids = AutoTokenizer.from_pretrained(folder)("a frog", return_tensors="pt").input_ids
    seen = model.vision_model(pixel_values=pixels, output_attentions=True).attentions
    read = model.text_model(input_ids=ids, output_attentions=True).attentions
    write("attention-altclip.f32", [layer[0] for layer in (*seen, *read)])

    folder = CASES + "siglip/naflex"
    model = Siglip2Model.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    rows = []
    for name in ("0.png", "5.png"):
        given = pil(folder)(images=Image.open(f"{folder}/{name}").convert("RGB"), return_tensors="pt")
        shown = int(given.pixel_attention_mask.sum())  # the rest of its rows is padding
        seen = model.vision_model(**given, output_attentions=True)
        head, states = model.vision_model.head, seen.last_hidden_state[:, :shown]
        pooled = head.attention(head.probe, states, states, need_weights=True, average_attn_weights=False)[1]
        rows += [layer[0, :, :shown, :shown] for layer in seen.attentions] + [pooled[0, :, 0]]
    write("attention-naflex.f32", rows)

    write("attention-fastvit.f32", [*last_stage("small", "fastvit_mci0", SMALL, 64), *last_stage("layer-norm", "fastvit_mci3", LARGE, 128)])


if __name__ == "__main__":
    main()

"""Records rows of attention of the embedded CLIP as transformers computes them, for dev.fovea.studio.inside.ClipInsideTest.

Run in the project's root: python oracle/studio_attention.py
Writes the rows of query 0 of all layers, then those of query 17 of all but the last, [heads, tokens] each, f32.
"""

import numpy as np
import torch
from PIL import Image
from transformers import CLIPImageProcessorPil, CLIPModel

FOLDER = "mini-models/clip-mini/src/main/resources/dev/fovea/minimodels/clip-mini"

model = CLIPModel.from_pretrained(FOLDER, dtype=torch.float32, attn_implementation="eager").eval()
image = Image.open("examples/pictures/frog-and-tree.png").convert("RGB")
pixels = CLIPImageProcessorPil.from_pretrained(FOLDER)(images=image, return_tensors="pt")["pixel_values"]
with torch.no_grad():
    layers = model.vision_model(pixel_values=pixels, output_attentions=True).attentions
rows = [layer[0, :, 0] for layer in layers] + [layer[0, :, 17] for layer in layers[:-1]]
target = "studio/src/test/resources/dev/fovea/studio/inside/attention.f32"
np.concatenate([row.numpy().reshape(-1) for row in rows]).astype("<f4").tofile(target)

"""Write what the peers run: a CLIP folder as two ONNX models with its f32 weights, the inputs, and PyTorch's answers;
of its kin (SigLIP, NaFlex, DINOv2, DINOv3, Chinese-CLIP and the like) the tower for pictures.

    python benchmarks/peers/clip_export.py MODEL CACHE

CACHE gets vision.onnx and text.onnx (any batch, any number of tokens), inputs.safetensors and answers.safetensors.
Batches and lengths stay symbolic in the models; clip_peers.py fixes them where a peer is faster for it.
"""

import json
import os
import sys
from pathlib import Path

import torch
from clip_peers import is_exported, stamp
from safetensors.torch import load_file, save_file
import transformers
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

START, END, CONTEXT = 49406, 49407, 77
LABELS = Path(__file__).with_name("labels.txt")


class Vision(torch.nn.Module):
    """Pixels [images, 3, size, size] to projected features [images, projection]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        if isinstance(self.model, CLIPModel):
            if hasattr(self.model, "resnet"):
                return self.model.resnet(pixels)
            return self.model.visual_projection(self.model.vision_model(pixel_values=pixels).pooler_output)
        inputs = dict(pixel_values=pixels)
        if self.model.config.model_type == "siglip2":
            inputs = naflex_inputs(pixels, self.model.config.vision_config.patch_size)
        features = self.model.get_image_features(**inputs) if hasattr(self.model, "get_image_features") else self.model(**inputs)
        return features.pooler_output.flatten(1)


def naflex_inputs(pixels, patch):
    """Pixels [images, 3, height, width] as patches, all of which are seen."""
    images, _, height, width = pixels.shape
    rows, columns = height // patch, width // patch
    patches = pixels.reshape(images, 3, rows, patch, columns, patch).permute(0, 2, 4, 3, 5, 1).reshape(images, rows * columns, -1)
    return dict(pixel_values=patches, pixel_attention_mask=torch.ones(images, rows * columns, dtype=torch.long),
                spatial_shapes=torch.tensor([[rows, columns]]).expand(images, 2))


class Text(torch.nn.Module):
    """Ids [texts, tokens] to projected features [texts, projection]; padding follows the end token: no mask."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids):
        return self.model.text_projection(self.model.text_model(input_ids=ids).pooler_output)


def load(folder):
    config = json.loads((Path(folder) / "config.json").read_text())
    if config.get("vision_config", {}).get("model_type") == "clip_resnet_vision_model":
        return load_resnet(Path(folder), config)
    kind = CLIPModel if config["model_type"] == "clip" else getattr(transformers, config["architectures"][0])
    if "convnext" in config["model_type"]:
        return kind.from_pretrained(folder, dtype=torch.float32).eval()
    # The scaled-dot-product path is PyTorch's fast one; the answers of the exported models are compared with it.
    return kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()


def load_resnet(folder, config):
    """Fovea's folder of a CLIP ResNet (docs/convolutions.md): OpenAI's own class beside transformers' text tower."""
    from clip.model import ModifiedResNet

    vision, projection = config["vision_config"], config["projection_dim"]
    size = vision["image_size"]
    unused = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    sizes = dict(unused, image_size=size, patch_size=size)
    model = CLIPModel(CLIPConfig(text_config=config["text_config"], vision_config=sizes, projection_dim=projection))
    state = load_file(folder / "model.safetensors")
    text = {name: value for name, value in state.items() if name.startswith("text_")}
    missing = model.load_state_dict(text, strict=False).missing_keys
    assert not any(name.startswith("text_") for name in missing), missing
    heads, width = vision["num_attention_heads"], vision["width"]
    model.resnet = ModifiedResNet(vision["layers"], projection, heads, size, width)
    model.resnet.load_state_dict(
        {name.removeprefix("vision_model."): value for name, value in state.items() if name.startswith("vision_model.")}
    )
    return model.float().eval()


def side(folder):
    """The side of the pictures that a folder's processor makes; of NaFlex's that of a square one."""
    steps = json.loads((Path(folder) / "preprocessor_config.json").read_text())
    if "max_num_patches" in steps:
        return int(steps["max_num_patches"] ** 0.5) * steps["patch_size"]
    return (steps.get("crop_size") or steps["size"])["height"]


def inputs(model, folder):
    generator = torch.Generator().manual_seed(3)
    has_texts = isinstance(model, CLIPModel)
    size = model.config.vision_config.image_size if has_texts else side(folder)
    coarse = torch.randn(16, 3, 9, 9, generator=generator)
    pixels = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")
    pixels = pixels + 0.2 * torch.randn(pixels.shape, generator=generator)
    if not has_texts:
        return {"pixels": pixels.contiguous()}
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    labels = LABELS.read_text().splitlines()
    ids = tokenizer(labels, padding="max_length", max_length=CONTEXT, return_tensors="pt").input_ids
    words = torch.randint(300, 40000, (1, CONTEXT - 2), generator=generator)
    full = torch.cat([torch.tensor([[START]]), words, torch.tensor([[END]])], 1)
    return {
        "pixels": pixels.contiguous(),
        "full_text": full.int(),
        "labels": ids.int(),
        "lengths": ((ids == END).int().argmax(1) + 1).int(),
    }


def answers(model, given):
    with torch.inference_mode():
        if "labels" not in given:
            return {"image": Vision(model)(given["pixels"])}
        labels = torch.cat([Text(model)(part.long()) for part in given["labels"][:64].split(16)])
        return {
            "image": Vision(model)(given["pixels"]),
            "full_text": Text(model)(given["full_text"].long()),
            "labels": labels,  # the first 64
        }


def export(module, example, file, name, dimensions):
    with torch.inference_mode():
        torch.onnx.export(
            module.eval(),
            (example,),
            str(file),
            input_names=[name],
            output_names=["features"],
            dynamic_shapes=({i: torch.export.Dim(d) for i, d in dimensions.items()},),
            dynamo=True,
            opset_version=23,  # has an attention operation, which ONNX Runtime and OpenVINO run a little faster
            external_data=True,
            verbose=False,
        )


def write(folder, cache):
    """Fill `cache` unless it already holds this very checkpoint."""
    folder, cache = Path(folder), Path(cache)
    if is_exported(folder, cache):
        return
    cache.mkdir(parents=True, exist_ok=True)
    print(f"exporting {folder} to {cache}", file=sys.stderr)
    model = load(folder)
    given = inputs(model, folder)
    save_file(given, cache / "inputs.safetensors")
    save_file({k: v.contiguous() for k, v in answers(model, given).items()}, cache / "answers.safetensors")
    export(Vision(model), given["pixels"][:2], cache / "vision.onnx", "pixels", {0: "batch"})
    if "labels" in given:
        export(Text(model), given["labels"][:3, :21].long(), cache / "text.onnx", "ids", {0: "batch", 1: "tokens"})
    (cache / "done.json").write_text(stamp(folder))


if __name__ == "__main__":
    if len(sys.argv) != 3 or not os.path.isdir(sys.argv[1]):
        sys.exit(__doc__)
    torch.set_num_threads(2)
    write(sys.argv[1], sys.argv[2])

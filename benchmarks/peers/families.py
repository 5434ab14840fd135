"""Try a family of checkpoints in full size: make it with random weights, compare Fovea with PyTorch, time it beside the peers.

    python benchmarks/peers/families.py OUT [NAME ...] [--fovea ./fovea] [--time] [--peers onnxruntime,openvino] [--keep]
    python benchmarks/peers/families.py --list

OUT/NAME becomes a folder as the hub's, with the configuration of a published checkpoint and random weights; pictures of the
model's own size (NaFlex: of two aspect ratios) are embedded or classified by the command line and by transformers, texts,
too, where a small tokenizer of the tests fits. Prints a row of a table for each: parameters, the largest difference
relative to the largest number, how far apart inputs are. --time also runs `benchmarks/run side-by-side` on one and on 16
pictures with two threads and prints its table. A folder is deleted when it is done, unless --keep is given.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
import transformers as hf
from clip_export import naflex_inputs
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "models/src/test/resources/dev/fovea/models"
CLIP = ROOT / "mini-models/clip-mini/src/main/resources/dev/fovea/minimodels/clip-mini"
CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
TEXTS = ["a photo of a cat", "Zwei Katzen auf einem Sofa", "x"]
LIMIT = 1e-4


def tower(hidden, layers, heads, intermediate=None, **more):
    return dict(hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=intermediate or 4 * hidden, **more)


def processor(kind, size, mean, std, resample=3, **more):
    return dict(image_processor_type=f"{kind}ImageProcessor", do_resize=True, do_rescale=True, do_normalize=True, resample=resample,
                size={"height": size, "width": size}, image_mean=mean, image_std=std, rescale_factor=1 / 255, **more)


def clip_processor(size, mean=CLIP_MEAN, std=CLIP_STD):
    square = {"height": size, "width": size}
    return {**processor("CLIP", size, mean, std), "size": {"shortest_edge": size}, "do_center_crop": True, "crop_size": square}


def clip(vision, text, projection):
    size = vision.get("image_size", 224)
    end = json.loads((CLIP / "config.json").read_text())["text_config"]["eos_token_id"]  # of the tokenizer that is there
    text = {**text, "eos_token_id": end}
    return lambda: (hf.CLIPModel(hf.CLIPConfig(vision_config=vision, text_config=text, projection_dim=projection)), clip_processor(size), CLIP)


def siglip(vision, vocabulary, tokenizer, text=None):
    def make():
        text_config = {**(text or tower(768, 12, 12)), "vocab_size": vocabulary}
        model = hf.SiglipModel(hf.SiglipConfig(vision_config=vision, text_config=text_config))
        half = [0.5] * 3
        return model, processor("Siglip", vision.get("image_size", 224), half, half), CASES / "siglip/cases" / tokenizer

    return make


def naflex():
    model = hf.Siglip2Model(hf.Siglip2Config(text_config=dict(vocab_size=256000), vision_config={}))
    steps = processor("Siglip2", 0, [0.5] * 3, [0.5] * 3, 2, patch_size=16, max_num_patches=256)
    return model, steps, CASES / "siglip/cases/gemma"


def dinov2(kind="Dinov2", head="Model", **sizes):
    def make():
        config = getattr(hf, f"{kind}Config")(**{"image_size": 518, **sizes})
        return getattr(hf, f"{kind}{head}")(config), clip_processor(224, IMAGENET_MEAN, IMAGENET_STD), None

    return make


def dinov3(kind="ViT", **sizes):
    def make():
        model = getattr(hf, f"DINOv3{kind}Model")(getattr(hf, f"DINOv3{kind}Config")(**sizes))
        return model, processor("DINOv3ViT", 224, IMAGENET_MEAN, IMAGENET_STD, 2), None

    return make


def classifier(kind, processing, **sizes):
    return lambda: (getattr(hf, f"{kind}ForImageClassification")(getattr(hf, f"{kind}Config")(num_labels=1000, **sizes)), processing, None)


def chinese():
    config = hf.ChineseCLIPConfig(text_config=tower(768, 12, 12, vocab_size=21128), vision_config=dict(patch_size=16))
    return hf.ChineseCLIPModel(config), clip_processor(224), CASES / "clip/multilingual-cases/chinese"


def alt():
    vision = tower(1024, 24, 16, patch_size=14)
    text = tower(1024, 24, 16, vocab_size=250002, project_dim=768)
    return hf.AltCLIPModel(hf.AltCLIPConfig(text_config=text, vision_config=vision, projection_dim=768)), clip_processor(224), CASES / "clip/multilingual-cases/alt"


def metaclip2(vision, text, projection):
    def build():
        config = hf.MetaClip2Config(text_config={**text, "vocab_size": 901629}, vision_config=vision, projection_dim=projection)
        return hf.MetaClip2Model(config), clip_processor(224), CASES / "clip/multilingual-cases/metaclip"

    return build


LARGE, LARGE_TEXT = tower(1024, 24, 16, patch_size=14), tower(768, 12, 12)
SO400M = tower(1152, 27, 16, 4304)
TINY = tower(256, 3, 4)
FAMILIES = {
    "clip-vit-base-patch32": clip({}, {}, 512),
    "clip-vit-base-patch16": clip(dict(patch_size=16), {}, 512),
    "clip-vit-large-patch14": clip(LARGE, LARGE_TEXT, 768),
    "tinyclip-vit-8m-16": clip({**TINY, "num_hidden_layers": 10, "patch_size": 16}, TINY, 512),
    "chinese-clip-vit-base-patch16": chinese,
    "altclip": alt,
    "metaclip-2-worldwide-b32": metaclip2(dict(patch_size=32), tower(512, 12, 8), 512),
    "metaclip-2-worldwide-l14": metaclip2(LARGE, LARGE_TEXT, 768),
    "siglip-base-patch16-224": siglip({}, 32000, "spiece"),
    "siglip2-base-patch16-224": siglip({}, 256000, "gemma"),
    "siglip2-base-patch16-naflex": naflex,
    "siglip-so400m-patch14-384": siglip({**SO400M, "image_size": 384, "patch_size": 14}, 32000, "spiece", SO400M),
    "dinov2-small": dinov2(hidden_size=384, num_attention_heads=6),
    "dinov2-base": dinov2(),
    "dinov2-large": dinov2(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16),
    "dinov2-giant": dinov2(hidden_size=1536, num_hidden_layers=40, num_attention_heads=24, use_swiglu_ffn=True),
    "dinov2-with-registers-base": dinov2("Dinov2WithRegisters"),
    "dinov2-base-imagenet1k-1-layer": dinov2("Dinov2", "ForImageClassification", num_labels=1000),
    "dinov3-vits16": dinov3(**tower(384, 12, 6), num_register_tokens=4),
    "dinov3-vitb16": dinov3(**tower(768, 12, 12), num_register_tokens=4),
    "dinov3-vitl16": dinov3(**tower(1024, 24, 16), num_register_tokens=4),
    "dinov3-vith16plus": dinov3(**tower(1280, 32, 20), num_register_tokens=4, use_gated_mlp=True, hidden_act="silu"),
    "dinov3-convnext-tiny": dinov3("ConvNext"),
    "dinov3-convnext-base": dinov3("ConvNext", hidden_sizes=[128, 256, 512, 1024], depths=[3, 3, 27, 3]),
    "vit-base-patch16-224": classifier("ViT", processor("ViT", 224, [0.5] * 3, [0.5] * 3, 2)),
    "convnext-tiny-224": classifier("ConvNext", clip_processor(224, IMAGENET_MEAN, IMAGENET_STD)),
    "resnet-50": classifier("ResNet", clip_processor(224, IMAGENET_MEAN, IMAGENET_STD)),
}


@torch.no_grad()
def fill(model):
    """Weights under which nothing is near the identity and nothing overflows."""
    generator = torch.Generator().manual_seed(7)
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        if not value.is_floating_point() or "inv_freq" in name:
            continue
        noise = torch.randn(value.shape, generator=generator)
        if "logit" in name:
            value.fill_(2.3 if "scale" in name else -3)
        elif name.endswith("running_var"):
            value.copy_(0.5 + noise.abs())
        elif "lambda" in name or "layer_scale" in name or name.endswith("gamma"):
            value.copy_(0.5 + 0.1 * noise)
        elif "norm" in name and name.endswith("weight"):
            value.copy_(1 + 0.15 * noise)
        elif name.endswith("bias") or name.endswith("running_mean"):
            value.copy_(0.1 * noise)
        elif "token" in name or "position" in name or "probe" in name or "class_embedding" in name:
            value.copy_(0.5 * noise)
        else:
            value.copy_(noise / max(1, value[0].numel()) ** 0.5)
    return model.eval()


def make(name, folder):
    model, steps, tokenizer = FAMILIES[name]()
    shutil.rmtree(folder, ignore_errors=True)
    if hasattr(model, "classifier") and model.config.num_labels > 2:
        model.config.id2label = {number: f"class {number}" for number in range(model.config.num_labels)}
    parameters = sum(value.numel() for value in fill(model).parameters())
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(steps, indent=1) + "\n")
    for file in ("spiece.model", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "merges.txt"):
        if tokenizer and (tokenizer / file).exists():
            shutil.copy(tokenizer / file, folder)
    return model, steps, tokenizer is not None, parameters


def pictures(folder, model, steps):
    """PNG files of the size that the model reads, so that nothing is resized, and their normalised pixels."""
    side = steps["size"].get("height", steps["size"].get("shortest_edge"))
    dice, files = np.random.default_rng(3), []
    for number in range(2):
        height, width = (side, side) if side else [(192, 320), (256, 256)][number]
        coarse = np.clip(dice.normal(size=(9, 9, 3)) * 70 + 128, 0, 255).astype(np.uint8)
        files.append(folder / f"{number}.png")
        Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(files[-1])
    return files


def image_features(model, steps, file):
    """One picture through transformers: features, or logits of a classifier."""
    values = torch.from_numpy(np.array(Image.open(file))).float() / 255
    pixels = ((values - torch.tensor(steps["image_mean"])) / torch.tensor(steps["image_std"])).permute(2, 0, 1)[None]
    if isinstance(model, hf.Siglip2Model):
        return model.get_image_features(**naflex_inputs(pixels, model.config.vision_config.patch_size)).pooler_output[0]
    if hasattr(model, "classifier"):
        return model(pixels).logits[0]
    features = model.get_image_features(pixel_values=pixels) if hasattr(model, "get_image_features") else model(pixel_values=pixels)
    return features.pooler_output.flatten(1)[0]


def text_features(model, folder):
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    length = 64 if model.config.model_type.startswith("siglip") else None
    found = []
    for text in TEXTS:
        ids = tokenizer(text, padding="max_length" if length else False, max_length=length, truncation=bool(length), return_tensors="pt")
        found.append(model.get_text_features(input_ids=ids.input_ids).pooler_output[0])
    return torch.stack(found)


def ask(fovea, *arguments):
    done = subprocess.run([fovea, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"{fovea} ended with {done.returncode}")
    return json.loads(done.stdout)


def difference(found, expected):
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def apart(rows):
    """The largest difference of two inputs' vectors, without which a small error means little."""
    return min(difference(rows[i], rows[j]) for i in range(len(rows)) for j in range(i))


def compare(name, folder, fovea):
    model, steps, has_texts, parameters = make(name, folder)
    files = pictures(folder, model, steps)
    unit = torch.nn.functional.normalize
    cells = [name, f"{parameters / 1e6:.0f} M"]
    with torch.inference_mode():
        expected = torch.stack([image_features(model, steps, file) for file in files])
        texts = unit(text_features(model, folder), dim=-1).numpy() if has_texts else None
    classes = getattr(model.config, "num_labels", 2) if hasattr(model, "classifier") else 0
    expected = expected.numpy() if classes else unit(expected, dim=-1).numpy()
    del model  # before Fovea needs the memory
    if classes:
        found = []
        for file in files:
            logits = np.zeros(classes)
            for score in ask(fovea, "classify", "--json", "--top", classes, "--model", folder, file)["results"]:
                logits[int(score["label"].removeprefix("class "))] = score["logit"]
            found.append(logits)
    else:
        asked = [part for text in TEXTS if has_texts for part in ("--text", text)]
        answer = [entry["vector"] for entry in ask(fovea, "embed", "--json", "--model", folder, *files, *asked)["embeddings"]]
        found = answer[: len(files)]
        if has_texts:
            cells.append(f"texts {difference(np.array(answer[len(files):]), texts):.1e} (apart {apart(texts):.2f})")
    cells.insert(2, f"pictures {difference(np.array(found), expected):.1e} (apart {apart(expected):.2f})")
    return cells


def is_classifier(folder):
    return "ForImageClassification" in json.loads((folder / "config.json").read_text())["architectures"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--fovea", default=str(ROOT / "fovea"))
    parser.add_argument("--time", action="store_true")
    parser.add_argument("--peers", default="onnxruntime,openvino")
    parser.add_argument("--works", default="image-1,image-16")
    parser.add_argument("--rounds", default="3")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_intermixed_args()
    if arguments.list or arguments.out is None:
        print("\n".join(FAMILIES))
        return 0 if arguments.list else sys.exit(__doc__)
    unknown = [name for name in arguments.names if name not in FAMILIES]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; expected some of {', '.join(FAMILIES)}")
    torch.set_num_threads(2)
    torch.manual_seed(1)
    failed = False
    for name in arguments.names or FAMILIES:
        folder, started = arguments.out / name, time.time()
        try:
            cells = compare(name, folder, arguments.fovea)
            print("| " + " | ".join(cells) + f" | {time.time() - started:.0f} s |", flush=True)
            if arguments.time and not is_classifier(folder):
                subprocess.run([ROOT / "benchmarks/run", "side-by-side", folder, "--python", sys.executable, "--cache", arguments.out / "exported",
                                "--works", arguments.works, "--peers", arguments.peers, "--rounds", arguments.rounds], check=True)
        except Exception as error:  # the others are tried all the same
            failed = True
            print(f"| {name} | {type(error).__name__}: {error} |", flush=True)
        finally:
            if not arguments.keep:
                shutil.rmtree(folder, ignore_errors=True)
                shutil.rmtree(arguments.out / "exported" / name, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

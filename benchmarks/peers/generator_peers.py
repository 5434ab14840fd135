"""Time PyTorch (transformers' generate), ONNX Runtime and OpenVINO (both: picture to image tokens only) on a folder of a BLIP captioner or
of Florence-2 in transformers' layout: CPU, f32 or one of the precisions that precisions.py lists.

    python benchmarks/peers/generator_peers.py MODEL CACHE --serve torch|onnxruntime|openvino [--precision f32|bf16|int8] [--threads 2]

Answers `RUN work n [warm]` on standard input as clip_peers.py does. WORK is tower-B (image tokens of B pictures: BLIP's vision tower,
Florence-2's with its projector), generate-N or generate-N-beams-K: one picture to exactly N new tokens, greedy or with K beams, the tower
included; of BLIP a caption, of Florence-2 the answer to <OD>. CACHE keeps tower.onnx, inputs.safetensors (pixels f32 [4, 3, size, size])
and answers.safetensors (PyTorch's image tokens of the first picture).
"""

import argparse
import contextlib
import json
import re
import sys
import time
from pathlib import Path

import precisions
import torch
from clip_peers import serve
from safetensors.numpy import load_file, save_file
from transformers import AutoTokenizer, BlipForConditionalGeneration, Florence2ForConditionalGeneration

PICTURES = 4
DETECTION = "Locate the objects with category name in the image."


class Tower(torch.nn.Module):
    """Pixels [images, 3, size, size] to image tokens [images, tokens, hidden]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        if isinstance(self.model, BlipForConditionalGeneration):
            return self.model.vision_model(pixel_values=pixels).last_hidden_state
        return self.model.model.get_image_features(pixels).pooler_output


def is_florence(folder):
    return json.loads((folder / "config.json").read_text())["model_type"].startswith("florence")


def load(folder):
    kind = Florence2ForConditionalGeneration if is_florence(folder) else BlipForConditionalGeneration
    return kind.from_pretrained(folder, dtype=torch.float32).eval()


def picture_size(folder):
    size = json.loads((folder / "preprocessor_config.json").read_text())["size"]
    return size["height"] if isinstance(size, dict) else size


def options(work):
    parts = re.fullmatch(r"generate-(\d+)(?:-beams-(\d+))?", work)
    tokens, beams = int(parts[1]), int(parts[2] or 1)
    return {"max_new_tokens": tokens, "min_new_tokens": tokens, "num_beams": beams}


def prompt(folder, model, image_tokens):
    """What generate needs besides the pixels."""
    if isinstance(model, BlipForConditionalGeneration):
        return {}
    words = AutoTokenizer.from_pretrained(folder)(DETECTION, return_tensors="pt")["input_ids"]
    ids = torch.cat([torch.full((1, image_tokens), model.config.image_token_id), words], 1)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def prepare(folder, cache):
    """Writes what is missing in the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    if (cache / "answers.safetensors").exists():
        return
    model = load(folder)
    size = picture_size(folder)
    generator = torch.Generator().manual_seed(3)
    coarse = torch.randn(PICTURES, 3, 9, 9, generator=generator)
    pixels = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")
    pixels = (pixels + 0.2 * torch.randn(pixels.shape, generator=generator)).contiguous()
    with torch.inference_mode():
        tower = Tower(model)(pixels[:1])
    shapes = {"dynamo": True, "opset_version": 18} if is_florence(folder) else {"dynamo": False, "dynamic_axes": {"pixels": {0: "batch"}}}
    with contextlib.redirect_stdout(sys.stderr):  # standard output is for answers
        torch.onnx.export(Tower(model).eval(), (pixels[:1],), str(cache / "tower.onnx"), input_names=["pixels"], **shapes)
    save_file({"pixels": pixels.numpy()}, cache / "inputs.safetensors")
    save_file({"tower": tower.numpy()}, cache / "answers.safetensors")


class Torch:
    def __init__(self, folder, cache, threads, precision):
        torch.set_num_threads(threads)
        self.name = f"torch {torch.__version__.split('+')[0]}"
        self.folder, self.model = folder, load(folder)
        self.call = precisions.torch_call(torch, Tower(self.model), precision)

    def tower(self, pixels):
        return lambda: self.call(pixels)

    def text(self, pixels, image_tokens, asked):
        given, asked = torch.from_numpy(pixels).to(self.model.dtype), asked | prompt(self.folder, self.model, image_tokens)
        return lambda: self.model.generate(pixel_values=given, **asked)[0].tolist()


class OnnxRuntime:
    def __init__(self, folder, cache, threads, precision):
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads, settings.inter_op_num_threads = threads, 1
        file = str(precisions.onnx_file(cache / "tower.onnx", precision))
        self.session = onnxruntime.InferenceSession(file, settings, providers=["CPUExecutionProvider"])
        self.name = f"onnxruntime {onnxruntime.__version__}"

    def tower(self, pixels):
        return lambda: self.session.run(None, {"pixels": pixels})[0]


class OpenVino:
    def __init__(self, folder, cache, threads, precision):
        import openvino

        core = openvino.Core()
        model = core.read_model(str(precisions.openvino_file(cache / "tower.onnx", precision)))
        self.model = core.compile_model(model, "CPU", precisions.openvino_settings(precision, threads))
        self.name = f"openvino {openvino.__version__.split('-')[0]}"

    def tower(self, pixels):
        return lambda: self.model([pixels])[0]


PEERS = {"torch": Torch, "onnxruntime": OnnxRuntime, "openvino": OpenVino}


class Bench:
    def __init__(self, name, folder, cache, threads, precision):
        precisions.check(name, precision)
        self.pixels = load_file(cache / "inputs.safetensors")["pixels"]
        self.answer = load_file(cache / "answers.safetensors")["tower"]
        self.works = set()
        self.peer = PEERS[name](folder, cache, threads, precision)
        self.name = precisions.label(self.peer.name, precision)

    def call(self, work):
        if work.startswith("tower-"):
            return self.peer.tower(self.pixels[: int(work.split("-")[1])])
        if isinstance(self.peer, Torch):
            return self.peer.text(self.pixels[:1], self.answer.shape[1], options(work))
        return None

    @torch.inference_mode()
    def run(self, name, count, warm=None):
        call = self.call(name)
        if call is None:
            return {"work": name, "peer": self.name, "times_ms": []}
        for _ in range((1 if name in self.works else 2) if warm is None else warm):
            call()
        self.works.add(name)
        times = []
        for _ in range(count):
            start = time.perf_counter()
            found = call()
            times.append(round((time.perf_counter() - start) * 1e3, 3))
        reply = {"work": name, "peer": self.name, "times_ms": times}
        if name.startswith("tower-"):
            reply |= precisions.agreement(found[:1], self.answer, direction=False)
        else:
            reply["tokens"] = found
        return reply


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--serve", choices=PEERS, required=True)
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    prepare(arguments.model, arguments.cache)
    serve(Bench(arguments.serve, arguments.model, arguments.cache, arguments.threads, arguments.precision))

"""Time PyTorch (transformers' generate) and ONNX Runtime (the vision tower only) on a BLIP captioning folder: f32, CPU.

    python benchmarks/peers/blip_peers.py MODEL CACHE --serve torch|onnxruntime [--threads 2]

Answers `RUN work n [warm]` on standard input as clip_peers.py does. WORK is tower-B (the vision tower on B pictures), caption-N or
caption-N-beams-K: one picture to a caption of exactly N new tokens, greedy or with K beams, the tower included. CACHE keeps
tower.onnx, inputs.safetensors (pixels f32 [4, 3, size, size]) and answers.safetensors (PyTorch's tower, and the ids of each caption).
"""

import argparse
import re
import time
from pathlib import Path

import numpy as np
import torch
from clip_peers import serve
from safetensors.numpy import load_file, save_file
from transformers import BlipForConditionalGeneration

PICTURES = 4


class Tower(torch.nn.Module):
    """Pixels [images, 3, size, size] to image tokens [images, tokens, hidden]."""

    def __init__(self, model):
        super().__init__()
        self.tower = model.vision_model

    def forward(self, pixels):
        return self.tower(pixel_values=pixels).last_hidden_state


def load(folder):
    return BlipForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()


def options(work):
    parts = re.fullmatch(r"caption-(\d+)(?:-beams-(\d+))?", work)
    tokens, beams = int(parts[1]), int(parts[2] or 1)
    return {"max_new_tokens": tokens, "min_new_tokens": tokens, "num_beams": beams}


def prepare(folder, cache):
    """Writes what is missing in the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    if (cache / "answers.safetensors").exists():
        return
    model = load(folder)
    size = model.config.vision_config.image_size
    generator = torch.Generator().manual_seed(3)
    coarse = torch.randn(PICTURES, 3, 9, 9, generator=generator)
    pixels = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")
    pixels = (pixels + 0.2 * torch.randn(pixels.shape, generator=generator)).contiguous()
    with torch.inference_mode():
        tower = Tower(model)(pixels[:1])
    torch.onnx.export(Tower(model), (pixels[:1],), str(cache / "tower.onnx"), input_names=["pixels"],
                      dynamic_axes={"pixels": {0: "batch"}}, dynamo=False)
    save_file({"pixels": pixels.numpy()}, cache / "inputs.safetensors")
    save_file({"tower": tower.numpy()}, cache / "answers.safetensors")


class Bench:
    def __init__(self, name, folder, cache, threads):
        self.pixels = load_file(cache / "inputs.safetensors")["pixels"]
        self.answer = load_file(cache / "answers.safetensors")["tower"]
        self.kind, self.threads, self.cache, self.works = name, threads, cache, set()
        self.peer = type("Peer", (), {})()
        if name == "torch":
            torch.set_num_threads(threads)
            self.model = load(folder)
            self.peer.name = f"torch {torch.__version__.split('+')[0]}"
        else:
            import onnxruntime

            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads, settings.inter_op_num_threads = threads, 1
            self.session = onnxruntime.InferenceSession(
                str(cache / "tower.onnx"), settings, providers=["CPUExecutionProvider"]
            )
            self.peer.name = f"onnxruntime {onnxruntime.__version__}"

    def call(self, work):
        if work.startswith("tower-"):
            pixels = self.pixels[: int(work.split("-")[1])]
            if self.kind != "torch":
                return lambda: self.session.run(None, {"pixels": pixels})[0]
            given, tower = torch.from_numpy(pixels), Tower(self.model)
            return lambda: tower(given).numpy()
        if self.kind != "torch":
            return None
        given, asked = torch.from_numpy(self.pixels[:1]), options(work)
        return lambda: self.model.generate(given, **asked)[0].tolist()

    @torch.inference_mode()
    def run(self, name, count, warm=None):
        call = self.call(name)
        if call is None:
            return {"work": name, "peer": self.peer.name, "times_ms": [], "difference": 0.0}
        for _ in range((1 if name in self.works else 2) if warm is None else warm):
            call()
        self.works.add(name)
        times = []
        for _ in range(count):
            start = time.perf_counter()
            found = call()
            times.append(round((time.perf_counter() - start) * 1e3, 3))
        reply = {"work": name, "peer": self.peer.name, "times_ms": times, "difference": 0.0}
        if name.startswith("tower-"):
            reply["difference"] = float(np.abs(found[:1] - self.answer).max() / np.abs(self.answer).max())
        else:
            reply["tokens"] = found
        return reply


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--serve", choices=["torch", "onnxruntime"], required=True)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    prepare(arguments.model, arguments.cache)
    serve(Bench(arguments.serve, arguments.model, arguments.cache, arguments.threads))

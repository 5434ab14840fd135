"""What `fovea serve` is timed beside: the same CLIP and BLIP behind FastAPI, as one would write it in Python.

    python benchmarks/peers/service.py CLIP CACHE BLIP [--port 8091] [--threads 2] [--batch 16]

Pictures and texts of CLIP run in ONNX Runtime (CACHE is what clip_export.py wrote), captions in PyTorch with transformers' generate. Requests
that wait for the same work are computed together, up to `--batch` of them; pictures are decoded and resized with Pillow in as many
threads as computing has. It speaks the part of OpenAI's interface that service_load.py asks for. Prints a line when it is ready.
"""

import argparse
import asyncio
import base64
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import numpy
import torch
import uvicorn
from fastapi import FastAPI
from photos import normalised, pixels_of
from PIL import Image
from transformers import BlipForConditionalGeneration, BlipProcessor, CLIPTokenizer


def file_of(url):
    return io.BytesIO(base64.b64decode(url.split(",", 1)[1]))


def clip_pixels(url):
    return pixels_of(file_of(url))


def blip_pixels(url, side):
    picture = Image.open(file_of(url)).convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    return normalised(picture)


class Batches:
    """Computes what waits together, one batch after the other in a thread of its own."""

    def __init__(self, compute, most):
        self.compute, self.most = compute, most
        self.queue = asyncio.Queue()
        self.thread = ThreadPoolExecutor(1)

    async def work(self):
        while True:
            waiting = [await self.queue.get()]
            while len(waiting) < self.most and not self.queue.empty():
                waiting.append(self.queue.get_nowait())
            inputs = [given for given, _ in waiting]
            try:
                outputs = await asyncio.get_running_loop().run_in_executor(self.thread, self.compute, inputs)
                for (_, answer), output in zip(waiting, outputs, strict=True):
                    answer.set_result(output)
            except Exception as failed:
                for _, answer in waiting:
                    answer.set_exception(failed)

    async def ask(self, given):
        answer = asyncio.get_running_loop().create_future()
        await self.queue.put((given, answer))
        return await answer


def session(file, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the other model needs the cores
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def unit(features):
    return features / numpy.linalg.norm(features, axis=1, keepdims=True)


def application(arguments):
    torch.set_num_threads(arguments.threads)
    vision = session(arguments.cache / "vision.onnx", arguments.threads)
    text = session(arguments.cache / "text.onnx", arguments.threads)
    tokenizer = CLIPTokenizer.from_pretrained(arguments.clip)
    blip = BlipForConditionalGeneration.from_pretrained(arguments.blip, dtype=torch.float32).eval()
    processor = BlipProcessor.from_pretrained(arguments.blip)
    side = blip.config.vision_config.image_size

    def pictures(batch):
        return unit(vision.run(None, {"pixels": numpy.stack(batch)})[0])

    def texts(batch):
        ids = tokenizer(batch, padding=True, truncation=True, max_length=77, return_tensors="np").input_ids
        return unit(text.run(None, {"ids": ids.astype("i8")})[0])

    @torch.inference_mode()
    def captions(batch):
        tokens = blip.generate(pixel_values=torch.from_numpy(numpy.stack(batch)))
        return processor.batch_decode(tokens, skip_special_tokens=True)

    queues = {
        "picture": Batches(pictures, arguments.batch),
        "text": Batches(texts, arguments.batch),
        "caption": Batches(captions, arguments.batch),
    }
    preparing = ThreadPoolExecutor(arguments.threads)

    @asynccontextmanager
    async def running(app):
        tasks = [asyncio.create_task(batches.work()) for batches in queues.values()]
        print(f"serving at http://127.0.0.1:{arguments.port}", flush=True)
        yield
        for task in tasks:
            task.cancel()

    app = FastAPI(lifespan=running)

    async def prepared(function, *given):
        return await asyncio.get_running_loop().run_in_executor(preparing, function, *given)

    async def embedded(given, modality):
        if modality == "image":
            return await queues["picture"].ask(await prepared(clip_pixels, given))
        return await queues["text"].ask(given)

    @app.post("/v1/embeddings")
    async def embeddings(request: dict):
        given = request["input"] if isinstance(request["input"], list) else [request["input"]]
        modality = request.get("modality", "text")
        found = await asyncio.gather(*(embedded(one, modality) for one in given))
        data = [{"object": "embedding", "index": i, "embedding": vector.tolist()} for i, vector in enumerate(found)]
        return {"object": "list", "model": request["model"], "data": data}

    @app.post("/v1/chat/completions")
    async def chat(request: dict):
        parts = request["messages"][-1]["content"]
        url = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
        caption = await queues["caption"].ask(await prepared(blip_pixels, url, side))
        message = {"role": "assistant", "content": caption}
        return {"object": "chat.completion", "model": request["model"], "choices": [{"index": 0, "message": message}]}

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("blip", type=Path)
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16)
    given = parser.parse_args()
    uvicorn.run(application(given), port=given.port, log_level="warning")

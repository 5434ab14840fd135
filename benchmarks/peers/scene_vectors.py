"""Write the embeddings of many scenes, by clip-mini, for `benchmarks/run search` and `search_peers.py`: vectors as pictures have them.

    python benchmarks/peers/scene_vectors.py ART PEERS [--count 1000000] [--queries 200]

ART is the folder of `mini-models/training/clip-mini/prepare_art.py`. A scene is composed as for training: sprites of emoji art, recoloured,
warped and laid on a ground, blurred and noisy. Half of the queries are scenes that are not among the vectors, half are captions. Writes
PEERS/vectors.f32 and PEERS/queries.f32, unit length, row after row, and goes on where an earlier run was stopped.
"""

import argparse
import random
import sys
import time
from pathlib import Path

import numpy
import torch
from transformers import CLIPModel, CLIPTokenizer

MINI_MODELS = Path(__file__).resolve().parents[2] / "mini-models"
CLIP_MINI = MINI_MODELS / "clip-mini/src/main/resources/dev/fovea/minimodels/clip-mini"
sys.path.insert(0, str(MINI_MODELS / "training/clip-mini"))
from scenes import SceneMaker  # noqa: E402

BATCH = 256
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)


def seed(number):
    random.seed(number)
    numpy.random.seed(number)
    torch.manual_seed(number)


def rows(features):
    return torch.nn.functional.normalize(features.float(), dim=1).numpy().astype("<f4").tobytes()


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("art", type=Path)
    parser.add_argument("peers", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=200)
    given = parser.parse_args()
    given.peers.mkdir(parents=True, exist_ok=True)

    model = CLIPModel.from_pretrained(CLIP_MINI, dtype=torch.bfloat16).eval()  # faster; errs by a few thousandths
    tower = torch.compile(model.vision_model)
    tokenizer = CLIPTokenizer.from_pretrained(CLIP_MINI)
    scenes = SceneMaker(given.art, model.config.vision_config.image_size)
    width = 4 * model.config.projection_dim

    def of_pictures(pictures):
        return model.visual_projection(tower(((pictures - MEAN) / STD).bfloat16()).pooler_output)

    seed(0)
    pictures, captions, *_ = scenes.batch(given.queries)
    half = given.queries // 2
    tokens = tokenizer(captions[half:], padding=True, return_tensors="pt")
    texts = model.text_projection(model.text_model(**tokens).pooler_output)
    (given.peers / "queries.f32").write_bytes(rows(of_pictures(pictures[:half])) + rows(texts))

    target = given.peers / "vectors.f32"
    done = target.stat().st_size // (BATCH * width) if target.exists() else 0
    with target.open("r+b" if target.exists() else "wb") as out:
        out.seek(done * BATCH * width)
        out.truncate()
        start = time.monotonic()
        for number in range(done, -(-given.count // BATCH)):
            seed(number + 1)
            wanted = min(BATCH, given.count - number * BATCH)
            out.write(rows(of_pictures(scenes.batch(BATCH)[0]))[: wanted * width])
            out.flush()
            if number % 100 == 99:
                rate = (number + 1 - done) * BATCH / (time.monotonic() - start)
                print(f"{(number + 1) * BATCH} vectors, {rate:.0f} a second", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

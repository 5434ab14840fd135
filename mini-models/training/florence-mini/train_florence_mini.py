"""Trains florence-mini: a small Florence-2 from random weights, on scenes composed from emoji art, on a CPU.

    python train_florence_mini.py --art art --output florence-mini --state state --minutes 90

Every picture is seen once a step and asked several things (florence_tasks.py). The loss is the cross-entropy of the next
token of the answers, and, on the features of the vision tower, what is where: for small cells of the picture the thing, its
box and colour, and the letter. The heads for these are not part of the model. At first the tower is trained on them alone.
A location's target is spread over its neighbours, and the vectors of the locations are a mixture, learnt, of waves, so that
what is learnt of one location is learnt of its neighbours.

The schedule follows the process's own CPU time, so the training can be paused (kill -STOP, kill -CONT) or go on after an
interruption (--resume), also with a longer schedule (--minutes).
"""

import argparse
import csv
import math
import os
import random
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import Florence2Config, Florence2ForConditionalGeneration, GenerationConfig

from florence_tasks import corpus, questions
from florence_tokenizer import write_processor, write_tokenizer
from grounded_scenes import CHARACTERS, TINTS, GroundedScenes
from train_clip_mini import Muon

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
IMAGE, WINDOW, WIDTH, CONTEXT = 192, 6, 192, 160
DIMS, DEPTHS, HEAD = [32, 64, 192, 384], [1, 1, 3, 1], 32
START, PAD, END = 0, 1, 2
LOCATIONS, SPREAD, WAVES = 1000, 6.0, 40
PROMPT, ANSWER = 48, 72  # longest
CELLS = IMAGE // 32


def small_florence(tokenizer):
    words = tokenizer.get_vocab_size()
    heads = [dim // HEAD for dim in DIMS]
    config = Florence2Config(
        image_token_id=tokenizer.token_to_id("<image>"),
        vision_config={
            "embed_dim": DIMS,
            "depths": DEPTHS,
            "num_heads": heads,
            "num_groups": heads,
            "window_size": WINDOW,
            "projection_dim": WIDTH,
            "max_position_embeddings": CELLS,
            "drop_path_rate": 0.0,
        },
        text_config={
            "model_type": "bart",
            "vocab_size": words,
            "d_model": WIDTH,
            "encoder_layers": 2,
            "decoder_layers": 3,
            "encoder_attention_heads": WIDTH // 64,
            "decoder_attention_heads": WIDTH // 64,
            "encoder_ffn_dim": 4 * WIDTH,
            "decoder_ffn_dim": 4 * WIDTH,
            "max_position_embeddings": CONTEXT,
            "dropout": 0.0,
            "attention_dropout": 0.0,
            "activation_dropout": 0.0,
            "bos_token_id": START,
            "pad_token_id": PAD,
            "eos_token_id": END,
            "decoder_start_token_id": END,
            "forced_bos_token_id": START,
            "forced_eos_token_id": END,
        },
        bos_token_id=START,
        pad_token_id=PAD,
        eos_token_id=END,
        attn_implementation="eager",
    )
    model = Florence2ForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        bos_token_id=START,
        pad_token_id=PAD,
        eos_token_id=END,
        decoder_start_token_id=END,
        forced_bos_token_id=START,
        forced_eos_token_id=END,
        num_beams=1,
        max_length=CONTEXT,
    )
    return model


class QuickMuon(Muon):
    """Muon whose matrix products are in bf16."""

    @staticmethod
    def orthogonal(update):
        update = update.bfloat16()
        for _ in range(5):
            square = update @ update.transpose(1, 2)
            square = torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315)
            update = torch.baddbmm(update, square, update, beta=3.4445)
        return update


def waves(count, width):
    """Sines and cosines of 0 .. count-1 and a constant."""
    place = (torch.arange(count) + 0.5)[:, None] / count * torch.pi
    angles = place * torch.arange(1, width + 1)
    return torch.cat([torch.ones(count, 1), angles.cos() * 2**0.5, angles.sin() * 2**0.5], 1)


class FlorenceMini(torch.nn.Module):
    """The model, and what only the training needs: the mixture of waves and the heads on the tower."""

    def __init__(self, florence, first_location, things):
        super().__init__()
        self.florence = florence
        self.tower, self.projector = florence.model.vision_tower, florence.model.multi_modal_projector
        self.encoder, self.decoder = florence.model.language_model.encoder, florence.model.language_model.decoder
        self.first = first_location
        torch.nn.init.normal_(florence.model.language_model.shared.weight, std=0.05)
        self.register_buffer("waves", waves(LOCATIONS, WAVES))
        falling = 1 / torch.arange(1, WAVES + 1).clamp(min=4) ** 0.5
        scale = torch.cat([torch.ones(1), falling, falling])
        self.mixture = torch.nn.Parameter(torch.randn(2 * WAVES + 1, WIDTH) * 0.05 * scale[:, None] / scale.norm())
        near = torch.arange(LOCATIONS)
        near = torch.exp(-0.5 * ((near[:, None] - near) / SPREAD) ** 2)
        self.register_buffer("near", near / near.sum(1, keepdim=True), persistent=False)
        self.kinds = things + 2  # nothing, a word, things
        self.split = [4 * self.kinds, 16, 4 * (len(TINTS) + 1), 8 * (len(CHARACTERS) + 1)]
        self.norm = torch.nn.LayerNorm(DIMS[-1])
        self.dense = torch.nn.Linear(DIMS[-1], sum(self.split))
        with torch.no_grad():
            positions = self.projector.image_position_embed
            for table in (positions.row_embeddings, positions.column_embeddings):
                table.weight.copy_(torch.randn(2 * CELLS + 1, table.weight.shape[1]).mul(0.15).T.matmul(waves(CELLS, CELLS).T).T)
            for table in (self.encoder.embed_positions, self.decoder.embed_positions):
                table.weight.normal_(std=0.05)

    def table(self):
        """The vectors of all tokens, those of the locations mixed from waves."""
        words = self.florence.model.language_model.shared.weight
        locations = self.waves @ self.mixture
        return torch.cat([words[: self.first], locations, words[self.first + LOCATIONS :]])

    @torch.no_grad()
    def fix_table(self):
        self.florence.model.language_model.shared.weight.copy_(self.table())

    def see(self, pictures):
        seen = self.tower(pictures)
        return getattr(seen, "last_hidden_state", seen)

    def dense_loss(self, features, where):
        """Cross-entropies of things, colours and letters per cell, and the distances to the sides of the boxes."""
        heads = self.dense(self.norm(features.flatten(2).transpose(1, 2))).float()
        things, boxes, tints, letters = heads.split(self.split, dim=-1)
        kinds, places = where["kind"].view(-1), where["kind"].view(-1) > 0
        thing = F.cross_entropy(things.reshape(-1, self.kinds), kinds)
        letter = F.cross_entropy(letters.reshape(-1, len(CHARACTERS) + 1), where["letter"].view(-1))
        inside = places & (kinds > 1)
        tint = F.cross_entropy(tints.reshape(-1, len(TINTS) + 1)[inside], where["tint"].view(-1)[inside])
        box = (boxes.reshape(-1, 4) - where["box"].view(-1, 4))[places].abs().mean()
        return thing, letter, tint, box

    def answer_loss(self, table, seen, rows, prompts, answers):
        """Sums of the losses of the words and the locations of the answers, and how many there are."""
        asked = F.embedding(prompts, table)
        hidden = torch.cat([seen[rows], asked], 1)
        hidden = self.encoder.layernorm_embedding(hidden + self.encoder.embed_positions.weight[2 : 2 + hidden.shape[1]])
        mask = torch.cat([torch.ones(len(rows), seen.shape[1], dtype=torch.bool), prompts != PAD], 1)
        mask = torch.zeros(mask.shape).masked_fill(~mask, -1e4)[:, None, None].to(torch.bfloat16)
        for layer in self.encoder.layers:
            hidden = layer(hidden, attention_mask=mask)
        memory = hidden
        before, after = answers[:, :-1], answers[:, 1:]
        length = before.shape[1]
        hidden = F.embedding(before, table) + self.decoder.embed_positions.weight[2 : 2 + length]
        hidden = self.decoder.layernorm_embedding(hidden)
        causal = torch.full((length, length), -1e4, dtype=torch.bfloat16).triu(1)[None, None]
        for layer in self.decoder.layers:
            hidden = layer(hidden, attention_mask=causal, encoder_hidden_states=memory, encoder_attention_mask=mask)
        target = after.flatten()
        kept = torch.nonzero((target != PAD) & (before.flatten() != END))[:, 0]  # <s> after the start is forced
        target = target[kept]
        logits = (hidden.flatten(0, 1)[kept] @ table.T).float()
        located = (target >= self.first) & (target < self.first + LOCATIONS)
        word = F.cross_entropy(logits[~located], target[~located], reduction="sum")
        chances = logits[located].log_softmax(1)[:, self.first : self.first + LOCATIONS]
        place = -(self.near[target[located] - self.first] * chances).sum()
        return word, place, int((~located).sum()), int(located.sum())


def what_is_where(scenes, number):
    """Targets of the dense loss, in the order of the heads: cells of 32 x 32 pixels, row by row, each of 2 x 2 for things and
    of 4 x 2 (across, down) for letters."""
    size = IMAGE
    kinds = np.zeros((len(scenes), size, size), np.int64)
    owners = np.full((len(scenes), size, size), -1)
    letters = np.zeros((len(scenes), size, size), np.int64)
    tints, boxes = [[0]], [[0, 0, 0, 0]]
    for row, scene in enumerate(scenes):
        for item in scene.things:
            (left, top), opaque = item.corner, item.alpha > 127
            part = (row, slice(top, top + opaque.shape[0]), slice(left, left + opaque.shape[1]))
            opaque = opaque[: size - top, : size - left]
            kinds[part][opaque] = number[item.thing.name] + 2
            owners[part][opaque] = len(boxes)
            boxes.append(item.box)
            tints.append([TINTS.index(item.tint) + 1 if item.tint else 0])
        for word in scene.words:
            left, top, right, bottom = (round(edge * size) for edge in word.box)
            kinds[row, top:bottom, left:right] = 1
            owners[row, top:bottom, left:right] = len(boxes)
            boxes.append(word.box)
            tints.append([0])
            for letter, left, top, right, bottom in word.letters:
                part = (row, slice(max(0, round(top)), round(bottom)), slice(max(0, round(left)), round(right)))
                letters[part] = CHARACTERS.index(letter.upper()) + 1 if letter.upper() in CHARACTERS else 0
    owner = owners[:, 8::16, 8::16]
    side = size // 16
    centre = (np.arange(side) + 0.5) / side
    edges = np.array(boxes, np.float32)[owner]
    x, y = centre[None, None, :, None], centre[None, :, None, None]
    edges = edges - np.concatenate([np.broadcast_to(axis, (*owner.shape, 1)) for axis in (x, y, x, y)], 3)

    def cells(values, down, across):
        values = torch.from_numpy(np.ascontiguousarray(values))
        values = values.unflatten(1, (CELLS, down)).unflatten(3, (CELLS, across))
        return values.transpose(2, 3).flatten(3, 4).flatten(1, 2)

    return {
        "kind": cells(kinds[:, 8::16, 8::16], 2, 2),
        "tint": cells(np.array(tints)[owner][..., 0], 2, 2),
        "letter": cells(letters[:, 8::16, 4::8], 2, 4),
        "box": cells(edges.astype(np.float32), 2, 2),
    }


def padded(lists):
    longest = max(map(len, lists))
    return torch.tensor([ids + [PAD] * (longest - len(ids)) for ids in lists])


def asked(scenes, composer, tokenizer, count):
    """Rows, prompts and answers of the batch's questions, as parts of similar length."""
    found = [(row, *entry[1:]) for row, scene in enumerate(scenes) for entry in questions(scene, count, composer)]
    prompts = [entry.ids for entry in tokenizer.encode_batch_fast([prompt for _, prompt, _ in found])]
    answers = [[END, *entry.ids] for entry in tokenizer.encode_batch_fast([answer for _, _, answer in found])]
    order = [place for place in range(len(found)) if len(prompts[place]) <= PROMPT and len(answers[place]) <= ANSWER]
    order.sort(key=lambda place: len(answers[place]))
    ends = [0, int(len(order) * 0.4), int(len(order) * 0.7), len(order)]
    for low, high in zip(ends, ends[1:]):
        part = order[low:high]
        yield (
            torch.tensor([found[place][0] for place in part]),
            padded([prompts[place] for place in part]),
            padded([answers[place] for place in part]),
        )


def save(model, folder):
    """The folder that transformers and Fovea open."""
    model.fix_table()
    florence = model.florence
    folder.mkdir(parents=True, exist_ok=True)
    florence.config.architectures = [type(florence).__name__]
    florence.config.dtype = "float16"
    florence.config.save_pretrained(folder)
    florence.generation_config.save_pretrained(folder)
    tied = ("lm_head.weight", "coder.embed_tokens.weight")
    tensors = {name: tensor.detach().half().contiguous() for name, tensor in florence.state_dict().items()}
    tensors = {name: tensor for name, tensor in tensors.items() if not name.endswith(tied)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write_processor(folder, IMAGE, CELLS * CELLS + 1, MEAN, STD)


def keep(path, model, muons, adam, used, step):
    state = {"model": model.state_dict(), "muon": [muon.velocity for muon in muons], "adam": adam.state_dict(), "used": used, "step": step}
    torch.save(state, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--art", type=Path, default=Path("art"))
    parser.add_argument("--output", type=Path, default=Path("florence-mini"))
    parser.add_argument("--state", type=Path, default=Path("state.pt"), help="what --resume goes on from")
    parser.add_argument("--log", type=Path, default=Path("loss.csv"))
    parser.add_argument("--minutes", type=float, default=90, help="CPU time of the whole training")
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--questions", type=int, default=6, help="for each picture")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--dense", type=float, default=0.15, help="share of the training with the tower alone")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--steps", type=int, help="stop after so many, for trials")
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"

    composer = GroundedScenes(arguments.art, IMAGE)
    tokenizer = write_tokenizer(list(corpus(composer.things)), arguments.output, CONTEXT)
    torch.manual_seed(arguments.seed)
    first = tokenizer.token_to_id("<loc_0>")
    model = FlorenceMini(small_florence(tokenizer), first, len(composer.number)).train()
    model.tower.to(memory_format=torch.channels_last)
    named = dict(model.named_parameters())
    matrices = [
        [weight for name, weight in named.items() if part in name and weight.dim() == 2] for part in (".blocks.", ".layers.")
    ]
    known = {id(matrix) for group in matrices for matrix in group}
    others = [weight for weight in named.values() if id(weight) not in known]
    muons = [QuickMuon(group) for group in matrices]  # of the tower and of the language model
    adam = torch.optim.AdamW(
        [
            {"params": [weight for weight in others if weight.dim() > 1], "weight_decay": 0.02},
            {"params": [weight for weight in others if weight.dim() <= 1], "weight_decay": 0.0},
        ],
        betas=(0.9, 0.97),
    )
    used, step = 0.0, 0
    if arguments.resume:
        state = torch.load(arguments.state, weights_only=True)
        model.load_state_dict(state["model"])
        adam.load_state_dict(state["adam"])
        for muon, velocity in zip(muons, state["muon"]):
            muon.velocity = velocity
        used, step = state["used"], state["step"]
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(arguments.seed + step)
    mean, std = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(STD).view(3, 1, 1)
    count = sum(weight.numel() for weight in model.florence.parameters())
    print(f"{count:,} parameters, {tokenizer.get_vocab_size()} tokens, {len(composer.things)} things", flush=True)

    whole, began, before, sums, saved = 60 * arguments.minutes, time.process_time(), used, defaultdict(float), time.time()
    with arguments.log.open("a" if arguments.resume else "w", newline="") as file:
        log = csv.writer(file)
        while used < whole and (arguments.steps is None or step < arguments.steps):
            start = time.process_time()
            progress = used / whole
            pictures, scenes = composer.batch(arguments.batch)
            where = what_is_where(scenes, composer.number)
            parts = list(asked(scenes, composer, tokenizer, arguments.questions)) if progress >= arguments.dense else []
            sums["scene s"] += time.process_time() - start
            pictures = ((pictures - mean) / std).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                features = model.see(pictures)
                thing, letter, tint, box = model.dense_loss(features, where)
                loss = 2 * thing + 4 * letter + 0.3 * tint + 4 * box
                if parts:
                    table, seen = model.table(), model.projector(features)
                losses = [model.answer_loss(table, seen, *part) for part in parts]
            if losses:
                words, places = (sum(entry[place] for entry in losses) for place in (2, 3))
                word, place = (sum(entry[k] for entry in losses) for k in (0, 1))
                loss = loss + (word + place) / (words + places) * 2
                sums["word"] += word.item() / words
                sums["place"] += place.item() / places
            loss.backward()
            rate = arguments.rate * min(1, (step + 1) / 100) * max(0.0, 1 - progress)
            torch.nn.utils.clip_grad_norm_(named.values(), 5.0)
            for muon in muons if parts else muons[:1]:
                muon.step(rate)
            for group in adam.param_groups:
                group["lr"] = rate * 0.5
            adam.step()
            model.zero_grad()
            for name, value in (("thing", thing), ("letter", letter), ("tint", tint), ("box", box)):
                sums[name] += value.item()
            step += 1
            used = before + time.process_time() - began
            sums["step s"] += time.process_time() - start
            if step % 50 == 0:
                line = {"step": step, "minutes": used / 60, "progress": used / whole, "rate": rate}
                line |= {name: sums[name] / 50 for name in ("thing", "letter", "tint", "box", "word", "place", "scene s", "step s")}
                if step == 50:
                    log.writerow(line.keys())
                log.writerow([f"{value:.5g}" for value in line.values()])
                file.flush()
                print(" ".join(f"{name} {value:.4g}" for name, value in line.items()), flush=True)
                sums.clear()
            if time.time() - saved > 300:
                keep(arguments.state, model, muons, adam, used, step)
                save(model, arguments.output)
                saved = time.time()
    keep(arguments.state, model, muons, adam, used, step)
    save(model, arguments.output)
    print(f"{step} steps of {arguments.batch}, {used / 60:.1f} minutes of CPU time")


if __name__ == "__main__":
    main()

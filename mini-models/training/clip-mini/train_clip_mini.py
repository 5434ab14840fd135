"""Trains clip-mini: a small CLIPModel from random weights, on scenes composed from emoji art, on a CPU.

    python train_clip_mini.py --art art --output clip-mini --log loss.csv --minutes 80

The schedule follows the clock: the learning rate falls so that it reaches zero when the minutes are over, whatever
the speed of the machine. The loss has three parts, all softmax cross-entropies of cosine similarities:
  - pictures against captions of the batch, both ways, as in CLIP; pairs that are true by chance are left out;
  - pictures of one thing against one learned vector per concept;
  - captions that are a label against the same vectors, which only the training uses.
Most of the time the vision tower sees a part of the patches (as in FLIP), in the end all of them.
"""

import argparse
import csv
import json
import math
import random
import statistics
import time
from collections import deque
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from clip_tokenizer import write_tokenizer
from scenes import COLOURS, NUMBERS, SMALL_TEMPLATES, TEMPLATES, SceneMaker

MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
CONTEXT, IMAGE, PATCH, WIDTH = 32, 80, 10, 192


def caption_corpus(concepts):
    """Lines with counts, about as often as the captions hold them."""
    yield from ((template.format(""), 200) for template in TEMPLATES + SMALL_TEMPLATES)
    yield from ((f"{colour} ground background", 100) for colour in COLOURS)
    yield from ((number, 100) for number in NUMBERS.values())
    for concept in concepts:
        yield concept["label"], 20
        yield from ((name, 4) for name in concept["names"])
        yield from ((keyword, 2) for keyword in concept["keywords"])


def small_clip(vocabulary_size):
    ends = {
        "bos_token_id": vocabulary_size - 2,
        "eos_token_id": vocabulary_size - 1,
        "pad_token_id": vocabulary_size - 1,
    }
    tower = {"hidden_size": WIDTH, "intermediate_size": 4 * WIDTH, "hidden_act": "quick_gelu", "projection_dim": WIDTH}
    return CLIPModel(
        CLIPConfig(
            projection_dim=WIDTH,
            logit_scale_init_value=3.0,
            text_config={
                **tower,
                **ends,
                "vocab_size": vocabulary_size,
                "max_position_embeddings": CONTEXT,
                "num_hidden_layers": 2,
                "num_attention_heads": 3,
            },
            vision_config={
                **tower,
                "image_size": IMAGE,
                "patch_size": PATCH,
                "num_hidden_layers": 6,
                "num_attention_heads": 6,
            },
        )
    )


@torch.no_grad()
def give_shape(model):
    """Starts the vision tower near what trained ones look like: sine and cosine positions, and attention that prefers
    like to like and subtracts what it reads ("mimetic initialization", Trockman and Kolter, 2023)."""
    tower = model.vision_model
    side = IMAGE // PATCH
    waves = 1.6 * torch.exp(torch.linspace(0, -3, WIDTH // 4))
    angles = torch.arange(side)[:, None] * waves
    axis = torch.cat([angles.sin(), angles.cos()], 1)
    tower.embeddings.position_embedding.weight[0] = 0
    tower.embeddings.position_embedding.weight[1:] = torch.cat(
        [axis[:, None].expand(-1, side, -1), axis[None].expand(side, -1, -1)], 2
    ).reshape(side * side, WIDTH)
    identity = torch.eye(WIDTH)
    for layer in tower.encoder.layers:
        attention = layer.self_attn
        size = WIDTH // attention.num_heads
        for head in range(attention.num_heads):
            left, strength, right = torch.linalg.svd(0.7 * torch.randn(WIDTH, WIDTH) / WIDTH**0.5 + 0.7 * identity)
            rows = slice(head * size, (head + 1) * size)
            attention.q_proj.weight[rows] = (left * strength.sqrt())[:, :size].T
            attention.k_proj.weight[rows] = (right.T * strength.sqrt())[:, :size].T
        left, strength, right = torch.linalg.svd(0.4 * torch.randn(WIDTH, WIDTH) / WIDTH**0.5 - 0.4 * identity)
        attention.v_proj.weight.copy_((left * strength.sqrt()).T)
        attention.out_proj.weight.copy_((strength.sqrt()[:, None] * right).T)
    return model


class Muon:
    """Momentum whose update is made orthogonal by Newton-Schulz steps, for the square-ish matrices of the blocks
    (Jordan et al., 2024). Matrices of one shape are handled as one batch."""

    def __init__(self, matrices, momentum=0.95, decay=0.05):
        self.shapes = {}
        for matrix in matrices:
            self.shapes.setdefault(matrix.shape, []).append(matrix)
        self.velocity = {shape: torch.zeros(len(group), *shape) for shape, group in self.shapes.items()}
        self.momentum, self.decay = momentum, decay

    @torch.no_grad()
    def step(self, rate):
        for shape, group in self.shapes.items():
            gradient = torch.stack([matrix.grad for matrix in group])
            velocity = self.velocity[shape].lerp_(gradient, 1 - self.momentum)
            update = gradient.lerp(velocity, self.momentum)
            tall = shape[0] > shape[1]
            update = update.transpose(1, 2) if tall else update
            update = self.orthogonal(update / (update.norm(dim=(1, 2), keepdim=True) + 1e-7))
            update = update.transpose(1, 2) if tall else update
            scale = 0.2 * max(shape) ** 0.5
            for matrix, change in zip(group, update):
                matrix.mul_(1 - rate * self.decay).sub_(change, alpha=rate * scale)

    @staticmethod
    def orthogonal(update):
        for _ in range(5):
            square = update @ update.transpose(1, 2)
            update = 3.4445 * update + (-4.7750 * square + 2.0315 * square @ square) @ update
        return update


def kept_patches(pictures, share):
    """Indices of a random part of the patches, drawn more often where the picture is not flat."""
    patches = F.unfold(pictures, PATCH, stride=PATCH)
    interest = torch.where(patches.std(1) > 0.05, 2.0, 0.0)
    draw = interest + -torch.log(-torch.log(torch.rand_like(interest)))
    return draw.topk(int(share * draw.shape[1]), dim=1).indices


def image_embeddings(model, pictures, kept):
    tower = model.vision_model
    hidden = tower.embeddings(pictures)
    if kept is not None:
        chosen = torch.cat([torch.zeros(len(kept), 1, dtype=torch.long), kept + 1], 1)
        hidden = hidden.gather(1, chosen[:, :, None].expand(-1, -1, hidden.shape[2]))
    hidden = tower.encoder(inputs_embeds=tower.pre_layrnorm(hidden)).last_hidden_state
    return F.normalize(model.visual_projection(tower.post_layernorm(hidden[:, 0])), dim=-1)


def text_embeddings(model, tokens):
    tower = model.text_model
    hidden = tower.embeddings(input_ids=tokens)
    length = tokens.shape[1]
    mask = torch.full((length, length), -torch.inf).triu(1)[None, None].expand(len(tokens), 1, -1, -1)
    for layer in tower.encoder.layers:
        hidden = layer(hidden, attention_mask=mask)
        hidden = hidden[0] if isinstance(hidden, tuple) else hidden
    end = (tokens == model.config.text_config.eos_token_id).int().argmax(1)
    return F.normalize(model.text_projection(tower.final_layer_norm(hidden[torch.arange(len(hidden)), end])), dim=-1)


def in_two_lengths(tokenizer, captions):
    """Splits a batch into its shorter three quarters and its longer quarter, padded to few distinct lengths."""
    lists = tokenizer(captions, truncation=True, max_length=CONTEXT).input_ids
    order = sorted(range(len(lists)), key=lambda row: len(lists[row]))
    cut = 3 * len(order) // 4
    for rows in (order[:cut], order[cut:]):
        length = next(size for size in (12, 16, CONTEXT) if size >= len(lists[rows[-1]]))
        yield rows, torch.tensor([lists[row] + [tokenizer.pad_token_id] * (length - len(lists[row])) for row in rows])


def loss_of(images, texts, scale, prototypes, main, true_of, shown, labelled):
    count = len(images)
    alike = (shown @ true_of.T > 0) & ~torch.eye(count, dtype=torch.bool)
    similarity = (scale * images @ texts.T).masked_fill(alike, -1e4)
    target = torch.arange(count)
    contrast = (F.cross_entropy(similarity, target) + F.cross_entropy(similarity.T, target)) / 2
    single = true_of.any(1)
    prototypes = F.normalize(prototypes, dim=-1)
    by_image = F.cross_entropy(scale * images[single] @ prototypes.T, main[single])
    by_text = F.cross_entropy(scale * texts[labelled] @ prototypes.T, main[labelled])
    return contrast, by_image, by_text


def save(model, tokenizer_folder, output):
    output.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.half() for name, tensor in model.state_dict().items()}
    model.save_pretrained(output, state_dict=state)
    config = json.loads((output / "config.json").read_text())
    config["dtype"] = "float16"
    (output / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    (output / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "image_processor_type": "CLIPImageProcessor",
                "do_resize": True,
                "size": {"shortest_edge": IMAGE},
                "resample": 3,
                "do_center_crop": True,
                "crop_size": {"height": IMAGE, "width": IMAGE},
                "do_rescale": True,
                "rescale_factor": 1 / 255,
                "do_normalize": True,
                "image_mean": MEAN,
                "image_std": STD,
                "do_convert_rgb": True,
            },
            indent=2,
        )
        + "\n"
    )
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"):
        if tokenizer_folder != output:
            (output / name).write_bytes((tokenizer_folder / name).read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--art", type=Path, default=Path("art"))
    parser.add_argument("--output", type=Path, default=Path("clip-mini"))
    parser.add_argument("--log", type=Path, default=Path("loss.csv"))
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument(
        "--seen", type=float, default=0.375, help="share of the patches that the vision tower sees at first"
    )
    parser.add_argument(
        "--whole", type=float, default=0.87, help="share of the training after which all patches are seen"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    start = time.time()
    deadline = start + 60 * arguments.minutes
    torch.set_num_threads(arguments.threads)
    random.seed(arguments.seed)
    np.random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)

    arguments.output.mkdir(parents=True, exist_ok=True)
    scenes = SceneMaker(arguments.art, IMAGE)
    vocabulary = write_tokenizer(caption_corpus(scenes.concepts), arguments.output, context=CONTEXT)
    tokenizer = CLIPTokenizer.from_pretrained(arguments.output)
    model = give_shape(small_clip(len(vocabulary))).train()
    prototypes = torch.nn.Parameter(torch.randn(len(scenes.concepts), WIDTH) * 0.1)
    matrices = [weight for name, weight in model.named_parameters() if ".layers." in name and weight.dim() == 2]
    known = {id(matrix) for matrix in matrices}
    others = [weight for weight in model.parameters() if id(weight) not in known]
    muon = Muon(matrices)
    adam = torch.optim.AdamW(
        [
            {"params": [weight for weight in others if weight.dim() > 1] + [prototypes], "weight_decay": 0.02},
            {"params": [weight for weight in others if weight.dim() <= 1], "weight_decay": 0.0},
        ],
        betas=(0.9, 0.97),
    )
    see, read = (torch.compile(part, dynamic=False) for part in (image_embeddings, text_embeddings))
    mean, std = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(STD).view(3, 1, 1)
    print(
        f"{sum(weight.numel() for weight in model.parameters()):,} parameters, {len(vocabulary)} tokens, "
        f"{len(scenes.sprites)} sprites of {len(scenes.drawable)} concepts",
        flush=True,
    )

    progress, step, recent, saved = 0.0, 0, deque(maxlen=25), time.time()
    with arguments.log.open("w", newline="") as file:
        log = csv.writer(file)
        log.writerow(
            ["step", "minutes", "progress", "rate", "contrastive", "image_concept", "text_concept", "batch_top1"]
        )
        while progress < 1:
            began = time.time()
            pictures, captions, main, true_of, shown, labelled = scenes.batch(arguments.batch)
            composed = time.time()
            kept = kept_patches(pictures, arguments.seen) if progress < arguments.whole else None
            images = see(model, (pictures - mean) / std, kept)
            texts = torch.empty_like(images)
            for rows, tokens in in_two_lengths(tokenizer, captions):
                texts[rows] = read(model, tokens)
            contrast, by_image, by_text = loss_of(
                images, texts, model.logit_scale.exp(), prototypes, main, true_of, shown, labelled
            )
            (contrast + by_image + 0.5 * by_text).backward()
            factor = min(1, (step + 1) / 60) * (1 - progress)
            rate = arguments.rate * factor
            torch.nn.utils.clip_grad_norm_([*model.parameters(), prototypes], 5.0)
            muon.step(rate)
            for group in adam.param_groups:
                group["lr"] = rate * 0.5
            adam.step()
            adam.zero_grad()
            model.zero_grad()
            with torch.no_grad():
                model.logit_scale.clamp_(max=math.log(100))
            now = time.time()
            if step % 20 == 0:
                top1 = ((images @ texts.T).argmax(1) == torch.arange(len(images))).float().mean().item()
                values = (progress, rate, contrast.item(), by_image.item(), by_text.item(), top1)
                log.writerow([step, f"{(now - start) / 60:.2f}", *(f"{value:.5g}" for value in values)])
                file.flush()
                print(
                    step,
                    f"{(now - start) / 60:.1f} min",
                    *(f"{value:.4g}" for value in values),
                    f"scene {composed - began:.2f} s, step {now - began:.2f} s",
                    flush=True,
                )
            # Pauses from outside must not look like slow steps; they are caught up with over the steps that remain.
            if step >= 3:  # the first steps compile
                recent.append(now - began)
                usual = statistics.median(recent)
                progress += (1 - progress) * min(1, usual / max(usual, deadline - now))
            step += 1
            if now - saved > 300:
                save(model, arguments.output, arguments.output)
                saved = now
    save(model, arguments.output, arguments.output)
    print(f"{step} steps of {arguments.batch}, {(time.time() - start) / 60:.1f} minutes")


if __name__ == "__main__":
    main()

"""Trains blip-mini: three small BLIP models that share a vision tower, on scenes composed from emoji art, on a CPU.

    python train_blip_mini.py --art art --clip clip-mini --output blip-mini --log loss.csv --minutes 80
    python train_blip_mini.py --art art --clip clip-mini --output blip-mini --log heads.csv --minutes 30 --heads

The three are transformers' BlipForConditionalGeneration (captions), BlipForQuestionAnswering and BlipForImageTextRetrieval
(matching), of the same configuration and with one and the same vision tower. It starts from clip-mini's, which has seen the same
art. The loss is the sum of
  - captions and answers: cross-entropy of the next token;
  - contrast: cross-entropy of cosine similarities of pictures and texts, both ways, texts that several pictures share left out;
  - matching: cross-entropy of match or no match, for true texts, for texts that differ in one thing, and for the texts of other
    pictures that the contrast finds most alike.
The schedule follows the clock: the learning rate falls so that it reaches zero when the minutes are over, whatever the speed of
the machine. Most of the time the vision tower sees a part of the patches (as in FLIP), in the end all of them.

With --heads the training goes on with captions and answers alone, on the vision tower as it is. The encoder of the answerer then begins as
the matcher's, as BLIP's own does: on its own it never learnt to compare what a question says with what the picture shows.
"""

import argparse
import csv
import json
import math
import random
import statistics
import sys
import time
from collections import deque
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import BlipConfig, BlipForConditionalGeneration, BlipForImageTextRetrieval, BlipForQuestionAnswering

from bert_tokenizer import token_ids, write_tokenizer
from described_scenes import DescribedScenes

sys.path.append(str(Path(__file__).parent.parent / "clip-mini"))
from train_clip_mini import MEAN, STD, Muon, kept_patches  # noqa: E402

CONTEXT, IMAGE, PATCH, WIDTH = 64, 100, 10, 192
PAD, CLS, SEP = 0, 2, 3
TEXT, QUESTION, ANSWER = 18, 14, 8  # tokens that texts are padded or cut to: one in a hundred is longer


def small_blip(words):
    """The configuration of all three models; `words` is the size of the tokenizer's vocabulary."""
    return BlipConfig(
        projection_dim=WIDTH,
        image_text_hidden_size=WIDTH,
        text_config={
            "vocab_size": words + 2,
            "hidden_size": WIDTH,
            "encoder_hidden_size": WIDTH,
            "intermediate_size": 4 * WIDTH,
            "num_hidden_layers": 2,
            "num_attention_heads": 3,
            "max_position_embeddings": CONTEXT,
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "bos_token_id": words,
            "eos_token_id": SEP,
            "sep_token_id": SEP,
            "pad_token_id": PAD,
        },
        vision_config={
            "hidden_size": WIDTH,
            "intermediate_size": 4 * WIDTH,
            "num_hidden_layers": 6,
            "num_attention_heads": 6,
            "image_size": IMAGE,
            "patch_size": PATCH,
            "hidden_act": "quick_gelu",
        },
    )


@torch.no_grad()
def start_from_clip(tower, weights):
    """Copies clip-mini's vision tower. BLIP has no norm before the first block: its mean effect goes into the embeddings."""
    part = {name.removeprefix("vision_model."): tensor.float() for name, tensor in weights.items()}
    gain, shift = part["pre_layrnorm.weight"], part["pre_layrnorm.bias"]
    patch, positions = part["embeddings.patch_embedding.weight"], part["embeddings.position_embedding.weight"]
    scale = gain / (positions[1:].std(1).mean() ** 2 + 1).sqrt()
    tower.embeddings.patch_embedding.weight.copy_(patch * scale[:, None, None, None])
    tower.embeddings.patch_embedding.bias.copy_(shift)
    tower.embeddings.class_embedding[0, 0] = part["embeddings.class_embedding"] * scale + shift
    old, new = math.isqrt(len(positions) - 1), IMAGE // PATCH
    grid = F.interpolate(positions[1:].T.reshape(1, -1, old, old), size=(new, new), mode="bicubic", align_corners=False)
    tower.embeddings.position_embedding[0, 0] = positions[0] * scale
    tower.embeddings.position_embedding[0, 1:] = grid[0].flatten(1).T * scale
    for number, layer in enumerate(tower.encoder.layers):
        old = {name.removeprefix(f"encoder.layers.{number}."): tensor for name, tensor in part.items()}
        for kind in ("weight", "bias"):
            fused = torch.cat([old[f"self_attn.{name}_proj.{kind}"] for name in "qkv"])
            getattr(layer.self_attn.qkv, kind).copy_(fused)
            getattr(layer.self_attn.projection, kind).copy_(old[f"self_attn.out_proj.{kind}"])
            for name in ("layer_norm1", "layer_norm2"):
                getattr(getattr(layer, name), kind).copy_(old[f"{name}.{kind}"])
            for name in ("fc1", "fc2"):
                getattr(getattr(layer.mlp, name), kind).copy_(old[f"mlp.{name}.{kind}"])
    tower.post_layernorm.weight.copy_(part["post_layernorm.weight"])
    tower.post_layernorm.bias.copy_(part["post_layernorm.bias"])


class BlipMini(torch.nn.Module):
    """The three models, and what only the training needs: the contrast's scale."""

    def __init__(self, config):
        super().__init__()
        self.captioner = BlipForConditionalGeneration(config)
        self.answerer = BlipForQuestionAnswering(config)
        self.matcher = BlipForImageTextRetrieval(config)
        self.vision = self.captioner.vision_model
        self.answerer.vision_model = self.matcher.vision_model = self.vision
        self.scale = torch.nn.Parameter(torch.tensor(3.0))

    def see(self, pictures, kept):
        hidden = self.vision.embeddings(pictures)
        if kept is not None:
            chosen = torch.cat([torch.zeros(len(kept), 1, dtype=torch.long), kept + 1], 1)
            hidden = hidden.gather(1, chosen[:, :, None].expand(-1, -1, hidden.shape[2]))
        return self.vision.post_layernorm(self.vision.encoder(inputs_embeds=hidden).last_hidden_state)

    def caption_loss(self, seen, tokens):
        return self.next_token(self.captioner.text_decoder, seen, tokens)

    def answer_loss(self, seen, questions, answers):
        mask = (questions != PAD).long()
        asked = self.answerer.text_encoder(
            input_ids=questions, attention_mask=mask, encoder_hidden_states=seen, return_dict=False
        )[0]
        return self.next_token(self.answerer.text_decoder, asked, answers, mask)

    @staticmethod
    def next_token(decoder, seen, tokens, mask=None):
        logits = decoder(
            input_ids=tokens[:, :-1],
            attention_mask=(tokens[:, :-1] != PAD).long(),
            encoder_hidden_states=seen,
            encoder_attention_mask=mask,
            return_dict=True,
        ).logits
        return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=PAD)

    def contrast(self, seen, texts):
        images = F.normalize(self.matcher.vision_proj(seen[:, 0]), dim=-1)
        hidden = self.matcher.text_encoder(input_ids=texts, attention_mask=(texts != PAD).long(), return_dict=False)[0]
        return self.scale.exp() * images @ F.normalize(self.matcher.text_proj(hidden[:, 0]), dim=-1).T

    def match_loss(self, seen, texts, matches):
        hidden = self.matcher.text_encoder(
            input_ids=texts, attention_mask=(texts != PAD).long(), encoder_hidden_states=seen, return_dict=False
        )[0]
        return F.cross_entropy(self.matcher.itm_head(hidden[:, 0]), matches)


def rows_of(lists, length):
    return torch.tensor([ids[:length] + [PAD] * (length - len(ids)) for ids in lists])


def hard_negatives(similarity, scenes):
    """For each picture the text of another one that the contrast finds likely, of scenes that have no object in common."""
    names = [{item.thing.name for item in scene.items} for scene in scenes]
    shared = torch.tensor([[bool(mine & other) for other in names] for mine in names])
    return torch.multinomial(similarity.detach().masked_fill(shared, -1e4).softmax(1), 1)[:, 0]


def save(model, words_folder, output):
    """Three folders as Hugging Face has them. The vision tower is a file of its own, the same in all three."""
    tower = "vision.safetensors"
    for name in ("captioner", "answerer", "matcher"):
        folder = output / name
        folder.mkdir(parents=True, exist_ok=True)
        part = getattr(model, name)
        part.config.architectures = [type(part).__name__]
        part.config.dtype = "float16"
        part.config.save_pretrained(folder)
        tensors = {key: tensor.detach().half().contiguous() for key, tensor in part.state_dict().items()}
        tensors = {key: tensor for key, tensor in tensors.items() if "position_ids" not in key}
        tied = ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias")
        tensors = {key: tensor for key, tensor in tensors.items() if not key.endswith(tied)}
        shards = {
            tower: {key: tensor for key, tensor in tensors.items() if key.startswith("vision_model.")},
            f"{name}.safetensors": {key: tensor for key, tensor in tensors.items() if not key.startswith("vision_model.")},
        }
        for file, content in shards.items():
            save_file(content, folder / file, metadata={"format": "pt"})
        index = {
            "metadata": {"total_size": sum(2 * tensor.numel() for tensor in tensors.values())},
            "weight_map": {key: file for file, content in shards.items() for key in sorted(content)},
        }
        (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")
        preprocessing = {
            "image_processor_type": "BlipImageProcessor",
            "processor_class": "BlipProcessor",
            "do_resize": True,
            "size": {"height": IMAGE, "width": IMAGE},
            "resample": 3,
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": MEAN,
            "image_std": STD,
            "do_convert_rgb": True,
        }
        (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing, indent=2) + "\n")
        for file in ("vocab.txt", "tokenizer_config.json", "special_tokens_map.json"):
            (folder / file).write_bytes((words_folder / file).read_bytes())


def load(model, output):
    """The weights that save wrote; what is tied is not in the files."""
    for name in ("captioner", "answerer", "matcher"):
        weights = {}
        for file in ("vision.safetensors", f"{name}.safetensors"):
            weights |= {key: tensor.float() for key, tensor in load_file(output / name / file).items()}
        missing, unexpected = getattr(model, name).load_state_dict(weights, strict=False)
        left = [key for key in missing if not key.endswith(("position_ids", "decoder.weight", "decoder.bias"))]
        assert not unexpected and not left, (unexpected, left)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--art", type=Path, default=Path("art"))
    parser.add_argument("--clip", type=Path, required=True, help="folder of clip-mini")
    parser.add_argument("--output", type=Path, default=Path("blip-mini"))
    parser.add_argument("--log", type=Path, default=Path("loss.csv"))
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seen", type=float, default=0.5, help="share of the patches that the vision tower sees at first")
    parser.add_argument("--whole", type=float, default=0.75, help="share of the training after which all patches are seen")
    parser.add_argument("--resume", type=float, default=0, help="go on from the weights in --output, at this share of the training")
    parser.add_argument("--heads", action="store_true", help="train the captioner's and the answerer's text models only")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    start = time.time()
    deadline = start + 60 * arguments.minutes
    torch.set_num_threads(arguments.threads)
    random.seed(arguments.seed)
    np.random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)

    scenes = DescribedScenes(arguments.art, IMAGE)
    words_folder = arguments.output / "tokenizer"
    ids = write_tokenizer(scenes.words(), words_folder, CONTEXT)
    start_token = len(ids)
    model = BlipMini(small_blip(len(ids))).train()
    start_from_clip(model.vision, load_file(arguments.clip / "model.safetensors"))
    if arguments.resume or arguments.heads:
        load(model, arguments.output)
    if arguments.heads:
        model.requires_grad_(False)
        model.captioner.text_decoder.requires_grad_(True)
        model.answerer.text_decoder.requires_grad_(True)
        model.answerer.text_encoder.requires_grad_(True)
        model.answerer.text_encoder.load_state_dict(model.matcher.text_encoder.state_dict())
    # What is shared is named once.
    named = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    matrices = [weight for name, weight in named.items() if ".layer" in name and weight.dim() == 2]
    known = {id(matrix) for matrix in matrices}
    others = [weight for weight in named.values() if id(weight) not in known]
    muon = Muon(matrices)
    adam = torch.optim.AdamW(
        [
            {"params": [weight for weight in others if weight.dim() > 1], "weight_decay": 0.02},
            {"params": [weight for weight in others if weight.dim() <= 1], "weight_decay": 0.0},
        ],
        betas=(0.9, 0.97),
    )
    compiled = [
        torch.compile(part, dynamic=False)
        for part in (model.see, model.caption_loss, model.answer_loss, model.contrast, model.match_loss)
    ]
    see, caption_loss, answer_loss, contrast, match_loss = compiled
    mean, std = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(STD).view(3, 1, 1)
    print(
        f"{sum(weight.numel() for weight in named.values()):,} parameters, {len(ids)} tokens, {len(scenes.things)} things",
        flush=True,
    )

    def read(text):
        return [CLS, *token_ids(ids, text), SEP]

    def write(text):
        return [start_token, *token_ids(ids, text), SEP]

    progress, step, recent, saved = arguments.resume, 0, deque(maxlen=25), time.time()
    with arguments.log.open("a" if arguments.resume else "w", newline="") as file:
        log = csv.writer(file)
        if not arguments.resume:
            log.writerow(["step", "minutes", "progress", "rate", "caption", "answer", "contrast", "match"])
        while progress < 1:
            began = time.time()
            pictures, described = scenes.pictures(arguments.batch)
            asked = [scenes.question(scene) for scene in described]
            true = [scenes.matching(scene) for scene in described]
            false = [scenes.mismatching(scene) for scene in described]
            composed = time.time()
            parts = progress < arguments.whole and not arguments.heads
            kept = kept_patches(pictures, arguments.seen) if parts else None
            with torch.set_grad_enabled(not arguments.heads):
                seen = see((pictures - mean) / std, kept)
            captions = caption_loss(seen, rows_of([write(scenes.prompted(scene)) for scene in described], TEXT))
            answers = answer_loss(
                seen,
                rows_of([read(question) for _, question, _ in asked], QUESTION),
                rows_of([write(answer) for _, _, answer in asked], ANSWER),
            )
            contrasts = matches = torch.zeros(())
            if not arguments.heads:
                texts = rows_of([read(text) for text in true], TEXT)
                similarity = contrast(seen, texts)
                alike = torch.tensor([[mine == other for other in true] for mine in true]) & ~torch.eye(len(true), dtype=torch.bool)
                masked, target = similarity.masked_fill(alike, -1e4), torch.arange(len(true))
                contrasts = (F.cross_entropy(masked, target) + F.cross_entropy(masked.T, target)) / 2
                hard = hard_negatives(similarity, described)
                half = len(true) // 2
                matches = match_loss(
                    torch.cat([seen, seen, seen[:half]]),
                    torch.cat([texts, rows_of([read(text) for text in false], TEXT), texts[hard[:half]]]),
                    torch.tensor([1] * len(true) + [0] * (len(true) + half)),
                )
            (captions + answers + 0.3 * contrasts + matches).backward()
            rate = arguments.rate * min(1, (step + 1) / 100) * (1 - progress)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            muon.step(rate)
            for group in adam.param_groups:
                group["lr"] = rate * 0.5
            adam.step()
            model.zero_grad()
            with torch.no_grad():
                model.scale.clamp_(max=math.log(100))
            now = time.time()
            if step % 20 == 0:
                values = (progress, rate, captions.item(), answers.item(), contrasts.item(), matches.item())
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
                save(model, words_folder, arguments.output)
                saved = now
    save(model, words_folder, arguments.output)
    print(f"{step} steps of {arguments.batch}, {(time.time() - start) / 60:.1f} minutes")


if __name__ == "__main__":
    main()

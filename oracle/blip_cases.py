"""Build small random BLIP checkpoints with transformers' own classes, run them in f32, write what Java tests replay.

    python oracle/blip_cases.py [CASE ...]          default: all of them

Each case becomes a folder under models/src/test/resources/dev/fovea/models/blip/cases/: the checkpoint as people would
have it (config.json, model.safetensors, a small BERT vocabulary, preprocessor_config.json), `expected.safetensors`
(inputs, intermediate states, outputs), `case.json` (what the case is for, its pictures and texts), and for the cases
that write text `generations.jsonl` and `sampling.json`. oracle/README.md lists the entries.

Weights come from one seed per case and are scaled so that nothing hides in a linear corner and that what is written
depends on the picture, varies, and ends now and then.
"""

import copy
import math
import shutil
import zlib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipForImageTextRetrieval,
    BlipForQuestionAnswering,
)
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from blip_specs import CASES, DECODER_START, SEPARATOR, VOCABULARY
from clip_cases import Watch, draw_pictures, relative, spread, unit
from generation_cases import (
    dense,
    folder_size,
    generate,
    header,
    main,
    sequences,
    stable,
    statistics,
    with_others,
    write_json,
    write_lines,
)

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/blip/cases"


@torch.no_grad()
def fill(model, case, generator):
    """Scores get a standard deviation of about two, the picture weighs, special tokens are rare but for the end."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name == "logit_scale":
            parameter.fill_(3.25)  # not the configuration's initial value: the checkpoint's wins
        elif "norm" in name.lower():
            parameter.copy_(0.2 * noise + (1 if name.endswith("weight") else 0))
        elif name.endswith(("predictions.bias", "decoder.bias")):
            noise *= 0.3
            noise[[0, 1, 2, 4, DECODER_START, DECODER_START + 1]] -= 8
            noise[SEPARATOR] += case.end_bias
            parameter.copy_(noise)
        elif name.endswith("bias"):
            parameter.copy_(0.1 * noise)
        elif "class_embedding" in name:
            parameter.copy_(0.2 * noise)  # small, or every picture's class token ends up alike
        elif "embeddings.position" in name or "embeddings.word" in name or name.endswith("decoder.weight"):
            parameter.copy_(0.3 * noise)
        else:
            part = name.removesuffix(".weight")
            gain = 1.4 if part.endswith(("qkv", "query", "key", "fc1", "intermediate.dense")) else 1.0
            # Steps inside the text layers must outweigh the residual, or one token repeats itself for ever.
            gain = 1.6 if part.endswith("output.dense") and "attention" not in part else gain
            parameter.copy_(gain * noise / math.sqrt(parameter[0].numel()))
    return model


def write_checkpoint(folder, case, generator):
    model = case.kind(BlipConfig(vision_config=case.vision, text_config=case.text, **case.more))
    fill(model, case, generator).to(case.dtype).save_pretrained(folder)
    if case.position_buffers:
        weights = load_file(folder / "model.safetensors")
        positions = torch.arange(case.text["max_position_embeddings"])[None, :]
        weights["text_decoder.bert.embeddings.position_ids"] = positions
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    special = dict(unk="[UNK]", sep="[SEP]", pad="[PAD]", cls="[CLS]", mask="[MASK]")
    write_json(
        folder / "tokenizer_config.json",
        dict(
            tokenizer_class="BertTokenizer",
            do_lower_case=True,
            do_basic_tokenize=True,
            clean_up_tokenization_spaces=True,
            tokenize_chinese_chars=True,
            strip_accents=None,
            model_max_length=case.text["max_position_embeddings"],
            **{f"{name}_token": token for name, token in special.items()},
        ),
    )
    size = case.vision["image_size"]
    write_json(
        folder / "preprocessor_config.json",
        dict(
            image_processor_type="BlipImageProcessor",
            processor_class="BlipProcessor",
            do_resize=True,
            do_rescale=True,
            do_normalize=True,
            image_mean=OPENAI_CLIP_MEAN,
            image_std=OPENAI_CLIP_STD,
            resample=3,
            rescale_factor=1 / 255,
            size=dict(height=size, width=size),
        ),
    )


def watch_text(watch, prefix, tower):
    watch.on(f"{prefix}.embeddings", tower.embeddings)
    for i, layer in enumerate(tower.encoder.layer):
        watch.on(f"{prefix}.layer.{i}", layer)


def first(watch):
    """What was seen, of the first picture: [rows, width]."""
    watch.stop()
    return {name: value[0] for name, value in watch.seen.items()}


def run_pictures(model, group, pixels):
    """The vision tower: image_embeds of all pictures, inner states of the first at its own size."""
    watch, prefix = Watch(), group.prefix
    watch.on(f"{prefix}.embeddings", model.vision_model.embeddings)
    for i, layer in enumerate(model.vision_model.encoder.layers if group.size is None else ()):
        watch.on(f"{prefix}.layer.{i}", layer)
    found = model.vision_model(pixel_values=pixels, interpolate_pos_encoding=group.size is not None)
    return first(watch) | {f"{prefix}.image_embeds": found.last_hidden_state}, found.pooler_output


def run_decoder(model, group, ids, states):
    """One sequence under teacher forcing: logits for every picture, inner states of the first at its own size."""
    watch, prefix = Watch(), group.prefix
    if group.size is None:
        watch_text(watch, f"{prefix}.decoder", model.text_decoder.bert)
    ids = torch.tensor([ids]).repeat(len(states), 1)
    logits = model.text_decoder(input_ids=ids, encoder_hidden_states=states, is_decoder=True).logits
    return first(watch) | {f"{prefix}.decoder.logits": logits}


def run_encoder(model, prefix, ids, states, inside):
    """A text with the pictures: the last state for every picture, inner states of the first picture if asked for."""
    watch = Watch()
    if inside:
        watch_text(watch, prefix, model.text_encoder)
    ids = torch.tensor([ids]).repeat(len(states), 1)
    last = model.text_encoder(input_ids=ids, encoder_hidden_states=states, is_decoder=False).last_hidden_state
    return first(watch) | {f"{prefix}.last_hidden_state": last}


def run_matching(model, group, pixels, texts):
    out, prefix, more = {}, group.prefix, dict(interpolate_pos_encoding=group.size is not None)
    logits, cosines = [], []
    for i, ids in enumerate(texts):
        # The ITM head sees all pictures at once; ITC multiplies all pictures with all texts.
        whole = model(torch.tensor([ids]).repeat(len(pixels), 1), pixels, use_itm_head=True, **more)
        logits.append(whole.itm_score)
        out |= run_encoder(model, f"{prefix}.itm.{i}", ids, whole.last_hidden_state, i == 0 and group.size is None)
        assert torch.equal(out[f"{prefix}.itm.{i}.last_hidden_state"], whole.question_embeds)
        whole = model(torch.tensor([ids]), pixels, use_itm_head=False, **more)
        cosines.append(whole.itm_score)
        if group.size is None:
            out[f"text.{i}.last_hidden_state"] = whole.question_embeds[0]
    out[f"{prefix}.itm_logits"] = torch.stack(logits, 1)
    out[f"{prefix}.itm_probabilities"] = out[f"{prefix}.itm_logits"].softmax(-1)
    out[f"{prefix}.itc"] = torch.cat(cosines, 1)
    out[f"{prefix}.itc_features"] = unit(model.vision_proj(whole.last_hidden_state[:, 0]))
    if group.size is None:
        starts = torch.stack([out[f"text.{i}.last_hidden_state"][0] for i in range(len(texts))])
        out["text.itc_features"] = unit(model.text_proj(starts))
    # Padded texts under a mask must say the same as texts one by one.
    ids, mask = padded(texts)
    both = model(ids, pixels[:1].repeat(len(texts), 1, 1, 1), attention_mask=mask, **more).itm_score
    assert torch.allclose(both, out[f"{prefix}.itm_logits"][0], atol=1e-4), (both, out[f"{prefix}.itm_logits"][0])
    return out


def padded(texts):
    longest = max(map(len, texts))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in texts])
    return ids, torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in texts])


def run_features(model, group, pixels, texts, pooled):
    out, prefix, more = {}, group.prefix, dict(interpolate_pos_encoding=group.size is not None)
    images = model.get_image_features(pixels, **more)
    out[f"{prefix}.pooled"] = pooled
    out[f"{prefix}.features"] = images.pooler_output
    mixed = [model.get_multimodal_features(torch.tensor([ids] * len(pixels)), pixels, **more) for ids in texts]
    out[f"{prefix}.multimodal"] = torch.stack(mixed, 1)
    if group.size is None:
        features = []
        watch = Watch()
        watch.on("pooled", model.text_model.pooler)
        for i, ids in enumerate(texts):
            found = model.get_text_features(torch.tensor([ids]))
            out[f"text.{i}.last_hidden_state"] = found.last_hidden_state[0]
            features.append((watch.seen["pooled"][0], found.pooler_output[0]))
        watch.stop()
        out["text.pooled"], out["text.features"] = (torch.stack(rows) for rows in zip(*features, strict=True))
    ids, mask = padded(texts)
    whole = model(ids, pixels, mask, **more)
    out[f"{prefix}.logits_per_image"] = whole.logits_per_image
    assert torch.allclose(whole.image_embeds, unit(out[f"{prefix}.features"]), atol=1e-6)
    if group.size is None:
        assert torch.allclose(whole.text_embeds, unit(out["text.features"]), atol=1e-5)
    return out


def run(model, case, pixels, texts, forced):
    """Everything but the generations; `texts` are ids as the tokenizer gives them, `forced` is for the decoder."""
    out, kind, dtype = {}, case.kind, next(model.parameters()).dtype
    for group, values in zip(case.pictures, pixels, strict=True):
        values, prefix = values.to(dtype), group.prefix
        states, pooled = run_pictures(model, group, values)
        out |= states
        embeds = out[f"{prefix}.image_embeds"]
        if kind is BlipForConditionalGeneration:
            out |= run_decoder(model, group, forced, embeds)
        elif kind is BlipForQuestionAnswering:
            for i, ids in enumerate(texts):
                out |= run_encoder(model, f"{prefix}.question.{i}", ids, embeds, i == 0 and group.size is None)
            out |= run_decoder(model, group, forced, out[f"{prefix}.question.0.last_hidden_state"])
        elif kind is BlipForImageTextRetrieval:
            out |= run_matching(model, group, values, texts)
        else:
            out |= run_features(model, group, values, texts, pooled)
    return out


def given(ids, group):
    """What generate gets besides pixels and options."""
    tokens = {}
    if ids is not None:
        tokens = dict(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long))
    return tokens | dict(interpolate_pos_encoding=group.size is not None)


def generations(models, case, pixels, texts, tokenizer):
    """All lines of generations.jsonl, and how many more hung on rounding; `texts` are prompts or questions."""
    lines, dropped, asks = [], 0, case.kind is BlipForQuestionAnswering
    for group, values in zip(case.pictures, pixels, strict=True):
        names = case.options if group.size is None else ("greedy", "beams-3", "beams-3-all")
        for picture, pixel in enumerate(values):
            chosen = [*range(len(texts))] if asks else [None, picture % len(texts)]
            for which in chosen:
                ids = None if which is None else tokenizer(texts[which])["input_ids"]
                prompt = [DECODER_START] if asks or ids is None else [DECODER_START, *ids[1:-1]]
                plain = generate(models[0], pixel, {}, **given(ids, group))[0][0]
                for name in names:
                    options = case.options[name]
                    options = options(prompt, plain[len(prompt) :]) if callable(options) else options
                    if "bad_words_ids" in options:
                        options = options | {"bad_words_ids": [word for word in options["bad_words_ids"] if word]}
                    found = stable(models, options, pixel, **given(ids, group))
                    if found is None:
                        dropped += 1
                        continue
                    line = dict(id=f"{name}/{group.prefix}.{picture}/{'none' if which is None else which}")
                    line |= dict(group=group.prefix, picture=picture)
                    line |= dict(prompt=None if asks or which is None else texts[which], prompt_ids=prompt)
                    line |= dict(question=texts[which], question_ids=ids) if asks else {}
                    line |= dict(options=options) | sequences(*found, prompt, SEPARATOR)
                    lines.append(line | dict(text=tokenizer.decode(line["sequences"][0], skip_special_tokens=True)))
    return lines, dropped


def sampling(model, exact, case, pixels, texts, tokenizer):
    """Distributions of the first new token after transformers' own processors, for the first picture."""
    out = []
    for text in (None, texts[0]):
        ids = None if text is None else tokenizer(text)["input_ids"]
        prompt = [DECODER_START] if ids is None else [DECODER_START, *ids[1:-1]]
        for options in case.sampling:
            more = options | dict(do_sample=True, max_new_tokens=3)
            found = [
                generate(each, pixels[0][0], more, **given(ids, case.pictures[0]))[2][0][0].softmax(-1)
                for each in (model, exact)
            ]
            assert torch.equal(found[0] > 0, found[1] > 0), options
            probabilities = [float(f"{value:.9g}") for value in found[0].tolist()]
            out.append(dict(picture=0, prompt=text, prompt_ids=prompt, options=options, probabilities=probabilities))
    return out


def write(name, case):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()) + case.seed)
    write_checkpoint(folder, case, generator)

    # From here on only what the folder says counts: transformers reads it back as a user's checkpoint.
    model, notes = case.kind.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not notes["missing_keys"] and not notes["mismatched_keys"], notes
    model.eval()
    exact = copy.deepcopy(model).double()
    tokenizer = BertTokenizer.from_pretrained(folder)
    own = (case.vision["image_size"],) * 2
    pixels = [draw_pictures(group.count, *(group.size or own), generator) for group in case.pictures]
    texts = [tokenizer(text)["input_ids"] for text in case.texts]
    forced = None
    if hasattr(model, "text_decoder"):
        forced = [DECODER_START, *torch.randint(5, DECODER_START, (9,), generator=generator).tolist()]
    out = run(model, case, pixels, texts, forced)
    precise = run(exact, case, pixels, texts, forced)
    noise = max(relative(out[key], precise[key]) for key in out)
    apart = {key: spread(out[key].flatten(1)) for key in out if key.endswith(("image_embeds", "features"))}
    assert min(value for value in apart.values() if value is not None) > 0.02, (name, apart)
    for group, values in zip(case.pictures, pixels, strict=True):
        out[f"{group.prefix}.pixel_values"] = values.permute(0, 2, 3, 1)
    # Clones: an entry and the last layer's may share their memory, which safetensors refuses.
    found = {key: value.clone(memory_format=torch.contiguous_format) for key, value in out.items()}
    save_file(found, folder / "expected.safetensors")
    record = header(name, case, generator, pixels) | {
        "texts": [dict(text=text, ids=ids) for text, ids in zip(case.texts, texts, strict=True)],
        "decoder_ids": forced,
        "rounding_of_the_reference": float(f"{noise:.2e}"),
    }
    if case.options:
        lines, dropped = generations(with_others(model, generator), case, pixels, case.texts, tokenizer)
        record |= statistics(lines, SEPARATOR) | dict(dropped_for_near_ties=dropped)
        write_lines(folder / "generations.jsonl", lines)
    if case.sampling:
        found = sampling(model, exact, case, pixels, case.texts, tokenizer)
        (folder / "sampling.json").write_text("[\n" + ",\n".join(map(dense, found)) + "\n]\n")
    write_json(folder / "case.json", record)
    size = folder_size(folder)
    pictures = apart["vision.image_embeds"]
    print(f"{name}: {size / 1024:.0f} KiB, f32 against f64 {noise:.1e}, pictures apart {pictures:.3f}", flush=True)
    if case.options:
        print(f"  {statistics(lines, SEPARATOR)}, dropped {dropped}", flush=True)
    return size


if __name__ == "__main__":
    main(__doc__, CASES, write)

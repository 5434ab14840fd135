"""Build small random Florence-2 checkpoints with transformers' own classes, run them in f32, write what tests replay.

    python oracle/florence_cases.py [CASE ...]          default: all of them

Each case becomes a folder under models/src/test/resources/dev/fovea/models/florence/cases/: the checkpoint as people
would have it, `expected.safetensors` (inputs, intermediate states, outputs), `case.json` (what the case is for, its
pictures and tasks), and `generations.jsonl`. oracle/README.md lists the entries. Cases in Microsoft's layout take the
weights of another case, which must have been written.
"""

import copy
import json
import shutil
import zlib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import Florence2Config, Florence2ForConditionalGeneration, Florence2Processor

import florence_original
import florence_tokenizer
import florence_weights
from clip_cases import Watch, draw_pictures, relative, spread
from florence_specs import BASE, CASES, END, HUB, IMAGE, PAD, READING, TASKS, VOCABULARY
from generation_cases import (
    folder_size,
    header,
    main,
    sequences,
    stable,
    statistics,
    with_others,
    write_json,
    write_lines,
)

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/florence/cases"
SEEN = [TASKS[i] for i in (5, 8, 10, 15)]  # the tasks whose inner states are written
READING_FILE = dict(num_additional_image_tokens=0, post_processor_config=READING, processor_class="Florence2Processor")
SIZES = [(640, 480), (333, 500), (1000, 1000)]  # widths and heights that results are scaled to


def shifts(case):
    """What is added to logits: words and locations alike, the end now and then, hardly any bytes that are no letter."""
    found = florence_weights.shifts(BASE, VOCABULARY, case.end, -0.5)
    found[4 + 94 : 4 + 256] = -3  # after what is special come 94 of ASCII
    return found


def preprocessor(size, image_tokens):
    height, width = size
    return dict(
        crop_size=dict(height=height, width=width),
        do_center_crop=False,
        do_convert_rgb=None,
        do_normalize=True,
        do_rescale=True,
        do_resize=True,
        image_mean=[0.485, 0.456, 0.406],
        image_processor_type="CLIPImageProcessor",
        image_seq_length=image_tokens,
        image_std=[0.229, 0.224, 0.225],
        processor_class="Florence2Processor",
        resample=3,
        rescale_factor=1 / 255,
        size=dict(height=height, width=width),
    )


def maps(height, width):
    """Height and width of the map that each stage makes of a picture, by the strides 4, 2, 2, 2."""
    sizes = []
    for kernel, stride, padding in ((7, 4, 3), (3, 2, 1), (3, 2, 1), (3, 2, 1)):
        height, width = ((side + 2 * padding - kernel) // stride + 1 for side in (height, width))
        sizes.append([height, width])
    return sizes


def image_tokens(height, width):
    last = maps(height, width)[-1]
    return 1 + last[0] * last[1]


def write_native(folder, case, generator):
    config = Florence2Config(
        vision_config=case.vision | dict(projection_dim=case.text["d_model"]),
        text_config=case.text,
        image_token_id=IMAGE,
        **case.more,
    )
    model = florence_weights.draw(Florence2ForConditionalGeneration(config).eval(), shifts(case), case.size, generator)
    model.to(case.dtype).save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    weights[florence_original.native_table(case.stored)] = weights.pop(florence_original.native_table("shared"))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    florence_tokenizer.write_native(folder, case.text["max_position_embeddings"])
    image = preprocessor(case.size, image_tokens(*case.size))
    if case.generation is not None:
        write_json(folder / "generation_config.json", case.generation)
        write_json(folder / "preprocessor_config.json", image)
        write_json(folder / "processor_config.json", READING_FILE)
    else:
        (folder / "generation_config.json").unlink()
        config = json.loads((folder / "config.json").read_text())
        config["text_config"] |= HUB  # which save_pretrained leaves out
        write_json(folder / "config.json", config)
        del image["processor_class"]
        write_json(folder / "processor_config.json", dict(image_processor=image) | READING_FILE)


def write_original(folder, case, generator):
    """Microsoft's layout of the twin's weights; returns the bias of its logits."""
    weights = load_file(OUT / case.twin / "model.safetensors")
    bias = case.final_logits_bias * torch.randn(IMAGE, generator=generator).to(case.dtype)
    weights = florence_original.weights(weights, case.stored, bias)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = Florence2Config.from_pretrained(OUT / case.twin)
    config = florence_original.config(config, IMAGE, str(case.dtype).split(".")[1], HUB | case.text_more)
    write_json(folder / "config.json", config)
    write_json(folder / "generation_config.json", florence_original.GENERATION)
    write_json(folder / "preprocessor_config.json", preprocessor(case.size, image_tokens(*case.size)))
    florence_tokenizer.write_base(folder, case.text["max_position_embeddings"])
    return bias.float()


def load(folder):
    model, notes = Florence2ForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not notes["missing_keys"] and not notes["unexpected_keys"] and not notes["mismatched_keys"], notes
    return model.eval()


def encoder_input(ids, count, image=IMAGE):
    """What transformers is given for one text: the token `image` for each row of the picture, then the text."""
    ids = torch.tensor([[image] * count + ids])
    return dict(input_ids=ids, attention_mask=torch.ones_like(ids))


def rows(value):
    """Maps [images, channels, height, width] and sequences as rows: places end to end, channels last."""
    return (value.permute(0, 2, 3, 1) if value.dim() == 4 else value).flatten(0, -2)


def run_pictures(model, prefix, pixels, inside):
    """The picture's stages and the projector; of the first picture the inside of every block, if asked for."""
    watch, tower = Watch(), model.model.vision_tower
    for stage, (conv, blocks) in enumerate(zip(tower.convs, tower.blocks, strict=True)):
        watch.on(f"{prefix}.conv.{stage}", conv)
        watch.on(f"{prefix}.stage.{stage}", blocks[-1])
        for i, block in enumerate(blocks if inside else ()):
            for kind, attention in (("spatial", "window_attn"), ("channel", "channel_attn")):
                part = getattr(block, f"{kind}_block")
                watch.on(f"{prefix}.block.{stage}.{i}.{kind}", part)
                watch.on(f"{prefix}.block.{stage}.{i}.{kind}.{attention}", getattr(part, attention))
                watch.on(f"{prefix}.block.{stage}.{i}.{kind}.ffn", part.ffn)
    found = model.model.get_image_features(pixels)
    watch.stop()
    out = {name: value for name, value in watch.seen.items() if not name.endswith("probabilities")}
    out = {name: rows(value[:1] if ".block." in name else value) for name, value in out.items()}
    return out | {f"{prefix}.image_features": found.pooler_output}


def run_text(model, prefix, pixels, k, ids, forced, count):
    """Text k with each picture; of the first picture the inside, and the decoder's under teacher forcing, if k is 0."""
    watch, part, language = Watch(), f"{prefix}.text.{k}", model.model.language_model
    stacks = {part: language.encoder} | ({f"{prefix}.decoder": language.decoder} if k == 0 else {})
    for name, stack in stacks.items():
        watch.on(f"{name}.embeddings", stack.layernorm_embedding)
        for i, layer in enumerate(stack.layers):
            watch.on(f"{name}.layer.{i}", layer)
    given = {name: value.repeat(len(pixels), 1) for name, value in encoder_input(ids, count).items()}
    decoder = torch.tensor([forced if k == 0 else forced[:1]]).repeat(len(pixels), 1)
    found = model(pixel_values=pixels, decoder_input_ids=decoder, **given)
    watch.stop()
    out = {name: value[0] for name, value in watch.seen.items() if not name.endswith("probabilities")}
    out[f"{part}.last_hidden_state"] = found.encoder_last_hidden_state
    out[f"{part}.first_logits"] = found.logits[:, 0]
    return out | ({f"{prefix}.decoder.logits": found.logits} if k == 0 else {})


def run(model, case, pixels, texts, forced):
    out, dtype = {}, next(model.parameters()).dtype
    for group, values in zip(case.pictures, pixels, strict=True):
        values, prefix = values.to(dtype), group.prefix
        out |= run_pictures(model, prefix, values, case.inside and group.size is None)
        count = out[f"{prefix}.image_features"].shape[1]
        for k, ids in enumerate(texts):
            out |= run_text(model, prefix, values, k, ids, forced, count)
    return out


def prompt_of(processor, task, words):
    (prompt,) = processor._construct_prompts(task + words)
    return prompt


def generations(models, case, pixels, processor):
    """All lines of generations.jsonl, and how many more hung on rounding."""
    lines, dropped, tokenizer = [], 0, processor.tokenizer
    for group, values in zip(case.pictures, pixels, strict=True):
        count = image_tokens(*values.shape[2:])
        for picture, pixel in enumerate(values):
            for task, words in TASKS:
                prompt = prompt_of(processor, task, words)
                ids = tokenizer(prompt)["input_ids"]
                names = case.options if group.size is None and (task, words) in case.tasks else list(case.options)[:1]
                for name in names:
                    options = case.options[name]
                    found = stable(models, options, pixel, **encoder_input(ids, count))
                    if found is None:
                        dropped += 1
                        continue
                    line = dict(id=f"{name}/{group.prefix}.{picture}/{task}", group=group.prefix, picture=picture)
                    line |= dict(task=task, input=words, prompt=prompt, ids=ids, options=options)
                    line |= sequences(*found, [END], END)
                    # A text is decoded and read with what ends it, as the processor of transformers wants it.
                    text = tokenizer.decode(line["sequences"][0], skip_special_tokens=False)
                    size = SIZES[(picture + len(group.prefix)) % len(SIZES)]
                    result = processor.post_process_generation(text=text, task=task, image_size=size)[task]
                    lines.append(line | dict(text=text, image_size=size, result=result))
    return lines, dropped


def check_batch(model, case, pixels, lines):
    """Prompts of different lengths in one batch, padded and masked, are answered as they are one by one."""
    alone = {line["task"]: line for line in lines if line["group"] == "image" and line["picture"] == 0}
    alone = [line for line in alone.values() if not line["options"]]
    inputs = [[IMAGE] * image_tokens(*case.size) + line["ids"] for line in alone]
    longest = max(map(len, inputs))
    ids = torch.tensor([row + [PAD] * (longest - len(row)) for row in inputs])
    found = model.generate(
        input_ids=ids, attention_mask=(ids != PAD).long(), pixel_values=pixels[0][:1].repeat(len(ids), 1, 1, 1)
    )
    for row, line in zip(found.tolist(), alone, strict=True):
        assert row[: len(line["sequences"][0])] == line["sequences"][0], line["id"]


def write(name, case):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()) + case.seed)
    # Once a native folder is written only what it says counts: transformers reads it back as a user's checkpoint.
    if case.twin is None:
        write_native(folder, case, generator)
        model = load(folder)
    else:
        bias = write_original(folder, case, generator)
        model = florence_original.answering(load(OUT / case.twin), bias)
    processor = Florence2Processor.from_pretrained(OUT / (case.twin or name))
    exact = copy.deepcopy(model).double()
    pixels = [draw_pictures(group.count, *(group.size or case.size), generator) for group in case.pictures]
    prompts = [prompt_of(processor, *task) for task in SEEN]
    texts = [processor.tokenizer(prompt)["input_ids"] for prompt in prompts]
    forced = [END, 0, *torch.randint(4, IMAGE, (6,), generator=generator).tolist()]
    out = run(model, case, pixels, texts, forced)
    precise = run(exact, case, pixels, texts, forced)
    noise = max(relative(out[key], precise[key]) for key in out)
    apart = spread(out["image.image_features"].flatten(1))
    # What is common to all logits, the shifts above all, says nothing about pictures and texts.
    logits = torch.cat([out[f"image.text.{k}.first_logits"] for k in range(len(texts))])
    logits -= logits.mean(0)
    print(f"{name}: f32 against f64 {noise:.1e}, pictures apart {apart and round(apart, 3)}, logits apart {spread(logits):.3f}")
    assert min(apart or 1, spread(logits)) > 0.02, name
    for group, values in zip(case.pictures, pixels, strict=True):
        out[f"{group.prefix}.pixel_values"] = values.permute(0, 2, 3, 1)
    # Clones: two entries may share their memory, which safetensors refuses.
    found = {key: value.clone(memory_format=torch.contiguous_format) for key, value in out.items()}
    save_file(found, folder / "expected.safetensors")
    record = header(name, case, generator, pixels)
    for group in record["pictures"]:
        group["maps"] = maps(group["height"], group["width"])
    record["texts"] = [
        dict(task=task, input=words, prompt=prompt, ids=ids)
        for (task, words), prompt, ids in zip(SEEN, prompts, texts, strict=True)
    ]
    record |= dict(decoder_ids=forced, rounding_of_the_reference=float(f"{noise:.2e}"))
    lines, dropped = generations(with_others(model, generator), case, pixels, processor)
    check_batch(model, case, pixels, lines)
    record |= statistics(lines, END) | dict(dropped_for_near_ties=dropped)
    write_lines(folder / "generations.jsonl", lines)
    write_json(folder / "case.json", record)
    print(f"  {folder_size(folder) / 1024:.0f} KiB, {statistics(lines, END)}, dropped {dropped}", flush=True)
    return folder_size(folder)


if __name__ == "__main__":
    main(__doc__, CASES, write)

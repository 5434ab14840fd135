"""Put random LoRA adapters of PEFT on small checkpoints of other cases, and write what transformers answers with them.

    python oracle/adapter_cases.py [CASE ...]       needs peft 0.21.2; default: all
    python oracle/adapter_cases.py --written        has PEFT load what Fovea wrote, and compares the answers

Each case becomes a folder under models/src/test/resources/dev/fovea/models/adapter/: the adapter as PEFT's save_pretrained
writes it, and `answers.json` with the checkpoint's case and what came out. Both matrices of every pair are drawn, so that
an adapter without effect, or a pair that is left out, is seen. `--written` takes the files that AdaptersTest has left in
models/target/adapters: the same pairs, written by Fovea.
"""

import json
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import BlipForConditionalGeneration, CLIPModel, Florence2ForConditionalGeneration

from generation_cases import write_json

RESOURCES = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models"


@dataclass
class Case:
    kind: type
    base: str
    what: str
    lora: dict


OPTIONS = dict(num_beams=3, max_new_tokens=8, length_penalty=1.0, early_stopping=False, no_repeat_ngram_size=0)
ATTENTION = ["q_proj", "k_proj", "v_proj", "out_proj"]
CASES = {
    "clip": Case(
        CLIPModel,
        "clip/cases/config-dicts",
        "both towers, attention and MLP, one rank, one alpha",
        dict(r=4, lora_alpha=8, target_modules=[*ATTENTION, "fc1", "fc2"]),
    ),
    "clip-everything": Case(
        CLIPModel,
        "clip/cases/config-dicts",
        "patterns of ranks and alphas, rsLoRA, a convolution, tables, projections, biases, a whole module",
        dict(
            r=3,
            lora_alpha=5,
            use_rslora=True,
            bias="lora_only",
            target_modules=["q_proj", "fc1", "patch_embedding", "token_embedding", "position_embedding", "text_projection"],
            modules_to_save=["visual_projection"],
            rank_pattern={"fc1": 2, r"text_model\.encoder\.layers\.0\.self_attn\.q_proj": 5},
            alpha_pattern={"vision_model.encoder.layers.0.mlp.fc1": 7, "text_model.encoder.layers.0.self_attn.q_proj": 1.5},
        ),
    ),
    "blip": Case(
        BlipForConditionalGeneration,
        "blip/cases/caption-base",
        "the fused matrix of the picture's attention, BERT with its cross-attention",
        dict(r=4, lora_alpha=8, target_modules=["qkv", "projection", "query", "value", "dense"]),
    ),
    "florence": Case(
        Florence2ForConditionalGeneration,
        "florence/cases/base",
        "the modules that recipes name, the output layer that shares its table among them",
        dict(r=4, lora_alpha=4, target_modules=["q_proj", "k_proj", "v_proj", "fc2", "lm_head", "qkv", "image_projection"]),
    ),
}


def draw(model, generator, like):
    """Draws all that the adapter trains; products get a tenth of the size of the matrix that they are added to."""
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            scale = like if "lora" in name else 0.05
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.data = parameter.data + scale * noise if "lora" not in name else scale * noise


def pixels_of(folder):
    """The first group of pictures, which the cases keep pixel after pixel."""
    group = json.loads((folder / "case.json").read_text())["pictures"][0]
    expected = load_file(folder / "expected.safetensors")
    rows = next(rows for entry in ("pixels", "pixel_values") if (rows := expected.get(f"{group['prefix']}.{entry}")) is not None)
    return rows.reshape(group["count"], group["height"], group["width"], 3).permute(0, 3, 1, 2)


def clip_answers(model, folder):
    expected = load_file(folder / "expected.safetensors")
    pixels, ids = pixels_of(folder), expected["text.padded_ids"].long()
    found = model(input_ids=ids, pixel_values=pixels, attention_mask=expected["text.attention_mask"])
    return {"image_embeds": found.image_embeds.tolist(), "text_embeds": found.text_embeds.tolist()}


def generations(model, folder, inputs):
    lines = []
    for picture, pixel in enumerate(pixels_of(folder)):
        for ids in inputs:
            found = model.generate(
                pixel_values=pixel[None],
                **({} if ids is None else {"input_ids": torch.tensor([ids])}),
                **OPTIONS,
                return_dict_in_generate=True,
                output_scores=True,
            )
            scores = [found.sequences_scores[0].item()]
            lines.append(dict(picture=picture, ids=ids, options=OPTIONS, sequences=found.sequences[:1].tolist(), scores=scores))
    return {"generations": lines}


def answers(case, model, folder):
    if case.kind is CLIPModel:
        return clip_answers(model, folder)
    if case.kind is BlipForConditionalGeneration:
        return generations(model, folder, [None])
    lines = [json.loads(line) for line in (folder / "generations.jsonl").read_text().splitlines()]
    height, width = json.loads((folder / "case.json").read_text())["pictures"][0]["maps"][-1]
    count = height * width + 1
    token = model.config.image_token_id
    prompts = list({json.dumps(line["ids"]): line["ids"] for line in lines}.values())[:2]
    found = generations(model, folder, [[token] * count + ids for ids in prompts])
    for line in found["generations"]:
        line["ids"] = line["ids"][count:]
    return found


def write(name, case):
    folder = RESOURCES / case.base
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    model = case.kind.from_pretrained(folder, dtype=torch.float32).eval()
    plain = answers(case, model, folder)
    adapted = get_peft_model(model, LoraConfig(**case.lora)).eval()
    draw(adapted, generator, 0.12)
    out = RESOURCES / "adapter" / name
    adapted.save_pretrained(out)
    (out / "README.md").unlink(missing_ok=True)
    config = json.loads((out / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = case.base
    config["target_modules"] = sorted(config["target_modules"])
    write_json(out / "adapter_config.json", config)
    found = answers(case, adapted.base_model.model, folder)
    assert found != plain
    versions = dict(transformers=transformers.__version__, torch=torch.__version__.split("+")[0])
    write_json(out / "answers.json", dict(what=case.what, base=case.base, **versions, **found))
    print(name, sum(file.stat().st_size for file in out.iterdir()) // 1024, "KiB", sorted(load_file(out / "adapter_model.safetensors"))[:3])
    if "generations" in found:
        for line in zip(found["generations"], plain["generations"], strict=True):
            print([g["sequences"][0] for g in line], [round(g["scores"][0], 4) for g in line])


def off(found, expected):
    """The largest difference of numbers of the same place."""
    if isinstance(expected, dict):
        return max(off(found[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        assert len(found) == len(expected)
        return max((off(*both) for both in zip(found, expected)), default=0)
    if isinstance(expected, float):
        return abs(found - expected)
    return 0 if found == expected else float("inf")


def check_written():
    for folder in sorted((RESOURCES.parents[5] / "target/adapters").iterdir()):
        case = CASES[folder.name]
        model = case.kind.from_pretrained(RESOURCES / case.base, dtype=torch.float32).eval()
        adapted = PeftModel.from_pretrained(model, folder).eval()
        expected = json.loads((RESOURCES / "adapter" / folder.name / "answers.json").read_text())
        found = answers(case, adapted.base_model.model, RESOURCES / case.base)
        difference = off(found, {key: expected[key] for key in found})
        print(f"{folder.name}: {difference:.1e}")
        assert difference < 1e-5


def main():
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    if sys.argv[1:] == ["--written"]:
        return check_written()
    for name in sys.argv[1:] or CASES:
        write(name, CASES[name])


if __name__ == "__main__":
    main()

"""Build small random SigLIP checkpoints with transformers' own classes, run them in f32, write what Java tests replay.

    python oracle/siglip_cases.py

Each case becomes a folder under models/src/test/resources/dev/fovea/models/siglip/cases/: the checkpoint as people have
it, `expected.safetensors` (pixels of two sizes, embeddings, logits) and `texts.json` (texts and their padded ids). `spiece` has SigLIP's tokenizer, a SentencePiece unigram model with the character map nmt_nfkc; `gemma` and
`lowercase` have SigLIP 2's, byte-pair encoding with bytes for what is unknown; `vision` is a single tower. Tokenizers are
trained on the pages of docs/.

Needs sentencepiece and protobuf. 60,000 awkward texts were compared for each tokenizer (2026-11-30); seeds other than
the one here give others.
"""

import json
import random
import shutil
from pathlib import Path

import sentencepiece
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, SiglipConfig, SiglipModel, SiglipVisionConfig, SiglipVisionModel

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "models/src/test/resources/dev/fovea/models/siglip/cases"
PAGES = [page.read_text() for page in sorted((ROOT / "docs").glob("*.md"))]
TOKENS = 16
RANGES = [(32, 127), (32, 127), (0xA0, 0x250), (0x250, 0x530), (0x590, 0x700), (0x900, 0xA00), (0xE00, 0xE80),
          (0x1100, 0x1200), (0x1E00, 0x2000), (0x2000, 0x2200), (0x2460, 0x2600), (0x3000, 0x3100), (0x4E00, 0x5000),
          (0xAC00, 0xAD00), (0xF900, 0xFB10), (0xFB50, 0xFE00), (0xFF00, 0xFFF0), (0x1D400, 0x1D800),
          (0x1F300, 0x1F700), (0, 32), (0x7F, 0xA1), (0x300, 0x370), (0x20000, 0x20100)]
PIECES = ["</s>", "<unk>", "<pad>", "<eos>", "<bos>", "▁", " ", "  ", "\n", "\t", "<0x0A>", "<kept>", "İ", "Σ", "ß", "ﬁ",
          "\u200b", "\u3000", "Å", "e\u0301", "...", "1,000"]


def awkward(count):
    dice = random.Random(3)
    words = " ".join(PAGES).split()
    texts = ["", " ", "a photo of a cat", "</s>a", "!</s>b", "日", "x" * 100]
    while len(texts) < count:
        parts = []
        for _ in range(dice.randrange(1, 9)):
            kind = dice.random()
            if kind < 0.5:
                parts.append(dice.choice(words))
            elif kind < 0.65:
                parts.append(dice.choice(PIECES))
            else:
                low, high = dice.choice(RANGES)
                parts.append("".join(chr(dice.randrange(low, high)) for _ in range(dice.randrange(1, 5))))
            if dice.random() < 0.6:
                parts.append(" ")
        text = "".join(parts)
        texts.append(text.upper() if dice.random() < 0.2 else text)
    return texts


def config(folder, **fields):
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": TOKENS, **fields}, indent=1) + "\n")


def sentence_pieces(folder):
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(PAGES).lower())
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / "spiece"), vocab_size=700, model_type="unigram", pad_id=0, eos_id=1,
        unk_id=2, bos_id=-1, character_coverage=0.995, normalization_rule_name="nmt_nfkc", user_defined_symbols=["<kept>"])
    corpus.unlink()
    (folder / "spiece.vocab").unlink()
    special = {"lstrip": True, "normalized": False, "rstrip": True, "single_word": False, "special": True}
    config(folder, tokenizer_class="SiglipTokenizer", do_lower_case=True, eos_token="</s>", pad_token="</s>",
           unk_token="<unk>", added_tokens_decoder={"1": {"content": "</s>", **special}, "2": {"content": "<unk>", **special}})


def byte_pairs(folder, kind):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    pieces = special + [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer.train_from_iterator(
        PAGES, trainers.BpeTrainer(vocab_size=900, special_tokens=pieces, limit_alphabet=100, show_progress=False))
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    written = json.loads(tokenizer.to_str())
    # Bytes are ordinary tokens, as in Gemma's file.
    written["added_tokens"] = [token for token in written["added_tokens"] if token["content"] in special]
    (folder / "tokenizer.json").write_text(json.dumps(written, ensure_ascii=False, indent=0) + "\n")
    sides = {"padding_side": "right"} if kind == "GemmaTokenizer" else {}
    config(folder, tokenizer_class=kind, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>",
           mask_token="<mask>", **sides)


def fill(model, generator):
    """Weights under which nothing is near the identity, and logits of some size."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if "logit" in name:
                weight.fill_(2.3 if "scale" in name else -3)
            elif "norm" in name and name.endswith("weight"):
                weight.copy_(1 + 0.3 * noise)
            elif weight.dim() < 2:
                weight.copy_(0.2 * noise)
            else:
                weight.copy_(noise * (1.5 / weight.shape[-1] ** 0.5 if weight.dim() == 2 else 0.3))
    return model.eval()


def write(name, tokenizer, heads=2, hidden=20):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tower = {"hidden_size": hidden, "intermediate_size": 3 * hidden, "num_hidden_layers": 2, "num_attention_heads": heads}
    vision = {**tower, "image_size": 24, "patch_size": 8}
    generator = torch.Generator().manual_seed(5)
    expected = {"pixels": torch.randn(2, 3, 24, 24, generator=generator),
                "larger": torch.randn(1, 3, 32, 32, generator=generator)}
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "do_convert_rgb": None, "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3, "image_processor_type": "SiglipImageProcessor", "resample": 3,
        "size": {"height": 24, "width": 24}}, indent=1) + "\n")
    if tokenizer is None:
        model = fill(SiglipVisionModel(SiglipVisionConfig(**vision)), generator)
        pooled = lambda pixels, **more: model(pixel_values=pixels, **more).pooler_output
    else:
        tokenizer(folder)
        reference = AutoTokenizer.from_pretrained(folder)
        text = {**tower, "vocab_size": len(reference), "max_position_embeddings": TOKENS}
        model = fill(SiglipModel(SiglipConfig(text_config=text, vision_config=vision)), generator)
        pooled = lambda pixels, **more: model.get_image_features(pixel_values=pixels, **more).pooler_output
        texts = awkward(400)
        ids = reference(texts, padding="max_length", max_length=TOKENS, truncation=True).input_ids
        (folder / "texts.json").write_text(json.dumps(
            {"texts": [{"text": text, "ids": row} for text, row in zip(texts, ids)]}) + "\n")
        with torch.no_grad():
            answer = model(input_ids=torch.tensor(ids[:40]), pixel_values=expected["pixels"])
        expected |= {"text_embeds": answer.text_embeds, "logits_per_image": answer.logits_per_image}
    model.save_pretrained(folder)
    unit = torch.nn.functional.normalize
    with torch.no_grad():
        expected["image_embeds"] = unit(pooled(expected["pixels"]), dim=-1)
        expected["larger_embeds"] = unit(pooled(expected["larger"], interpolate_pos_encoding=True), dim=-1)
    for pixels in ("pixels", "larger"):  # as Java has them
        expected[pixels] = expected[pixels].permute(0, 2, 3, 1)
    save_file({key: value.contiguous() for key, value in expected.items()}, folder / "expected.safetensors")


if __name__ == "__main__":
    write("spiece", sentence_pieces)
    write("gemma", lambda folder: byte_pairs(folder, "GemmaTokenizer"), heads=4)
    write("lowercase", lambda folder: byte_pairs(folder, "Siglip2Tokenizer"))
    write("vision", None)

"""Build small random CLIPs for many languages with transformers' own classes, run them in f32, write what Java tests replay.

    python oracle/multilingual_cases.py [CHECK]

Each case becomes a folder under models/src/test/resources/dev/fovea/models/clip/multilingual-cases/: the checkpoint as people
have it, `expected.safetensors` (pixels, embeddings, logits) and `texts.json` (texts and their ids). `metaclip` and `alt` have
XLM-RoBERTa's tokenizer, a unigram model in tokenizer.json with the character map nmt_nfkc; `chinese` has BERT's. Tokenizers
are trained on the pages of docs/ and some lines of other scripts. CHECK is a number of awkward texts to write instead, without
a case, into .build/multilingual-texts-NAME.json (2026-11-30: 100,000 each compared, all alike).
"""

import json
import shutil
import sys
from pathlib import Path

import sentencepiece
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import (
    AltCLIPConfig,
    AltCLIPModel,
    AutoTokenizer,
    ChineseCLIPConfig,
    ChineseCLIPModel,
    MetaClip2Config,
    MetaClip2Model,
    XLMRobertaTokenizer,
)

from siglip_cases import PAGES, ROOT, awkward, fill

OUT = ROOT / "models/src/test/resources/dev/fovea/models/clip/multilingual-cases"
TOKENS = 16
LINES = ["ein Foto von einer Katze auf einem Sofa", "une photo d'un chien à la plage", "фотография кошки на диване", "一张猫的照片，在沙发上",
         "犬の写真、海辺で", "소파 위의 고양이 사진", "صورة قطة على الأريكة", "सोफे पर बिल्ली की तस्वीर", "ภาพถ่ายของแมวบนโซฟา"]
TEXT = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3}
VISION = {"hidden_size": 20, "intermediate_size": 60, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 24, "patch_size": 8}


def roberta(folder):
    """XLM-RoBERTa's pieces: those of SentencePiece behind four of fairseq's, and a mask."""
    corpus, prefix = folder / "corpus.txt", folder / "pieces"
    corpus.write_text("\n".join(PAGES + 30 * LINES))
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(prefix), vocab_size=800, model_type="unigram", character_coverage=0.999,
        normalization_rule_name="nmt_nfkc")
    processor = sentencepiece.SentencePieceProcessor(model_file=f"{prefix}.model")
    pieces = [(processor.id_to_piece(i), processor.get_score(i)) for i in range(3, processor.get_piece_size())]
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces, ("<mask>", 0.0)]
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto.FromString(Path(f"{prefix}.model").read_bytes())
    tokenizer = XLMRobertaTokenizer(vocab=vocabulary, _spm_precompiled_charsmap=model.normalizer_spec.precompiled_charsmap)
    tokenizer.save_pretrained(folder)
    for file in (corpus, Path(f"{prefix}.model"), Path(f"{prefix}.vocab")):
        file.unlink()


def bert(folder):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=800, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(PAGES + 30 * LINES, trainer)
    words = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    (folder / "vocab.txt").write_text("".join(word + "\n" for word, _ in words))
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}\n')


def metaclip(size):
    text = {**TEXT, "vocab_size": size, "max_position_embeddings": TOKENS, "eos_token_id": 2, "bos_token_id": 0, "pad_token_id": 1}
    return MetaClip2Model(MetaClip2Config(text_config=text, vision_config=VISION, projection_dim=12))


def alt(size):
    text = {**TEXT, "vocab_size": size, "max_position_embeddings": TOKENS + 2, "project_dim": 18}
    return AltCLIPModel(AltCLIPConfig(text_config=text, vision_config=VISION, projection_dim=12))


def chinese(size):
    text = {**TEXT, "vocab_size": size, "max_position_embeddings": TOKENS, "layer_norm_eps": 1e-12}
    return ChineseCLIPModel(ChineseCLIPConfig(text_config=text, vision_config=VISION, projection_dim=12))


CASES = {"metaclip": (roberta, metaclip, "CLIP"), "alt": (roberta, alt, "CLIP"), "chinese": (bert, chinese, "ChineseCLIP")}


def texts_of(count):
    found = LINES + awkward(count)
    return [text.replace("</s>", "</s> ") for text in found]


def write(name, tokenizer, build, processor):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer(folder)
    reference = AutoTokenizer.from_pretrained(folder)
    generator = torch.Generator().manual_seed(5)
    model = fill(build(len(reference)), generator)
    texts = texts_of(300)
    ids = reference(texts, max_length=TOKENS, truncation=True).input_ids
    (folder / "texts.json").write_text(json.dumps({"texts": [{"text": t, "ids": row} for t, row in zip(texts, ids, strict=True)]}) + "\n")
    pixels = torch.randn(2, 3, 24, 24, generator=generator)
    with torch.no_grad():
        rows = [model.get_text_features(input_ids=torch.tensor([row])).pooler_output[0] for row in ids[:40]]
        images = torch.nn.functional.normalize(model.get_image_features(pixel_values=pixels).pooler_output, dim=-1)
        embeds = torch.nn.functional.normalize(torch.stack(rows), dim=-1)
        logits = model.logit_scale.exp() * images @ embeds.T
    expected = {"pixels": pixels.permute(0, 2, 3, 1), "image_embeds": images, "text_embeds": embeds, "logits_per_image": logits}
    model.save_pretrained(folder)
    save_file({key: value.contiguous() for key, value in expected.items()}, folder / "expected.safetensors")
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "image_processor_type": f"{processor}ImageProcessor", "size": {"height": 24, "width": 24}, "do_center_crop": False}) + "\n")
    print(name, len(reference), sum(file.stat().st_size for file in folder.iterdir()) // 1024, "KiB")


def check(name, count):
    reference = AutoTokenizer.from_pretrained(OUT / name)
    texts = texts_of(count)
    ids = reference(texts).input_ids
    file = ROOT / f".build/multilingual-texts-{name}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"texts": [{"text": t, "ids": row} for t, row in zip(texts, ids, strict=True)]}) + "\n")


if __name__ == "__main__":
    for name, case in CASES.items():
        check(name, int(sys.argv[1])) if sys.argv[1:] else write(name, *case)

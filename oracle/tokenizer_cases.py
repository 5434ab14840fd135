"""Awkward texts and the ids that transformers gives them, for the tokenizer tests to replay.

    python oracle/tokenizer_cases.py CLIP_FOLDER [BERT_FOLDER]

CLIP_FOLDER holds vocab.json and merges.txt of OpenAI's CLIP (MIT), BERT_FOLDER vocab.txt of bert-base-uncased
(Apache-2.0). Written to models/src/test/resources/dev/fovea/models/tokenizer/: clip/merges.txt.gz (the test makes
vocab.json from it), bert/vocab.txt.gz, small byte-level and WordPiece tokenizers trained here, which carry every flag an
added token can have, and for each cases.jsonl.gz (text, ids, decoded text without and with special tokens) and
ids.jsonl.gz (rows of ids drawn at random, the decoded text with special tokens, and of every beginning of the row the
length of its decoded text, as Java counts).

`awkward` alone makes any number of texts: 100,000 of them were compared for each of CLIP, BERT and BART.
"""

import gzip
import json
import random
import sys
import unicodedata
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizer, CLIPTokenizer, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import bytes_to_unicode

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/tokenizer"

WORDS = """a photo of the cat dog house tree running quickly beautiful skateboard television don't can't won't it's
they're we've I'm she'll he'd photograph playing guitar mountains umbrella unbelievable internationalization café naïve
über Straße résumé São Paulo Zürich Ελλάδα Москва 東京 서울 กรุงเทพ القاهرة ירושלים भारत""".split()
EMOJI = ["😊", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇫🇷", "1️⃣", "❤️", "🧑🏿‍🚀", "☺", "👨‍💻"]
SPACES = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000\u200b\ufeff\u180e\x1c\x1f\u2060"
SPECIALS = ["<|endoftext|>", "<|startoftext|>", "<|ENDOFTEXT|>", "<|endoftext|", "<<|endoftext|>>", "[SEP]", "[MASK]",
            "[CLS]", "<s>", "</s>", "<mask>", "<pad>", "<loc_1>", "keep", "upKEEP", "WORD", "WORDS"]
CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "’s", "''", "'", "'street", "don't", "'rex"]
CASING = "ΣσςİıIiẞßÅÅǅǄDžŉΐΰﬁﬀŒÆΆΩΩKÅϴẞᾼᾳᲀᏔꭰẛ" + "".join(map(chr, [0xA7CE, 0xA7D2, 0xA7D4, 0x16EA0, 0x16EB8]))
# Characters that the reference's normalisation tables do not know yet, with marks that would reorder or compose.
NEWER = "".join(map(chr, [0xC3C, 0x7FD, 0x8D0, 0x898, 0x9FE, 0x105D2, 0x11382, 0x113C9, 0x11935, 0x11930, 0x1611E,
                          0x16121, 0x1E08F, 0x1ACC, 0x10F46, 0x61, 0x301, 0x307, 0x334, 0x345]))
BLOCKS = [(0x20, 0x7E)] * 4 + [
    (0xA0, 0x24F), (0x250, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x590, 0x6FF), (0x900, 0xDFF), (0xE00, 0xFFF),
    (0x1000, 0x11FF), (0x1200, 0x17FF), (0x1AB0, 0x1AFF), (0x1DC0, 0x1FFF), (0x2000, 0x218F), (0x2190, 0x2BFF),
    (0x2C00, 0x2FFF), (0x3000, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7A3), (0xE000, 0xFAFF),
    (0xFB00, 0xFFFF), (0x10000, 0x11FFF), (0x12000, 0x1BFFF), (0x1C000, 0x1EFFF), (0x1F000, 0x1FAFF),
    (0x20000, 0x323AF), (0xE0000, 0xE01EF), (0xF0000, 0x10FFFF), (0x7F, 0x9F), (0, 0x1F)]
DECOMPOSABLE = [(0xC0, 0x24F), (0x1E00, 0x1FFF), (0xAC00, 0xD7A3), (0x900, 0xDFF), (0xF40, 0xFBC), (0x2F800, 0x2FA1D)]


def awkward(count, seed):
    """Texts of every script, plane, case and kind of white space; no lone surrogates, which no UTF-8 text can hold."""
    pick = random.Random(seed)

    def character(low, high):
        while True:
            code = pick.randint(low, high)
            if not 0xD800 <= code <= 0xDFFF:
                return chr(code)

    def several(make, most):
        return "".join(make() for _ in range(pick.randint(1, most)))

    def decomposed():
        text = several(lambda: character(*pick.choice(DECOMPOSABLE)), 4)
        return unicodedata.normalize(pick.choice(["NFD", "NFC", "NFKD"]), text)

    def marked():
        return pick.choice("aeiouAEnoсυ") + "".join(chr(pick.randint(0x300, 0x36F)) for _ in range(pick.randint(0, 3)))

    def script():
        block = pick.choice(BLOCKS)
        return several(lambda: character(*block), 8)

    parts = [
        lambda: pick.choice(WORDS), lambda: pick.choice(WORDS), lambda: pick.choice(WORDS).upper(),
        lambda: pick.choice(SPACES) * pick.randint(1, 3), lambda: pick.choice(EMOJI),
        lambda: pick.choice(CONTRACTIONS), lambda: pick.choice(SPECIALS), lambda: str(pick.randint(0, 99999)), script,
        lambda: several(lambda: pick.choice(CASING), 4), lambda: several(marked, 3), decomposed,
        lambda: several(lambda: character(*pick.choice(BLOCKS)), 10),
        lambda: several(lambda: pick.choice("!?.,;:-_()[]{}<>|/\\\"'`~@#$%^&*+=…—–“”„«»"), 5),
        lambda: several(lambda: pick.choice(NEWER), 5),
        lambda: several(lambda: pick.choice("0123456789٠١٢०१२໑௧½²Ⅷ④𝟘𝟗"), 4),
    ]
    texts = []
    for i in range(count):
        if i % 199 == 198:
            texts.append(pick.choice(["a", "é", "İ", "中", "ab", "x1"]) * pick.randint(50, 600))
            continue
        joint = pick.choice(["", "", " ", " ", " ", "  "])
        texts.append(joint.join(pick.choice(parts)() for _ in range(pick.randint(1, 10))))
    return texts


PLAIN = ["", " ", "hello world", "a photo of a cat", "A photo of two DOGS, running!", "it's 9:45 o'clock", "日本語 text"]


def write_cases(folder, tokenizer, texts):
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for text in PLAIN + texts:
        ids = tokenizer(text)["input_ids"]
        lines.append(json.dumps({
            "text": text, "ids": ids, "plain": tokenizer.decode(ids, skip_special_tokens=True),
            "decoded": tokenizer.decode(ids)}, ensure_ascii=True))
    zip_to(folder / "cases.jsonl.gz", "\n".join(lines) + "\n")


def write_ids(folder, tokenizer, seed):
    """Ids that no text has: any token, and characters byte by byte, lone surrogates too, some without their last byte."""
    pick, tokens, alphabet, lines = random.Random(seed), tokenizer.get_vocab(), bytes_to_unicode(), []

    def drawn():
        if pick.random() < 0.4:
            return [pick.randrange(len(tokens))]
        low, high = pick.choice([*BLOCKS, (0xD800, 0xDFFF)])
        spelled = [alphabet[b] for b in chr(pick.randint(low, high)).encode(errors="surrogatepass")]
        return [tokens[c] for c in spelled[: pick.choice([-1, None, None])] if c in tokens]

    for _ in range(200):
        ids = [id for _ in range(pick.randint(1, 20)) for id in drawn()]
        decoded = [tokenizer.decode(ids[:end]) for end in range(1, len(ids) + 1)]
        lengths = [len(text.encode("utf-16-le")) // 2 for text in decoded]
        lines.append(json.dumps({"ids": ids, "decoded": tokenizer.decode(ids), "lengths": lengths}, ensure_ascii=True))
    zip_to(folder / "ids.jsonl.gz", "\n".join(lines) + "\n")


def zip_to(path, text):
    with open(path, "wb") as file:
        file.write(gzip.compress(text.encode(), 9, mtime=0))


def trained(model, trainer, normalizer, splitter):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    tokenizer.train_from_iterator((PLAIN + WORDS) * 3 + awkward(300, 99), trainer)
    return tokenizer


def small_byte_level():
    """As BART's, with added tokens of every flag."""
    tokenizer = trained(
        models.BPE(), trainers.BpeTrainer(
            vocab_size=700, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False),
        None, pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.add_tokens([
        AddedToken("<loc_1>", normalized=False), AddedToken("keep", normalized=True, rstrip=True),
        AddedToken("WORD", single_word=True, normalized=False)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), False, False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def small_word_piece():
    """As BERT's, with a template."""
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = trained(
        models.WordPiece(unk_token="[UNK]"),
        trainers.WordPieceTrainer(vocab_size=600, special_tokens=specials, show_progress=False),
        normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer())
    tokenizer.add_tokens([AddedToken("keep", normalized=True), AddedToken("WORD", single_word=True, normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def main():
    clip = Path(sys.argv[1])
    texts = awkward(500, 7)
    write_cases(OUT / "clip", CLIPTokenizer.from_pretrained(clip), texts)
    write_ids(OUT / "clip", CLIPTokenizer.from_pretrained(clip), 10)
    zip_to(OUT / "clip/merges.txt.gz", (clip / "merges.txt").read_text())
    if len(sys.argv) > 2:
        bert = Path(sys.argv[2])
        write_cases(OUT / "bert", BertTokenizer(vocab=str(bert / "vocab.txt")), awkward(300, 8))
        write_ids(OUT / "bert", BertTokenizer(vocab=str(bert / "vocab.txt")), 11)
        zip_to(OUT / "bert/vocab.txt.gz", (bert / "vocab.txt").read_text())
    for name, tokenizer in (("small-byte-level", small_byte_level()), ("small-word-piece", small_word_piece())):
        write_cases(OUT / name, PreTrainedTokenizerFast(tokenizer_object=tokenizer), awkward(300, 9))
        write_ids(OUT / name, PreTrainedTokenizerFast(tokenizer_object=tokenizer), 12)
        tokenizer.save(str(OUT / name / "tokenizer.json"), pretty=False)


if __name__ == "__main__":
    main()

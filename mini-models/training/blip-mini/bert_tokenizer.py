"""Writes a small vocabulary in BERT's own format: special tokens, single characters, and the words of the given texts."""

import json
import re
import string

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
UNKNOWN = 1
PIECES = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")


def write_tokenizer(texts, folder, context):
    """Returns the ids of all words. The decoder's own two tokens, [DEC] and [ENC], come after them and are not written,
    as in Salesforce's checkpoints."""
    words = sorted({piece for text in texts for piece in PIECES.findall(text.lower()) if piece.isascii()})
    characters = string.digits + string.ascii_lowercase + string.punctuation
    entries = [*SPECIAL, *characters, *("##" + letter for letter in string.digits + string.ascii_lowercase)]
    entries += [word for word in words if word not in set(entries)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(entries) + "\n")
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    settings = {
        "tokenizer_class": "BertTokenizer",
        "model_max_length": context,
        "do_lower_case": True,
        "strip_accents": None,
        "tokenize_chinese_chars": True,
        **special,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    return {word: number for number, word in enumerate(entries)}


def token_ids(ids, text):
    """The ids of a text made of known words, without special tokens; what BertTokenizer gives, and much faster."""
    return [ids.get(piece, UNKNOWN) for piece in PIECES.findall(text)]

"""Folders as checkpoints have them, vocabulary and small files beside it, and the ids that transformers reads with them.

    python oracle/tokenizer_folders.py CLIP_FOLDER

CLIP_FOLDER holds vocab.json and merges.txt of OpenAI's CLIP (MIT). Written to
models/src/test/resources/dev/fovea/models/tokenizer/folders.jsonl.gz, one folder a line: which vocabulary ("clip",
"small-byte-level" or "small-word-piece", as tokenizer_cases.py writes them), how it is laid out ("slow": vocab.json and
merges.txt, or vocab.txt; "json": tokenizer.json), what tokenizer.json has otherwise than there, the small files (both as JSON in texts), and texts with
ids and decoded texts. `random_folder` makes any number of folders; 8,000 of them were compared once.
"""

import json
import random
import sys
import tempfile
from pathlib import Path

from transformers import AutoTokenizer

from tokenizer_cases import OUT, WORDS, awkward, zip_to

NAMES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
# No two that become one when they are cleaned: which of them is found then, the reference leaves to chance.
CONTENTS = ["<new>", "<cat-toy>", "keep", "WORD", "[NEW]", "sks dog", " x", "!", "the", "é", "<mask>", "<|endoftext|>", "</s>", "[SEP]",
            "[unused1]", "<image>", "日本", "'s", "don't", "İ", "a", "cat</w>", "##ing", "ａ", "<loc_1>", "x y", "ﬁ"]
OWN_NAMES = {
    "clip": {"bos_token": "<|startoftext|>"},
    "small-byte-level": {
        "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "unk_token": "<unk>",
        "pad_token": "<pad>", "mask_token": "<mask>"},
    "small-word-piece": {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")},
}
CLASSES = {
    "clip": ["CLIPTokenizer", "CLIPTokenizerFast"],
    "small-byte-level": ["BartTokenizer", "RobertaTokenizerFast"],
    "small-word-piece": ["BertTokenizer", "BertTokenizerFast"],
}
MODEL_TYPES = {"clip": "clip", "small-byte-level": "florence2", "small-word-piece": "blip"}
FLAGS = ["do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space", "split_special_tokens",
         "clean_up_tokenization_spaces"]


def vocabularies(clip):
    """The contents of each vocabulary's tokenizer.json; CLIP has none, and no folder here gives it one."""
    read = {name: json.loads((OUT / name / "tokenizer.json").read_text()) for name in OWN_NAMES if name != "clip"}
    vocabulary = json.loads((clip / "vocab.json").read_text())
    return read | {"clip": {"model": {"vocab": vocabulary}, "merges": (clip / "merges.txt").read_text()}}


def random_folder(pick, vocabularies):
    base = pick.choice(list(OWN_NAMES))
    vocabulary = vocabularies[base]["model"]["vocab"]

    def token(content=None, typed=False):
        value = {"content": content or pick.choice(CONTENTS)}
        for flag in ("single_word", "lstrip", "rstrip", "normalized"):
            if pick.random() < 0.8:
                value[flag] = pick.random() < (0.5 if flag == "normalized" else 0.3)
        if pick.random() < 0.5:
            value["special"] = pick.random() < 0.5
        return value | ({"__type": "AddedToken"} if typed else {})

    def named(name, typed):
        own = OWN_NAMES[base].get(name, "<|endoftext|>")
        content = own if name == "unk_token" or pick.random() < 0.8 else pick.choice(CONTENTS)
        return content if pick.random() < 0.5 else token(content, typed)

    def contents(most):
        return [pick.choice(CONTENTS) for _ in range(pick.randint(0, most))]

    def configuration():
        config = {name: named(name, True) for name in NAMES if pick.random() < 0.35}
        config |= {flag: pick.random() < 0.5 for flag in FLAGS if pick.random() < 0.2}
        if pick.random() < 0.1:
            config["mask_token"] = None
        if pick.random() < 0.15:
            config["image_token"] = pick.choice(["<image>", token(None, True)])
        if pick.random() < 0.2:
            config["additional_special_tokens"] = contents(3) + [token(None, True)]
        if pick.random() < 0.15:
            config["extra_special_tokens"] = pick.choice([contents(2), {"a_token": "<new>", "b": "x y"}])
        if pick.random() < 0.35:
            chosen = contents(5)
            config["added_tokens_decoder"] = {str(vocabulary.get(c, len(vocabulary) + i)): token(c) for i, c in enumerate(chosen)}
        if pick.random() < 0.6:
            config["tokenizer_class"] = pick.choice(CLASSES[base])
        elif layout == "json":
            config["tokenizer_class"] = pick.choice(["PreTrainedTokenizerFast", "TokenizersBackend"])
        return config

    def names_map():
        names = {name: named(name, False) for name in NAMES if pick.random() < 0.4}
        return names | ({"additional_special_tokens": contents(3)} if pick.random() < 0.3 else {})

    layout = "slow" if base == "clip" else pick.choice(["slow", "json"])
    changes, files = {}, {}
    if layout == "json":
        own = [added for added in vocabularies[base]["added_tokens"] if pick.random() < 0.9]
        more = [c for c in contents(3) if all(added["content"] != c for added in own)]
        changes["added_tokens"] = own + [
            {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
            | token(c) | {"id": vocabulary.get(c, len(vocabulary) + 5 + i)} for i, c in enumerate(dict.fromkeys(more))]
        if base == "small-word-piece" and pick.random() < 0.5:
            changes["normalizer"] = {
                "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": pick.random() < 0.5,
                "strip_accents": pick.choice([None, True, False]), "lowercase": pick.random() < 0.5}
    if pick.random() < 0.85:
        files["tokenizer_config.json"] = configuration()
    if pick.random() < 0.4:
        files["special_tokens_map.json"] = names_map()
    if pick.random() < 0.5:
        chosen = pick.sample(CONTENTS, pick.randint(0, 5))
        files["added_tokens.json"] = {c: vocabulary.get(c, len(vocabulary) + 2 * i) for i, c in enumerate(chosen)}
    return {"vocabulary": base, "layout": layout, "changes": changes, "files": files}


def unpack(folder, path, vocabularies):
    base = vocabularies[folder["vocabulary"]]
    vocabulary = base["model"]["vocab"]
    if folder["layout"] == "json":
        (path / "tokenizer.json").write_text(json.dumps(base | folder["changes"]))
    elif folder["vocabulary"] == "small-word-piece":
        (path / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.get)) + "\n")
    else:
        (path / "vocab.json").write_text(json.dumps(vocabulary))
        merges = base.get("merges") or "".join(" ".join(pair) + "\n" for pair in base["model"]["merges"])
        (path / "merges.txt").write_text(merges)
    for name, content in folder["files"].items():
        (path / name).write_text(json.dumps(content))
    (path / "config.json").write_text(json.dumps({"model_type": MODEL_TYPES[folder["vocabulary"]]}))


def texts(pick, known):
    """Some awkward ones, and rows of what was added, as it is and in another case."""
    rows = awkward(4, pick.randrange(10**9)) + ["", "the cat"]
    others = CONTENTS + WORDS + ["the", " ", "  ", "\t", "_", "1", "Ⓐ", "\u200d", ".", " ' ", "do not"]
    for _ in range(8):
        parts = [pick.choice([pick.choice(known), pick.choice(others)]) for _ in range(pick.randint(1, 8))]
        parts = [pick.choice([part, part, part.upper(), part.lower(), part.capitalize()]) for part in parts]
        rows.append(pick.choice(["", " "]).join(parts))
    return rows


def replayed(folder, vocabularies, pick):
    """The folder with what transformers makes of texts, or None where it refuses the folder or one of them."""
    with tempfile.TemporaryDirectory() as path:
        unpack(folder, Path(path), vocabularies)
        try:
            tokenizer = AutoTokenizer.from_pretrained(path)
            cases = []
            for text in texts(pick, list(tokenizer.get_added_vocab())):
                ids = tokenizer(text)["input_ids"]
                plain = tokenizer.decode(ids, skip_special_tokens=True)
                cases.append({"text": text, "ids": ids, "plain": plain, "decoded": tokenizer.decode(ids)})
        except BaseException as refused:  # the tokenizers library panics
            if isinstance(refused, KeyboardInterrupt):
                raise
            return None
    as_text = {key: {name: json.dumps(value) for name, value in folder[key].items()} for key in ("changes", "files")}
    return folder | as_text | {"cases": cases}


def main():
    read = vocabularies(Path(sys.argv[1]))
    pick = random.Random(16)
    folders = []
    while len(folders) < 150:
        made = replayed(random_folder(pick, read), read, pick)
        folders += [made] if made else []
    zip_to(OUT / "folders.jsonl.gz", "".join(json.dumps(folder, ensure_ascii=True) + "\n" for folder in folders))


if __name__ == "__main__":
    main()

"""Trains a small byte-level BPE vocabulary in CLIP's own format: vocab.json and merges.txt.

The order of the ids is CLIP's: 256 byte symbols, the same with the end-of-word mark, one per merge, start, end of text.
"""

import json
import re
from collections import Counter, defaultdict

START, END = "<|startoftext|>", "<|endoftext|>"
WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+")


def byte_symbols():
    """CLIP's (and GPT-2's) printable character for every byte, in the order of CLIP's vocabulary."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + rank) for rank, byte in enumerate(hidden)}


def train_merges(counted_lines, limit):
    """The most frequent neighbouring pairs, merged one after the other, over (line, count) pairs."""
    symbols = byte_symbols()
    counts = Counter()
    for line, count in counted_lines:
        for word in WORDS.findall(line.lower()):
            letters = [symbols[byte] for byte in word.encode()]
            counts[(*letters[:-1], letters[-1] + "</w>")] += count
    words = [(list(word), count) for word, count in counts.items()]
    pairs, where = Counter(), defaultdict(set)
    for number, (word, count) in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += count
            where[pair].add(number)
    merges = []
    while len(merges) < limit and pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < 2:
            break
        merges.append(best)
        for number in list(where[best]):
            word, count = words[number]
            for pair in zip(word, word[1:]):
                pairs[pair] -= count
                where[pair].discard(number)
            joined, position = [], 0
            while position < len(word):
                if tuple(word[position : position + 2]) == best:
                    joined.append("".join(best))
                    position += 2
                else:
                    joined.append(word[position])
                    position += 1
            words[number] = (joined, count)
            for pair in zip(joined, joined[1:]):
                pairs[pair] += count
                where[pair].add(number)
        del pairs[best]
    return merges


def write_tokenizer(counted_lines, folder, limit=3000, context=32):
    """Writes the vocabulary and the tokenizer settings of a CLIP model folder."""
    merges = train_merges(counted_lines, limit)
    symbols = list(byte_symbols().values())
    entries = [*symbols, *(symbol + "</w>" for symbol in symbols), *("".join(pair) for pair in merges), START, END]
    vocabulary = {}
    for entry in entries:
        vocabulary.setdefault(entry, len(vocabulary))
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in merges) + "\n")
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "CLIPTokenizer",
                "model_max_length": context,
                "do_lower_case": True,
                "add_prefix_space": False,
                "errors": "replace",
                **special,
            },
            indent=2,
        )
        + "\n"
    )
    return vocabulary

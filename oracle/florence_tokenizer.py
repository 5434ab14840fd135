"""A small byte-level BPE in the form of the tokenizer.json that Florence-2 took from BART."""

import json

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AddedToken, BartTokenizer

from florence_specs import ADDED, BASE, CORPUS

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
IMAGE_TOKEN = dict(extra_special_tokens=dict(image_token="<image>"), tokenizer_class="BartTokenizer")


def base_tokenizer():
    """The contents of tokenizer.json without the tokens that Florence-2 adds, as in Microsoft's repositories."""
    learned = Tokenizer(models.BPE())
    learned.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=BASE - 1, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    learned.train_from_iterator([CORPUS], trainer)
    model = json.loads(learned.to_str())["model"]
    vocabulary = dict(sorted(model["vocab"].items(), key=lambda entry: entry[1])) | {"<mask>": BASE - 1}
    assert len(vocabulary) == BASE, len(vocabulary)
    spaces = dict(trim_offsets=True, add_prefix_space=False)
    return dict(
        version="1.0",
        truncation=None,
        padding=None,
        added_tokens=[
            dict(id=vocabulary[name], special=True, content=name, single_word=False, lstrip=name == "<mask>")
            | dict(rstrip=False, normalized=True)
            for name in [*SPECIAL, "<mask>"]
        ],
        normalizer=None,
        pre_tokenizer=dict(type="ByteLevel", **spaces),
        post_processor=dict(type="RobertaProcessing", sep=["</s>", 2], cls=["<s>", 0], **spaces),
        decoder=dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True),
        model=dict(
            dropout=None,
            unk_token=None,
            continuing_subword_prefix="",
            end_of_word_suffix="",
            fuse_unk=False,
            vocab=vocabulary,
            merges=[" ".join(pair) for pair in model["merges"]],
        ),
    )


def write_dense(file, value):
    file.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def write_base(folder, positions):
    """The files of Microsoft's repositories: the vocabulary of BART alone."""
    tokenizer = base_tokenizer()
    write_dense(folder / "tokenizer.json", tokenizer)
    write_dense(folder / "vocab.json", tokenizer["model"]["vocab"])
    write_dense(folder / "tokenizer_config.json", dict(model_max_length=positions))


def write_native(folder, positions):
    """The files of the native repositories: everything in tokenizer.json."""
    write_base(folder, positions)
    (folder / "vocab.json").unlink()
    add(folder)


def add(folder):
    """Adds the tokens that Microsoft's processor adds, and <image>, to the files of a folder."""
    tokenizer = BartTokenizer.from_pretrained(folder)
    special = dict(special=True, normalized=False)
    tokenizer.add_tokens([AddedToken(token, **special) for token in [*ADDED, "<image>"]], special_tokens=True)
    tokenizer.save_pretrained(folder)
    for name, more in (("tokenizer.json", {}), ("tokenizer_config.json", IMAGE_TOKEN)):
        write_dense(folder / name, json.loads((folder / name).read_text()) | more)

"""The cases of blip_cases.py: which BLIP each builds, how it is stored, its texts, the options it generates with."""

from dataclasses import dataclass, field

import torch
from transformers import (
    BlipForConditionalGeneration,
    BlipForImageTextRetrieval,
    BlipForQuestionAnswering,
    BlipModel,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = """a an the of in on with and is are what how many picture color circle square red green blue yellow large small
two three dog cat man woman standing left right black white . , ? '""".split()
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
VOCABULARY += list(dict.fromkeys([*LETTERS, *("##" + letter for letter in LETTERS), *WORDS]))
SEPARATOR, DECODER_START = 3, len(VOCABULARY)  # [SEP] ends a caption; [DEC] and [ENC] lie beyond the tokenizer

PROMPTS = ["a picture of", "the red dogs"]
QUESTIONS = ["what color is the circle?", "how many dogs are standing left of the small woman"]
TEXTS = ["a red circle", "two dogs and a cat on the left", "man", "A picture of a woman, standing."]


@dataclass
class Pictures:
    """Pictures of one size, run as one batch; a `size` (height, width) asks for interpolated positions."""

    prefix: str = "vision"
    size: tuple[int, int] | None = None
    count: int = 3


@dataclass
class Case:
    what: str
    kind: type
    vision: dict
    text: dict
    options: dict = field(default_factory=dict)
    texts: list[str] = field(default_factory=lambda: TEXTS)  # of the encoder; captioning has prompts instead
    more: dict = field(default_factory=dict)  # of the outer configuration
    dtype: torch.dtype = torch.float32
    pictures: list[Pictures] = field(default_factory=lambda: [Pictures(), Pictures("vision.48x40", (48, 40), 1)])
    end_bias: float = 0.0  # added to the bias of [SEP]
    seed: int = 0  # added to what the name gives; picked so that generations vary and some end early
    position_buffers: bool = False  # add the int64 position_ids that old versions saved
    sampling: list[dict] = field(default_factory=list)


def vision(hidden, intermediate, **more):
    return dict(
        hidden_size=hidden,
        num_attention_heads=4,
        intermediate_size=intermediate,
        num_hidden_layers=2,
        image_size=32,
        patch_size=8,
        **more,
    )


def text(hidden, intermediate, **more):
    return dict(
        hidden_size=hidden,
        num_attention_heads=4,
        intermediate_size=intermediate,
        num_hidden_layers=2,
        max_position_embeddings=40,
        vocab_size=len(VOCABULARY) + 2,
        bos_token_id=DECODER_START,
        sep_token_id=SEPARATOR,
        **more,
    )


def beams(count, **more):
    return dict(num_beams=count, **more)


# What is passed to generate, by name. A function gets the prompt and what greedy search makes of it, both as ids.
FEW = {
    "greedy": {},
    "beams-3": beams(3),
    "beams-5-length-2.0": beams(5, length_penalty=2.0, max_new_tokens=12),
    "beams-2-ngram-2": beams(2, no_repeat_ngram_size=2, early_stopping=True),
    "penalty-1.3": dict(repetition_penalty=1.3),
    "beams-3-all": beams(3, num_return_sequences=3, max_new_tokens=12),
}

SOME = FEW | {
    "new-1": dict(max_new_tokens=1),
    "new-12": dict(max_new_tokens=12),
    "max-8": dict(max_length=8),
    "min-6": dict(min_length=6),
    "min-12": dict(min_length=12),
    "min-new-5": dict(min_new_tokens=5),
    "ngram-2": dict(no_repeat_ngram_size=2),
    "ngram-3-min-new-16": dict(no_repeat_ngram_size=3, min_new_tokens=16),
    "penalty-2.0": dict(repetition_penalty=2.0),
    "bad-words": lambda prompt, ids: dict(bad_words_ids=[ids[:1], ids[1:3], [SEPARATOR]]),
    "beams-2": beams(2),
    "beams-5": beams(5),
    "beams-3-length-0.0": beams(3, length_penalty=0.0),
    "beams-3-length-0.5": beams(3, length_penalty=0.5),
    "beams-3-length--1.0": beams(3, length_penalty=-1.0),
    "beams-3-early": beams(3, early_stopping=True),
    "beams-3-never": beams(3, early_stopping="never"),
    "beams-2-new-1": beams(2, max_new_tokens=1),
    "beams-3-max-8": beams(3, max_length=8),
    "beams-3-min-6": beams(3, min_length=6, early_stopping=True),
    "beams-3-forced-end": beams(3, forced_eos_token_id=SEPARATOR, max_new_tokens=4),
    "beams-3-ngram-3-min-new-16": beams(3, no_repeat_ngram_size=3, min_new_tokens=16),
    "beams-3-penalty-1.3": beams(3, repetition_penalty=1.3),
    "salesforce": beams(3, max_length=20, min_length=5, repetition_penalty=1.0),
}

ALL = SOME | {
    "new-4": dict(max_new_tokens=4),
    "new-20": dict(max_new_tokens=20),
    "ngram-1": dict(no_repeat_ngram_size=1),
    "ngram-3": dict(no_repeat_ngram_size=3),
    "penalty-0.8": dict(repetition_penalty=0.8, max_new_tokens=12),
    "bad-word": lambda prompt, ids: dict(bad_words_ids=[ids[:1]]),
    "bad-phrase": lambda prompt, ids: dict(bad_words_ids=[ids[1:3], prompt[-1:] + ids[:1], ids[:4]]),
    "forced-end": dict(forced_eos_token_id=SEPARATOR, max_new_tokens=4),
    "forced-start": dict(forced_bos_token_id=VOCABULARY.index("yellow")),
    "penalty-1.3-ngram-2-min-new-5": dict(repetition_penalty=1.3, no_repeat_ngram_size=2, min_new_tokens=5),
    "beams-2-new-4": beams(2, max_new_tokens=4),
    "beams-5-new-20": beams(5, max_new_tokens=20),
    "beams-2-length-2.0": beams(2, length_penalty=2.0),
    "beams-5-length-0.0": beams(5, length_penalty=0.0),
    "beams-5-length-0.5-early": beams(5, length_penalty=0.5, early_stopping=True),
    "beams-5-length--1.0-never": beams(5, length_penalty=-1.0, early_stopping="never"),
    "beams-5-length-1.0-never": beams(5, length_penalty=1.0, early_stopping="never", max_new_tokens=12),
    "beams-3-length-2.0-never": beams(3, length_penalty=2.0, early_stopping="never", max_new_tokens=12),
    "beams-2-length-0.0-never": beams(2, length_penalty=0.0, early_stopping="never"),
    "beams-5-early": beams(5, early_stopping=True),
    "beams-3-length--1.0-early": beams(3, length_penalty=-1.0, early_stopping=True),
    "beams-3-min-new-5": beams(3, min_new_tokens=5),
    "beams-5-min-12-early": beams(5, min_length=12, early_stopping=True),
    "beams-2-early": beams(2, early_stopping=True),
    "beams-3-length-0.0-early": beams(3, length_penalty=0.0, early_stopping=True),
    "beams-3-length-2.0-early": beams(3, length_penalty=2.0, early_stopping=True),
    "beams-5-never": beams(5, early_stopping="never"),
    "beams-5-ngram-3": beams(5, no_repeat_ngram_size=3, early_stopping="never"),
    "beams-3-penalty-2.0": beams(3, repetition_penalty=2.0),
    "beams-3-penalty-0.8": beams(3, repetition_penalty=0.8, max_new_tokens=12),
    "beams-3-bad-words": lambda prompt, ids: beams(3, bad_words_ids=[ids[:1], ids[1:3], [SEPARATOR]]),
    "beams-2-bad-phrase": lambda prompt, ids: beams(2, bad_words_ids=[prompt[-1:] + ids[:1], ids[1:3], ids[1:4]]),
    "beams-3-forced-start": beams(3, forced_bos_token_id=VOCABULARY.index("yellow")),
    "beams-2-forced-start-end": beams(
        2, forced_bos_token_id=VOCABULARY.index("two"), forced_eos_token_id=SEPARATOR, max_length=8
    ),
    "beams-2-all": beams(2, num_return_sequences=2),
    "beams-5-all-early": beams(5, num_return_sequences=5, early_stopping=True, max_new_tokens=12),
    "beams-5-all-length-0.0": beams(5, num_return_sequences=5, length_penalty=0.0, max_new_tokens=12),
    "beams-5-some-length--1.0": beams(5, num_return_sequences=3, length_penalty=-1.0, max_new_tokens=12),
    "beams-3-all-ngram-2-penalty-1.3-min-6": beams(
        3, num_return_sequences=3, no_repeat_ngram_size=2, repetition_penalty=1.3, min_length=6, max_new_tokens=12
    ),
    "beams-3-all-forced-end": beams(3, num_return_sequences=3, forced_eos_token_id=SEPARATOR, max_new_tokens=4),
}

SAMPLING = [
    dict(top_k=0),
    dict(),  # the default, top_k 50
    dict(temperature=0.7, top_k=0),
    dict(temperature=1.5, top_k=0),
    dict(top_k=5),
    dict(top_p=0.8, top_k=0),
    dict(min_p=0.1, top_k=0),
    dict(typical_p=0.7, top_k=0),
    dict(temperature=0.7, top_k=5),
    dict(temperature=1.5, top_k=20, top_p=0.8),
    dict(temperature=1.5, top_p=0.9, min_p=0.05, top_k=0),
    dict(temperature=1.5, top_k=30, top_p=0.95, min_p=0.02, typical_p=0.8),
    dict(repetition_penalty=1.3, top_k=0),
    dict(repetition_penalty=1.3, temperature=0.7, top_k=12, top_p=0.9),
    dict(repetition_penalty=1.3, temperature=1.5, typical_p=0.7, top_k=0),
    dict(no_repeat_ngram_size=1, min_new_tokens=2, top_p=0.8, top_k=0),
]

CASES = {
    "caption-base": Case(
        "captioning; the tied head and its bias are missing in the file, as save_pretrained leaves them out",
        BlipForConditionalGeneration,
        vision(32, 64),
        text(40, 80),
        ALL,
        texts=PROMPTS,
        pictures=[Pictures(), Pictures("vision.48x40", (48, 40), 1), Pictures("vision.64x16", (64, 16), 1)],
        end_bias=3.5,
        seed=17,
        sampling=SAMPLING,
    ),
    "caption-untied": Case(
        "captioning with tie_word_embeddings false and a head of its own; position_ids buffers in the file; "
        "vision wider than text, with quick_gelu and epsilon 1e-6",
        BlipForConditionalGeneration,
        vision(48, 64, hidden_act="quick_gelu", layer_norm_eps=1e-6),
        text(32, 64, tie_word_embeddings=False),
        SOME,
        texts=PROMPTS,
        more=dict(tie_word_embeddings=False),
        end_bias=2.5,
        seed=15,
        position_buffers=True,
    ),
    "caption-bfloat16": Case(
        "captioning, weights stored as bfloat16 and widened to f32 to compute",
        BlipForConditionalGeneration,
        vision(32, 64),
        text(40, 80),
        FEW,
        texts=PROMPTS,
        dtype=torch.bfloat16,
        end_bias=3.0,
        seed=9,
    ),
    "vqa-base": Case(
        "question answering",
        BlipForQuestionAnswering,
        vision(32, 64),
        text(32, 64),
        SOME,
        texts=QUESTIONS,
        end_bias=3.5,
        seed=8,
    ),
    "itm-base": Case(
        "image-text matching and contrastive scores",
        BlipForImageTextRetrieval,
        vision(40, 64),
        text(32, 64),
        more=dict(image_text_hidden_size=24),
    ),
    "dual-encoder": Case(
        "BlipModel: pooled and projected features of pictures and texts",
        BlipModel,
        vision(32, 64),
        text(32, 64),
        more=dict(projection_dim=20),
    ),
}

"""The cases of florence_cases.py: which Florence-2 each builds, how it is stored, its tasks, what it generates with."""

from dataclasses import dataclass, field

import torch
from transformers import Florence2ForConditionalGeneration

import blip_specs
from blip_specs import Pictures, beams

BOS, PAD, END, UNKNOWN = range(4)  # END also starts the decoder
BASE = 400  # tokens of the small vocabulary, <mask> last; the real one has 50265
LOCATIONS = 1000
ADDED = ["<od>", "</od>", "<ocr>", "</ocr>", *(f"<loc_{i}>" for i in range(LOCATIONS))]
ADDED += "<cap> </cap> <ncap> </ncap> <dcap> </dcap> <grounding> </grounding> <seg> </seg> <sep>".split()
ADDED += "<region_cap> </region_cap> <region_to_desciption> </region_to_desciption>".split()  # as it is spelt
ADDED += "<proposal> </proposal> <poly> </poly> <and>".split()
IMAGE = BASE + len(ADDED)  # the token that stands for pictures, in the native layout only
VOCABULARY = 64 * (IMAGE // 64 + 1)  # rows of the native layout, of which the last are no tokens

# What the small vocabulary is learned from: the words of the prompts, and some to write with.
CORPUS = """
What does the image describe? Describe in detail what is shown in the image. Describe with a paragraph what is shown.
What is the text in the image, with regions? Locate the objects with category name in the image. Locate the objects, with
their descriptions. Locate the region proposals in the image. Locate the phrases in the caption: a green car and two dogs.
Locate a green car in the image with mask. What is the polygon mask of region? What does the region describe? What text is
in the region? Locate a red door and wheels. The image shows a man on the left. There is a car in the background.
"""

REGION = "<loc_52><loc_333><loc_932><loc_774>"
TASKS = [  # all fifteen, in the processor's order, and a text without a task
    ("<OCR>", ""),
    ("<OCR_WITH_REGION>", ""),
    ("<CAPTION>", ""),
    ("<DETAILED_CAPTION>", ""),
    ("<MORE_DETAILED_CAPTION>", ""),
    ("<OD>", ""),
    ("<DENSE_REGION_CAPTION>", ""),
    ("<REGION_PROPOSAL>", ""),
    ("<CAPTION_TO_PHRASE_GROUNDING>", "A green car and two dogs."),
    ("<REFERRING_EXPRESSION_SEGMENTATION>", "a green car"),
    ("<REGION_TO_SEGMENTATION>", REGION),
    ("<OPEN_VOCABULARY_DETECTION>", "wheels, a red door"),
    ("<REGION_TO_CATEGORY>", REGION),
    ("<REGION_TO_DESCRIPTION>", "<loc_0><loc_7><loc_998><loc_999>"),
    ("<REGION_TO_OCR>", REGION),
    ("", "what is on the left?"),
]
SOME_TASKS = [task for task in TASKS if task[0] in ("<OD>", "<OCR_WITH_REGION>", "<REFERRING_EXPRESSION_SEGMENTATION>")]
FEW_TASKS = SOME_TASKS[1:]

# Labels that grounding drops, and what else the hub's processor_config.json says about reading texts.
BANNED = """
it I me mine you your yours he him his she her hers they them their theirs one oneself we us our ours its myself yourself
himself herself itself ourselves yourselves themselves this that these those who whom whose which what all another any
anybody anyone anything each everybody everyone everything few many nobody none several some somebody someone something
image images the a an lots
""".split()
BANNED += ["each other", "one another", "the image", "a group", "other objects", "a set"]
READING = dict(
    ocr=dict(pattern="(.+?)" + 8 * r"<loc_(\d+)>", area_threshold=0.0),
    phrase_grounding=dict(banned_grounding_tokens=BANNED),
    pure_text={},
    description_with_bboxes={},
    description_with_polygons={},
    polygons={},
    bboxes={},
    description_with_bboxes_or_polygons={},
)

# What the hub's checkpoints generate with unless told otherwise, in generation_config.json or in the text's configuration.
IDS = dict(bos_token_id=BOS, pad_token_id=PAD, eos_token_id=END, decoder_start_token_id=END)
HUB = dict(num_beams=3, no_repeat_ngram_size=3, early_stopping=True, forced_bos_token_id=BOS, forced_eos_token_id=END)

# What is passed to generate, by name; the rest is as the checkpoint says.
FEW = {
    "default": {},
    "greedy": beams(1, early_stopping=False),
    "default-new-40": dict(max_new_tokens=40),
    "beams-5": beams(5),
    "all": dict(num_return_sequences=3),
}

ALL = FEW | {
    "greedy-new-40": beams(1, early_stopping=False, max_new_tokens=40),
    "greedy-ngram-0": beams(1, early_stopping=False, no_repeat_ngram_size=0),
    "greedy-penalty-1.3": beams(1, early_stopping=False, repetition_penalty=1.3),
    "new-1": dict(max_new_tokens=1),
    "new-2": dict(max_new_tokens=2),
    "new-3": dict(max_new_tokens=3),
    "max-10": dict(max_length=10),
    "min-12": dict(min_length=12),
    "min-new-16": dict(min_new_tokens=16),
    "late": dict(early_stopping=False),
    "never": dict(early_stopping="never"),
    "never-length-2.0": dict(early_stopping="never", length_penalty=2.0),
    "ngram-0": dict(no_repeat_ngram_size=0),
    "ngram-1": dict(no_repeat_ngram_size=1),
    "ngram-2": dict(no_repeat_ngram_size=2),
    "length-0.0": dict(length_penalty=0.0),
    "length-2.0": dict(length_penalty=2.0, early_stopping=False),
    "length--1.0": dict(length_penalty=-1.0),
    "penalty-1.3": dict(repetition_penalty=1.3),
    "penalty-0.8": dict(repetition_penalty=0.8, max_new_tokens=12),
    "beams-2-late": beams(2, early_stopping=False),
    "beams-5-length-0.5": beams(5, length_penalty=0.5, early_stopping=False),
    "beams-5-new-40": beams(5, max_new_tokens=40),
    "beams-5-all": beams(5, num_return_sequences=5, max_new_tokens=12),
    "all-late": dict(num_return_sequences=3, early_stopping=False),
    "forced-start": dict(forced_bos_token_id=5),
    "forced-end": dict(forced_eos_token_id=7, max_new_tokens=6),
}

# For a checkpoint that forces and forbids nothing: what BLIP is tried with, where it does not name BLIP's tokens.
PLAIN = {name: options for name, options in blip_specs.ALL.items() if not callable(options) and "forced" not in name}


@dataclass
class Case:
    what: str
    vision: dict
    text: dict
    options: dict
    tasks: list[tuple[str, str]] = field(default_factory=lambda: SOME_TASKS)  # that go with every option
    more: dict = field(default_factory=dict)  # of the outer configuration
    dtype: torch.dtype = torch.float32
    size: tuple[int, int] = (64, 64)  # height and width that the processor makes of pictures
    pictures: list[Pictures] = field(default_factory=lambda: [Pictures("image", None, 2)])
    stored: str = "shared"  # the name under which the file has the table that four modules share
    generation: dict | None = field(default_factory=lambda: IDS | HUB)  # generation_config.json; None leaves it out
    inside: bool = False  # also show the inside of the picture's blocks
    twin: str | None = None  # in Microsoft's layout, with the weights of this case
    final_logits_bias: float = 0.0  # the standard deviation of what that layout adds to logits
    text_more: dict = field(default_factory=dict)  # of that layout's configuration of the text
    end: float = 4.0  # added to the logits of the end token
    seed: int = 0  # added to what the name gives; picked so that generations vary and some end early
    kind = Florence2ForConditionalGeneration


def vision(widths, heads, groups, depths, window, **more):
    names = ("embed_dim", "num_heads", "num_groups", "depths")
    return dict(zip(names, (widths, heads, groups, depths), strict=True), window_size=window, **more)


def text(width, encoder, decoder, **more):
    """`encoder` and `decoder` are layers, heads, and width inside of the feed-forward part."""
    names = ("layers", "attention_heads", "ffn_dim")
    parts = {"encoder": encoder, "decoder": decoder}
    stacks = {f"{part}_{name}": n for part, sizes in parts.items() for name, n in zip(names, sizes, strict=True)}
    return dict(model_type="bart", vocab_size=VOCABULARY, d_model=width, max_position_embeddings=64) | stacks | more


def half():
    """What the case stored as float16 and those in Microsoft's layout share."""
    return dict(
        vision=vision([8, 16, 24, 32], [1, 2, 3, 4], [2, 2, 3, 2], [1, 1, 2, 1], 4),
        text=text(24, (2, 3, 48), (2, 3, 48)),
        dtype=torch.float16,
    )


CASES = {
    "base": Case(
        "as on the hub, in small: a window that divides no map, heads and groups that differ, "
        "every task; the inside of the picture's blocks",
        vision([12, 16, 20, 28], [1, 2, 2, 2], [3, 2, 4, 7], [1, 1, 3, 1], 5),
        text(32, (2, 4, 64), (2, 4, 64)),
        ALL,
        pictures=[Pictures("image", None, 2), Pictures("image.100x70", (100, 70), 1)],
        inside=True,
        end=6.0,
        seed=4,
    ),
    "relu-scaled": Case(
        "relu, embeddings scaled, stacks of different depth, heads and width, no bias in the picture's queries, keys and "
        "values, other mlp_ratio, pictures higher than wide; the table stored as decoder.embed_tokens; forces nothing",
        vision([8, 12, 20, 28], [2, 1, 2, 4], [1, 2, 4, 2], [1, 2, 1, 1], 4, qkv_bias=False, mlp_ratio=2.0),
        text(40, (1, 5, 80), (3, 4, 56), activation_function="relu", scale_embedding=True, max_position_embeddings=50),
        PLAIN,
        tasks=FEW_TASKS,
        size=(96, 48),
        stored="decoder.embed_tokens",
        generation=IDS,
        end=5.0,
        seed=4,
    ),
    "untied": Case(
        "a head of its own (tie_word_embeddings false); no generation_config.json: the text's configuration says how to "
        "generate; the processor as transformers 5 saves it, without preprocessor_config.json",
        vision([8, 12, 20, 24], [1, 3, 2, 2], [2, 3, 2, 1], [1, 1, 1, 2], 3),
        text(28, (1, 7, 40), (2, 2, 64)),
        FEW,
        more=dict(tie_word_embeddings=False),
        size=(64, 96),
        generation=None,
        end=5.0,
        seed=1,
    ),
    "float16": Case(
        "weights stored as float16 and widened to f32 to compute; the table stored as lm_head",
        **half(),
        options=FEW,
        stored="lm_head",
        seed=3,
    ),
    "microsoft": Case(
        "the weights of float16 in Microsoft's layout, without the rows of <image> and of no token",
        **half(),
        options=FEW,
        pictures=[Pictures("image", None, 1)],
        twin="float16",
    ),
    "microsoft-bias": Case(
        "the same with final_logits_bias that is not zero; the table stored as encoder.embed_tokens; the text's "
        "configuration names its model_type",
        **half(),
        options=FEW,
        tasks=FEW_TASKS,
        pictures=[Pictures("image", None, 1)],
        stored="encoder.embed_tokens",
        twin="float16",
        final_logits_bias=1.0,
        text_more=dict(model_type="florence2_language"),
    ),
}

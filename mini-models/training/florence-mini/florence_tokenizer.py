"""Writes a small byte-level vocabulary in the format and with the special tokens of Florence-2, in its order, and the settings
of its processor."""

import json

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

ADDED = [
    *("<od>", "</od>", "<ocr>", "</ocr>"),
    *(f"<loc_{number}>" for number in range(1000)),
    *("<cap>", "</cap>", "<ncap>", "</ncap>", "<dcap>", "</dcap>", "<grounding>", "</grounding>", "<seg>", "</seg>"),
    *("<sep>", "<region_cap>", "</region_cap>", "<region_to_desciption>", "</region_to_desciption>"),
    *("<proposal>", "</proposal>", "<poly>", "</poly>", "<and>", "<image>"),
]
# Phrases that grounding leaves out, as Florence-2 has them.
BANNED = (
    "it, I, me, mine, you, your, yours, he, him, his, she, her, hers, they, them, their, theirs, one, oneself, we, us, our, "
    "ours, its, myself, yourself, himself, herself, itself, ourselves, yourselves, themselves, this, that, these, those, who, "
    "whom, whose, which, what, all, another, any, anybody, anyone, anything, each, everybody, everyone, everything, few, many, "
    "nobody, none, several, some, somebody, someone, something, each other, one another, the image, image, images, the, a, "
    "an, a group, other objects, lots, a set"
)


def write_processor(folder, size, places, mean, std):
    """How pictures of any size become `size` x `size` pixels and `places` rows of the encoder, and how answers are read."""
    preprocessing = {
        "image_processor_type": "CLIPImageProcessor",
        "processor_class": "Florence2Processor",
        "do_resize": True,
        "size": {"height": size, "width": size},
        "resample": 3,
        "do_center_crop": False,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": mean,
        "image_std": std,
        "do_convert_rgb": True,
        "image_seq_length": places,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing, indent=2) + "\n")
    types = ["pure_text", "ocr", "description_with_bboxes", "description_with_bboxes_or_polygons", "polygons", "bboxes"]
    parsing = {kind: {} for kind in types} | {"phrase_grounding": {"banned_grounding_tokens": BANNED.split(", ")}}
    settings = {"processor_class": "Florence2Processor", "num_additional_image_tokens": 0, "post_processor_config": parsing}
    (folder / "processor_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def write_tokenizer(texts, folder, context):
    """Merges letters to the words of the texts, with and without a space before them, until each is one token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4000,
        min_frequency=2,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    # Twice each, since the trainer leaves out what occurs once.
    tokenizer.train_from_iterator([text for text in texts for _ in range(2)], trainer)
    special = [*("<s>", "<pad>", "</s>", "<unk>"), "<mask>", *ADDED]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "TokenizersBackend",
        "processor_class": "Florence2Processor",
        "model_max_length": context,
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "bos_token": "<s>",
        "eos_token": "</s>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
        "extra_special_tokens": {"image_token": "<image>"},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    return tokenizer

"""The cases of clip_cases.py: which CLIP each builds, how it is stored, and what is run through it."""

from dataclasses import dataclass, field

import torch
from transformers import (
    CLIPModel,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPVisionModel,
    CLIPVisionModelWithProjection,
)


@dataclass
class Pictures:
    """Pictures of one size, run as one batch; a `size` (height, width) asks for interpolated positions."""

    prefix: str = "vision"
    size: tuple[int, int] | None = None
    count: int = 2


@dataclass
class Texts:
    """Token ids of texts of unequal lengths, run as one padded batch with an attention mask."""

    prefix: str
    rows: list[list[int]]
    padding: int


@dataclass
class Case:
    what: str
    vision: dict | None = None
    text: dict | None = None
    projection: int = 16
    kind: type = CLIPModel
    dtype: torch.dtype = torch.float32
    shard: str | None = None
    pictures: list[Pictures] = field(default_factory=lambda: [Pictures()])
    extra_texts: list[Texts] = field(default_factory=list)
    lengths: tuple[int, ...] = (3, 7, 5, 2)
    end: int | None = None  # the end token in the ids, where it is not the configuration's eos_token_id
    padding: int | None = None  # default: the end token, as the tokenizer pads
    edit: object = None  # changes the written config.json, given as a dict
    position_buffers: bool = False  # add the int64 position_ids that old versions saved
    inside: bool = False  # also write attention maps and the steps inside each block


def tower(hidden, heads, intermediate, layers, activation="quick_gelu", **more):
    return dict(
        hidden_size=hidden,
        num_attention_heads=heads,
        intermediate_size=intermediate,
        num_hidden_layers=layers,
        hidden_act=activation,
        **more,
    )


def vision(hidden, heads, intermediate, layers, patch, image, activation="quick_gelu", **more):
    return tower(hidden, heads, intermediate, layers, activation, patch_size=patch, image_size=image, **more)


def text(hidden, heads, intermediate, layers, activation="quick_gelu", vocabulary=64, positions=16, **more):
    return tower(
        hidden,
        heads,
        intermediate,
        layers,
        activation,
        vocab_size=vocabulary,
        max_position_embeddings=positions,
        **{"bos_token_id": vocabulary - 2, "eos_token_id": vocabulary - 1, "pad_token_id": 1, **more},
    )


def hub_config(config):
    """The layout of old hub files: null dictionaries, and a text tower that carries generation settings."""
    config.update(text_config_dict=None, vision_config_dict=None, torch_dtype="float32", transformers_version=None)
    config.pop("dtype", None)
    config["text_config"].update(
        add_cross_attention=False,
        chunk_size_feed_forward=0,
        decoder_start_token_id=None,
        num_beams=1,
        id2label={"0": "LABEL_0", "1": "LABEL_1"},
        torchscript=False,
        dropout=0.0,
    )


def config_dicts(config):
    """The *_config_dict entries win over text_config and vision_config, and so do defaults of fields they lack."""
    config["text_config_dict"] = dict(config["text_config"])
    config["vision_config_dict"] = dict(config["vision_config"])
    for name in ("text_config", "vision_config"):
        config[name + "_dict"].pop("model_type", None)
        config[name + "_dict"].pop("hidden_act")  # the default, quick_gelu, wins over gelu below
        config[name].update(hidden_act="gelu", layer_norm_eps=0.1, num_attention_heads=1)
    config["text_config"]["eos_token_id"] = 3


def sparse(config):
    """Only what differs from the defaults: heads (12 and 8), activation, epsilon, projection_dim (512) are absent."""
    for key in list(config):
        if key not in ("model_type", "text_config", "vision_config"):
            del config[key]
    keep = {
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "vocab_size",
        "eos_token_id",
        "image_size",
        "patch_size",
    }
    for part in ("text_config", "vision_config"):
        config[part] = {key: value for key, value in config[part].items() if key in keep}


CASES = {
    "head-dim-10": Case(
        "head dimension 10, patch 16, quick_gelu; attention maps and the steps inside each block",
        vision(40, 4, 104, 2, 16, 48),
        text(30, 3, 70, 2),
        24,
        inside=True,
        extra_texts=[Texts("text.no-end", [[62, 5, 9, 11], [7, 8]], 1)],
    ),
    "one-head-patch-32": Case(
        "one head of 10 in each tower, patch 32, exact gelu, a projection wider than the towers",
        vision(10, 1, 24, 3, 32, 64, "gelu"),
        text(14, 1, 30, 1, "gelu"),
        33,
    ),
    "patch-7-width-72": Case(
        "width 72 with 6 heads, patch 7, gelu_pytorch_tanh for pictures and gelu for texts",
        vision(72, 6, 100, 1, 7, 28, "gelu_pytorch_tanh"),
        text(20, 2, 36, 3, "gelu"),
        18,
    ),
    "legacy-end-token": Case(
        "bos 0, eos 2, pad 1 as on the hub: pools at the largest id; position_ids buffers in the file; patch 14",
        vision(24, 2, 60, 2, 14, 42),
        text(24, 3, 56, 2, bos_token_id=0, eos_token_id=2),
        20,
        end=61,
        edit=hub_config,
        position_buffers=True,
        extra_texts=[Texts("text.new-tokens", [[60, 5, 63, 2, 9, 61], [60, 62, 2, 61]], 61)],
    ),
    "float16": Case(
        "weights stored as float16, widened to f32 to compute",
        vision(32, 4, 70, 2, 8, 24),
        text(24, 2, 50, 2),
        dtype=torch.float16,
    ),
    "float8-e4m3": Case(
        "weights stored as F8_E4M3, widened to f32 to compute; silu and swish",
        vision(32, 4, 64, 2, patch=8, image=24, activation="silu"),
        text(32, 4, 64, 2, activation="swish"),
        dtype=torch.float8_e4m3fn,
    ),
    "float8-e5m2": Case(
        "weights stored as F8_E5M2, widened to f32 to compute; gelu_fast and gelu_accurate",
        vision(32, 4, 64, 2, patch=8, image=24, activation="gelu_fast"),
        text(32, 4, 64, 2, activation="gelu_accurate"),
        dtype=torch.float8_e5m2,
    ),
    "bfloat16": Case(
        "weights stored as bfloat16, widened to f32 to compute",
        vision(32, 4, 70, 2, 8, 24),
        text(24, 2, 50, 2),
        dtype=torch.bfloat16,
    ),
    "sharded": Case(
        "three or more shards with an index", vision(36, 3, 50, 2, 6, 18), text(28, 2, 44, 2), shard="40KB"
    ),
    "interpolated-positions": Case(
        "pictures of other sizes, square and not, with interpolate_pos_encoding",
        vision(24, 3, 40, 1, 8, 32),
        text(16, 2, 30, 1),
        pictures=[
            Pictures(),
            Pictures("vision.48x48", (48, 48)),
            Pictures("vision.40x24", (40, 24)),
            Pictures("vision.16x56", (16, 56), 1),
            Pictures("vision.37x45", (37, 45), 1),
        ],
    ),
    "many-tokens": Case(
        "101 vision tokens, 40 text positions, epsilons other than the default",
        vision(16, 2, 40, 2, 4, 40, layer_norm_eps=1e-3),
        text(16, 4, 40, 2, positions=40, layer_norm_eps=1e-6),
        lengths=(40, 3, 17, 33, 2),
        padding=1,
    ),
    "config-dicts": Case(
        "text_config_dict and vision_config_dict, which win over text_config and vision_config",
        vision(24, 2, 40, 1, 8, 24),
        text(24, 3, 40, 1),
        12,
        edit=config_dicts,
    ),
    "sparse-config": Case(
        "a config.json that holds only what differs from the defaults",
        vision(24, 12, 40, 2, 8, 24),
        text(16, 8, 30, 2, positions=77),
        512,
        edit=sparse,
    ),
    "text-tower-projection": Case(
        "CLIPTextModelWithProjection alone",
        text=text(24, 2, 40, 2, projection_dim=14),
        kind=CLIPTextModelWithProjection,
    ),
    "vision-tower-projection": Case(
        "CLIPVisionModelWithProjection alone",
        vision(24, 2, 40, 2, 8, 24, projection_dim=14),
        kind=CLIPVisionModelWithProjection,
    ),
    "text-tower": Case(
        "CLIPTextModel alone, keys without the text_model prefix", text=text(24, 2, 40, 2), kind=CLIPTextModel
    ),
    "vision-tower": Case(
        "CLIPVisionModel alone, keys without the vision_model prefix", vision(24, 2, 40, 2, 8, 24), kind=CLIPVisionModel
    ),
}

"""Florence-2 in the layout of Microsoft's own repositories: names of weights, configuration, and how it answers."""

import re

import torch

GENERATION = dict(num_beams=3, early_stopping=False)  # generation_config.json, which nobody reads there
TABLE = ("shared", "encoder.embed_tokens", "decoder.embed_tokens", "lm_head")  # the names that may hold the one table
NAMES = [  # from transformers' names, each with what it becomes
    (r"^model\.(vision_tower\.)", r"\1"),
    (r"(convs\.\d+)\.conv\.", r"\1.proj."),
    (r"\.(conv[12])\.", r".\1.fn.dw."),
    (r"\.spatial_block\.norm1\.", ".spatial_block.window_attn.norm."),
    (r"\.channel_block\.norm1\.", ".channel_block.channel_attn.norm."),
    (r"\.(window_attn|channel_attn)\.(qkv|proj)\.", r".\1.fn.\2."),
    (r"_block\.norm2\.", "_block.ffn.norm."),
    (r"\.ffn\.(fc[12])\.", r".ffn.fn.net.\1."),
    (r"^model\.multi_modal_projector\.image_projection\.weight$", "image_projection"),
    (r"^model\.multi_modal_projector\.image_position_embed\.", "image_pos_embed."),
    (r"^model\.multi_modal_projector\.", ""),
    (r"^model\.language_model\.", "language_model.model."),
    (r"^lm_head\.", "language_model.lm_head."),
]


def renamed(name):
    for pattern, replacement in NAMES:
        name = re.sub(pattern, replacement, name)
    return name


def native_table(name):
    """What a native file calls the table that it stores under one of its names."""
    return f"{'' if name == 'lm_head' else 'model.language_model.'}{name}.weight"


def weights(native, stored, final_logits_bias):
    """The weights of a native file under Microsoft's names; the table, under the name `stored`, has a row per logit."""
    native = dict(native)
    (name,) = [name for name in map(native_table, TABLE) if name in native]
    native[native_table(stored)] = native.pop(name)[: len(final_logits_bias)]
    found = {renamed(name): value.clone() for name, value in native.items()}
    found["image_projection"] = found["image_projection"].T.contiguous()
    found["language_model.final_logits_bias"] = final_logits_bias[None]
    return found


def config(native, vocabulary, dtype, text_more):
    """The config.json of such a repository for a native configuration; `text_more` says how to generate."""
    vision, text = native.vision_config, native.text_config
    ids = dict(bos_token_id=text.bos_token_id, eos_token_id=text.eos_token_id, pad_token_id=text.pad_token_id)
    own = ("activation_function", "d_model", "max_position_embeddings", "scale_embedding", "decoder_start_token_id")
    own += tuple(f"{stack}_{size}" for stack in ("encoder", "decoder") for size in ("layers", "attention_heads", "ffn_dim"))
    patches = ("patch_size", "patch_stride", "patch_padding", "patch_prenorm")
    blocks = ("num_heads", "num_groups", "depths", "window_size", "projection_dim", "drop_path_rate")
    return dict(
        architectures=["Florence2ForConditionalGeneration"],
        auto_map=dict(
            AutoConfig="configuration_florence2.Florence2Config",
            AutoModelForCausalLM="modeling_florence2.Florence2ForConditionalGeneration",
        ),
        ignore_index=-100,
        model_type="florence2",
        projection_dim=vision.projection_dim,
        text_config=dict(vocab_size=vocabulary, add_bias_logits=False, add_final_layer_norm=False, normalize_before=False)
        | {name: getattr(text, name) for name in own}
        | dict(is_encoder_decoder=True, num_hidden_layers=text.encoder_layers)
        | ids
        | text_more,
        vision_config=dict(model_type="davit", enable_checkpoint=False, dim_embed=list(vision.embed_dim))
        | {name: getattr(vision, name) for name in patches + blocks}
        | dict(
            visual_temporal_embedding=dict(type="COSINE", max_temporal_embeddings=vision.max_temporal_embeddings),
            image_pos_embed=dict(type="learned_abs_2d", max_pos_embeddings=vision.max_position_embeddings),
            image_feature_source=["spatial_avg_pool", "temporal_avg_pool"],
        ),
        vocab_size=vocabulary,
        torch_dtype=dtype,
        is_encoder_decoder=True,
        **ids,
    )


def answering(model, final_logits_bias):
    """Makes a native model answer as one with fewer rows and with a bias of its logits."""
    vocabulary = len(final_logits_bias)
    head = torch.nn.Linear(model.config.text_config.d_model, vocabulary)
    head.weight.copy_(model.lm_head.weight[:vocabulary])
    head.bias.copy_(final_logits_bias)
    model.lm_head = head
    return model

"""OpenAI's CLIP with a ResNet, from its own classes (PyPI clip-anytorch), and the folder that Fovea loads: docs/convolutions.md."""

import json

import torch
from clip.model import CLIP

TEXT_NAMES = {
    "attn.out_proj": "self_attn.out_proj",
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}


def build(layers, width, image_size, projection, text_width, text_layers, vocabulary, positions, generator):
    model = CLIP(
        projection, image_size, layers, width, None, positions, vocabulary, text_width, text_width // 64, text_layers
    )
    return fill(model.float(), generator).eval()


@torch.no_grad()
def fill(model, generator):
    """Convolutions keep the size of what they read, batch norms have statistics as training leaves them, and do something."""
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        if not value.is_floating_point() or "attn_mask" in name:
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name == "logit_scale":
            value.fill_(3.25)
        elif name.endswith("running_var"):
            value.copy_(0.5 + noise.abs())
        elif name.endswith("running_mean"):
            value.copy_(0.1 * noise)
        elif ".bn" in name or "downsample.1" in name or ".ln_" in name or name.startswith("ln_"):
            # What is added to a shortcut is small, as after training: else the map grows with every block.
            size = 0.4 if ".bn3." in name and "layer" in name else 1
            value.copy_(size * (1 + 0.2 * noise) if name.endswith("weight") else 0.1 * noise)
        elif name.endswith("bias"):
            value.copy_(0.1 * noise)
        elif "embedding" in name:
            value.copy_(0.2 * noise if "attnpool" in name else 0.5 * noise)
        else:
            gain = 2 if "q_proj" in name or "k_proj" in name or "c_fc" in name or ".conv" in name else 1.0
            inputs = value.shape[0] if name == "text_projection" else value[0].numel()
            value.copy_(gain * noise / inputs**0.5)
    return model


def renamed(state):
    """The names of Fovea's folder: those of Hugging Face for the text tower, OpenAI's own for the ResNet."""
    out = {}
    for name, value in state.items():
        if name.startswith("visual."):
            out["vision_model." + name.removeprefix("visual.")] = value
        elif name.startswith("transformer.resblocks."):
            _, _, number, rest = name.split(".", 3)
            block = f"text_model.encoder.layers.{number}."
            if rest.startswith("attn.in_proj_"):
                kind = rest.removeprefix("attn.in_proj_")
                for part, values in zip("qkv", value.chunk(3), strict=True):
                    out[f"{block}self_attn.{part}_proj.{kind}"] = values.clone()
            else:
                inner, kind = rest.rsplit(".", 1)
                out[f"{block}{TEXT_NAMES[inner]}.{kind}"] = value
        else:
            names = {
                "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
                "positional_embedding": "text_model.embeddings.position_embedding.weight",
                "ln_final.weight": "text_model.final_layer_norm.weight",
                "ln_final.bias": "text_model.final_layer_norm.bias",
                "text_projection": "text_projection.weight",
                "logit_scale": "logit_scale",
            }
            out[names[name]] = value.T if name == "text_projection" else value
    return {name: value.contiguous() for name, value in out.items()}


def config(model):
    visual, text = model.visual, model.transformer
    projection = model.text_projection.shape[1]
    return {
        "architectures": ["FoveaCLIPResNetModel"],
        "model_type": "clip",
        "projection_dim": projection,
        "logit_scale_init_value": 2.6592,
        "text_config": {
            "model_type": "clip_text_model",
            "hidden_size": text.width,
            "intermediate_size": 4 * text.width,
            "num_hidden_layers": text.layers,
            "num_attention_heads": text.width // 64,
            "max_position_embeddings": model.context_length,
            "vocab_size": model.vocab_size,
            "hidden_act": "quick_gelu",
            "eos_token_id": model.vocab_size - 1,
            "projection_dim": projection,
        },
        "vision_config": {
            "model_type": "clip_resnet_vision_model",
            "layers": [len(getattr(visual, f"layer{i}")) for i in range(1, 5)],
            "width": visual.conv3.weight.shape[0],
            "num_attention_heads": visual.attnpool.num_heads,
            "image_size": visual.input_resolution,
            "projection_dim": projection,
        },
    }


def save(model, folder):
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(renamed(model.state_dict()), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config(model), indent=2) + "\n")

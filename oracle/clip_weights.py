"""Random weights for a CLIP of transformers, scaled so that an error anywhere shows in what comes out."""

import math

import torch


@torch.no_grad()
def fill(model, generator):
    """Attention scores get a standard deviation of about two, activations see both tails, norms do something."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name == "logit_scale":
            parameter.fill_(3.25)  # not the configuration's initial value: the checkpoint's wins
        elif "norm" in name:  # layer_norm1, pre_layrnorm, final_layer_norm ...
            parameter.copy_(0.2 * noise + (1 if name.endswith("weight") else 0))
        elif name.endswith("bias"):
            parameter.copy_(0.3 * noise)
        elif "class_embedding" in name:
            parameter.copy_(0.2 * noise)  # small, or every picture's class token ends up alike
        elif "token_embedding" in name or "position_embedding" in name:
            parameter.copy_(0.8 * noise)
        else:
            gain = 1.4 if "q_proj" in name or "k_proj" in name or "fc1" in name else 1.0
            parameter.copy_(gain * noise / math.sqrt(parameter[0].numel()))
    return model

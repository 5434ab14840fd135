"""Random weights for a Florence-2 of transformers whose texts vary with picture and prompt, and end now and then."""

import math

import torch

from clip_cases import draw_pictures
from florence_specs import ADDED, BOS, END, LOCATIONS, PAD, UNKNOWN

LAST_BIAS = 3.0  # length of the decoder's last bias: with it rows of the table add to logits, as a head's bias would


def shifts(base, rows, end, locations):
    """What is added to logits: so much to the end and to locations, parts of polygons are wanted, other special tokens not.

    `base` is the number of tokens of the vocabulary without the added ones, `rows` what the model has.
    """
    found = torch.zeros(rows)
    first = base + ADDED.index("<loc_0>")
    found[base : base + len(ADDED)] = -3
    found[first : first + LOCATIONS] = locations
    found[[base + ADDED.index(token) for token in ("<sep>", "<poly>", "</poly>")]] = 2
    found[[BOS, PAD, UNKNOWN, base - 1, *range(base + len(ADDED), rows)]] = -8
    found[END] = end
    return found


@torch.no_grad()
def draw(model, shifts, size, generator, gain=1.6, cross=1.6):
    """Draws all weights; `shifts` is added to logits, `size` is the height and width of pictures.

    `gain` is that of the text's steps: they must outweigh the residual, or one token repeats itself for ever. `cross` is
    that of what the decoder takes from the encoder: too little and all pictures get the same text, too much and it is one
    token over and over.
    """
    fill(model, shifts, generator, gain, cross)
    pixels = draw_pictures(4, *size, generator)
    count = model.model.get_image_features(pixels).pooler_output.shape[1]
    image = model.config.image_token_id
    words = torch.randint(UNKNOWN + 1, image, (4, 28), generator=generator)
    ids = torch.cat([torch.full((4, count), image), words[:, :12]], 1)
    centre(model, pixels, ids, words[:, 12:])
    return model


def fill(model, shifts, generator, gain, cross):
    """Scores get a standard deviation of about two, activations see both tails, the picture weighs."""
    text = model.config.text_config
    direction = torch.randn(text.d_model, generator=generator)
    direction /= direction.norm()
    last = f"decoder.layers.{text.decoder_layers - 1}.final_layer_norm.bias"
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        part = name.removesuffix(".weight")
        if name.endswith(last):
            parameter.copy_(LAST_BIAS * direction)
        elif "norm" in name:
            parameter.copy_(0.2 * noise + (1 if name.endswith("weight") else 0))
        elif name.endswith("bias"):
            parameter.copy_(0.1 * noise)
        elif part.endswith(("shared", "embed_tokens", "lm_head")):
            parameter.copy_(2 * noise / math.sqrt(text.d_model) + torch.outer(shifts / LAST_BIAS, direction))
        elif "embed_positions" in name:
            parameter.copy_(3 * noise / math.sqrt(text.d_model))
        elif part.endswith("_embeddings"):  # of the picture's rows and columns
            parameter.copy_(noise)
        else:
            parameter.copy_(noise / math.sqrt(parameter[0].numel()))
            if part.endswith(("conv1", "conv2")):
                parameter *= 0.5  # added to what comes in: at 1 deep stages would grow without bound
            elif part.endswith("channel_attn.qkv"):
                parameter[: 2 * len(parameter) // 3] *= 0.5  # scores are sums over all places
            elif part.endswith(("q_proj", "k_proj", "fc1", "window_attn.qkv")):
                parameter *= 1.3
            elif part.endswith("encoder_attn.out_proj"):
                parameter *= cross
            elif "language_model" in part and part.endswith(("out_proj", "fc2")):
                parameter *= gain


def centre(model, pixels, ids, decoder_ids):
    """Moves biases of the text's layers so that they add nothing which is the same everywhere.

    Else a few tokens are the likeliest whatever came before: random layers put out a mean that outweighs the rest.
    """

    def move(module, _inputs, output):
        mean = output.mean((0, 1))
        module.bias -= mean
        return output - mean

    parts = model.model.language_model.named_modules()
    handles = [part.register_forward_hook(move) for name, part in parts if name.endswith(("out_proj", "fc2"))]
    model(pixel_values=pixels, input_ids=ids, decoder_input_ids=decoder_ids)
    for handle in handles:
        handle.remove()

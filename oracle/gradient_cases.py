"""Records the gradients of small random models that torch computes in f64, for the tests of `training`'s tape.

    python oracle/gradient_cases.py [CASE ...]          default: all of them

The checkpoints are those of the other cases, under models/src/test/resources. For each, a file of
training/src/test/resources/dev/fovea/training/tape/ holds the inputs, the losses before each of ten steps of AdamW, and
the gradient of every parameter (`gradient.NAME`); for CLIP the same again with low-rank additions (`lora.`), whose A and
B it holds, too. In `florence-lora` PEFT (0.21.2) trains additions, which begin as `start.NAME`.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import (
    BlipForConditionalGeneration,
    BlipForQuestionAnswering,
    CLIPModel,
    Florence2ForConditionalGeneration,
    SiglipModel,
)

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models/src/test/resources/dev/fovea/models"
OUT = ROOT / "training/src/test/resources/dev/fovea/training/tape"
STEPS = 10


def channels_last(pixels):
    """[images, 3, height, width] to [images, height, width, 3], as the models of this project read them."""
    return pixels.permute(0, 2, 3, 1).contiguous()


def clip_loss(images, texts, logit_scale):
    images = images / images.norm(dim=-1, keepdim=True)
    texts = texts / texts.norm(dim=-1, keepdim=True)
    scores = logit_scale.exp() * images @ texts.T
    target = torch.arange(len(images))
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def train(loss_of, parameters, rate=1e-4):
    """Losses before each step and after the last, and the gradients of the first step."""
    optimizer = torch.optim.AdamW(parameters.values(), lr=rate, weight_decay=0.1)
    losses, gradients = [], {}
    for step in range(STEPS + 1):
        optimizer.zero_grad()
        loss = loss_of()
        losses.append(loss.item())
        loss.backward()
        if step == 0:
            gradients = {
                name: torch.zeros_like(p) if p.grad is None else p.grad.clone() for name, p in parameters.items()
            }
        optimizer.step()
    return losses, gradients


def record(name, tensors, case):
    OUT.mkdir(parents=True, exist_ok=True)
    save_file({key: value.detach().float().contiguous() for key, value in tensors.items()}, OUT / f"{name}.safetensors")
    (OUT / f"{name}.json").write_text(json.dumps(case, indent=2) + "\n")


def clip():
    folder = MODELS / "clip/cases/head-dim-10"
    generator = torch.Generator().manual_seed(5)
    pixels = torch.randn(3, 3, 48, 48, generator=generator).float().double()
    texts = [[62, 5, 9, 63], [62, 7, 63], [62, 11, 3, 2, 8, 5, 63]]
    length = max(map(len, texts))
    padded = torch.tensor([ids + [63] * (length - len(ids)) for ids in texts])

    def loss_of(model):
        output = model(input_ids=padded, pixel_values=pixels)
        return clip_loss(output.image_embeds, output.text_embeds, model.logit_scale)

    load = lambda: CLIPModel.from_pretrained(folder, attn_implementation="eager").double().eval()
    model = load()
    parameters = dict(model.named_parameters())
    losses, gradients = train(lambda: loss_of(model), parameters)
    tensors = {"pixel_values": channels_last(pixels)}
    tensors |= {f"gradient.{key}": value for key, value in gradients.items()}

    model = load().requires_grad_(False)
    rank, scale = 2, 1.5
    low = {}
    for path, module in model.named_modules():
        if path.endswith(("self_attn.q_proj", "self_attn.v_proj", "mlp.fc1", "visual_projection")):
            a = torch.randn(rank, module.in_features, generator=generator) / module.in_features**0.5
            b = torch.randn(module.out_features, rank, generator=generator) * 0.1
            low[f"{path}.lora_A.weight"] = a = torch.nn.Parameter(a.double())
            low[f"{path}.lora_B.weight"] = b = torch.nn.Parameter(b.double())
            module.register_forward_hook(lambda _, inputs, y, a=a, b=b: y + scale * (inputs[0] @ a.T) @ b.T)
    tensors |= {f"lora.{key}": value.clone() for key, value in low.items()}
    low_losses, low_gradients = train(lambda: loss_of(model), low)
    tensors |= {f"lora.gradient.{key}": value for key, value in low_gradients.items()}
    record(
        "clip",
        tensors,
        {"texts": texts, "losses": losses, "lora_scale": scale, "lora_losses": low_losses, "torch": torch.__version__},
    )


def stored_parameters(model, folder):
    """The parameters by the names that the file has, of which some are tied."""
    known = dict(model.named_parameters(remove_duplicate=False))
    return {name: known[name] for name in load_file(folder / "model.safetensors") if name in known}


def token_loss(logits, texts, smoothing=0.0):
    """The mean over all tokens that follow another one in the same text."""
    rows = torch.cat([logits[i, : len(ids) - 1] for i, ids in enumerate(texts)])
    targets = torch.tensor([token for ids in texts for token in ids[1:]])
    return F.cross_entropy(rows, targets, label_smoothing=smoothing)


def padded(texts, pad):
    length = max(map(len, texts))
    return torch.tensor([ids + [pad] * (length - len(ids)) for ids in texts])


def written(name, folder, model, pixels, texts, loss_of, more):
    """Records a model that writes: each text is trained token by token, the last step's losses included."""
    parameters = stored_parameters(model, folder)
    losses, gradients = train(loss_of, parameters)
    tensors = {"pixel_values": channels_last(pixels)}
    tensors |= {f"gradient.{key}": value for key, value in gradients.items()}
    record(name, tensors, {"texts": texts, "losses": losses, "torch": torch.__version__} | more)


def blip():
    folder = MODELS / "blip/cases/caption-base"
    generator = torch.Generator().manual_seed(6)
    pixels = torch.randn(2, 3, 32, 32, generator=generator).float().double()
    texts = [[94, 5, 9, 17, 60, 3], [94, 41, 8, 3]]
    model = BlipForConditionalGeneration.from_pretrained(folder, attn_implementation="eager").double().eval()
    ids = padded(texts, 0)

    def loss_of():
        states = model.vision_model(pixel_values=pixels).last_hidden_state
        logits = model.text_decoder(ids, attention_mask=(ids != 0).long(), encoder_hidden_states=states).logits
        return token_loss(logits, texts, 0.1)

    written("blip", folder, model, pixels, texts, loss_of, {"smoothing": 0.1})


def blip_vqa():
    folder = MODELS / "blip/cases/vqa-base"
    generator = torch.Generator().manual_seed(9)
    pixels = torch.randn(2, 3, 32, 32, generator=generator).float().double()
    questions = [[2, 15, 8, 21, 3], [2, 30, 3]]
    texts = [[94, 5, 9, 3], [94, 41, 3]]
    model = BlipForQuestionAnswering.from_pretrained(folder, attn_implementation="eager").double().eval()

    def loss_of():
        losses, tokens = 0, 0
        for i, (question, text) in enumerate(zip(questions, texts, strict=True)):
            states = model.vision_model(pixel_values=pixels[i : i + 1]).last_hidden_state
            ids = torch.tensor([question])
            asked = model.text_encoder(
                ids, attention_mask=torch.ones_like(ids), encoder_hidden_states=states
            ).last_hidden_state
            written = torch.tensor([text])
            logits = model.text_decoder(
                written, attention_mask=torch.ones_like(written), encoder_hidden_states=asked
            ).logits
            losses = losses + token_loss(logits, [text]) * (len(text) - 1)
            tokens += len(text) - 1
        return losses / tokens

    written("blip-vqa", folder, model, pixels, texts, loss_of, {"questions": questions})


def florence_case(folder):
    """A Florence-2 in f64, the loss of two pictures with texts, and what is recorded of them."""
    generator = torch.Generator().manual_seed(7)
    size = json.loads((folder / "preprocessor_config.json").read_text())["size"]
    height, width = size["height"], size["width"]
    pixels = torch.randn(2, 3, height, width, generator=generator).float().double()
    model = Florence2ForConditionalGeneration.from_pretrained(folder, attn_implementation="eager").double().eval()
    image = model.config.image_token_id
    count = model.model.get_image_features(pixels[:1]).pooler_output.shape[1]
    prompts = [[0, 9, 14, 2], [0, 33, 12, 7, 2]]
    texts = [[2, 0, 11, 40, 29, 2], [2, 0, 700, 2]]

    def loss_of():
        losses, tokens = 0, 0
        for i, (prompt, text) in enumerate(zip(prompts, texts, strict=True)):
            ids = torch.tensor([[image] * count + prompt])
            found = model(
                pixel_values=pixels[i : i + 1],
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                decoder_input_ids=torch.tensor([text]),
            )
            losses = losses + token_loss(found.logits, [text]) * (len(text) - 1)
            tokens += len(text) - 1
        return losses / tokens

    return model, pixels, texts, loss_of, {"prompts": prompts, "height": height, "width": width}


def florence():
    folder = MODELS / "florence/cases/base"
    written("florence", folder, *florence_case(folder))


def florence_lora(folder=MODELS / "florence/cases/base", rank=2, alpha=3, rate=1e-3):
    """PEFT's additions to queries, keys and values of the language model; nothing is left out at random."""
    from peft import LoraConfig, get_peft_model

    model, pixels, texts, loss_of, more = florence_case(folder)
    matrices = r"model\.language_model\.(en|de)coder\.layers\.\d+\.(self|encoder)_attn\.[qkv]_proj"
    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=matrices)
    torch.manual_seed(11)
    adapted = get_peft_model(model, config).double().eval()
    parameters = {
        name.removeprefix("base_model.model.").replace(".default.", "."): parameter
        for name, parameter in adapted.named_parameters()
        if parameter.requires_grad
    }
    for name, parameter in parameters.items():
        start = 0.1 * torch.randn(parameter.shape) if "lora_B" in name else parameter.data
        parameter.data = start.float().double()
    tensors = {f"start.{key}": value.detach().clone() for key, value in parameters.items()}
    losses, gradients = train(loss_of, parameters, rate)
    tensors |= {"pixel_values": channels_last(pixels)} | {f"gradient.{key}": value for key, value in gradients.items()}
    case = {"texts": texts, "losses": losses, "rank": rank, "alpha": alpha, "rate": rate, "torch": torch.__version__}
    record("florence-lora", tensors, case | more)


def clip_resnet():
    """The ResNet of the case "small", whose weights are drawn as that case draws them, and its text tower."""
    import zlib

    import clip_resnet as network
    import clip_resnet_cases as cases
    from clip.model import LayerNorm

    LayerNorm.forward = torch.nn.LayerNorm.forward  # its own computes in f32 whatever comes in
    sizes = {key: value for key, value in cases.CASES["small"].items() if key != "what"}
    drawn = torch.Generator().manual_seed(zlib.crc32(b"small"))
    model = network.build(**sizes, **cases.TEXT, generator=drawn).double()
    generator = torch.Generator().manual_seed(8)
    pixels = torch.randn(3, 3, 64, 64, generator=generator).float().double()
    pixels = pixels + 2 * torch.randn(3, 3, 1, 1, generator=generator).float().double()
    texts = [[62, 5, 9, 63], [62, 7, 63], [62, 11, 3, 2, 8, 5, 63]]
    ids = padded(texts, 0)
    ids = torch.cat([ids, torch.zeros(len(ids), cases.TEXT["positions"] - ids.shape[1], dtype=ids.dtype)], 1)
    loss = clip_loss(model.encode_image(pixels), model.encode_text(ids), model.logit_scale)
    loss.backward()
    gradients = network.renamed({name: value.grad for name, value in model.named_parameters()})
    tensors = {"pixel_values": channels_last(pixels)} | {f"gradient.{key}": value for key, value in gradients.items()}
    record("clip-resnet", tensors, {"texts": texts, "losses": [loss.item()], "torch": torch.__version__})


def siglip():
    """Texts fill all positions, as they do in SigLIP; the second and the third picture have the same text."""
    folder = MODELS / "siglip/cases/lowercase"
    generator = torch.Generator().manual_seed(10)
    pixels = torch.randn(3, 3, 24, 24, generator=generator).float().double()
    model = SiglipModel.from_pretrained(folder, attn_implementation="eager").double().eval()
    texts = torch.randint(2, 900, (3, 16), generator=generator)
    texts[2] = texts[1]
    same = torch.tensor([[1, 0, 0], [0, 1, 1], [0, 1, 1]]).bool()

    def loss_of():
        images = F.normalize(model.vision_model(pixel_values=pixels).pooler_output, dim=-1)
        words = F.normalize(model.text_model(input_ids=texts).pooler_output, dim=-1)
        logits = images @ words.T * model.logit_scale.exp() + model.logit_bias
        return -F.logsigmoid(torch.where(same, logits, -logits)).sum() / len(images)

    losses, gradients = train(loss_of, dict(model.named_parameters()))
    tensors = {"pixel_values": channels_last(pixels)} | {f"gradient.{key}": value for key, value in gradients.items()}
    record("siglip", tensors, {"texts": texts.tolist(), "losses": losses, "torch": torch.__version__})


CASES = {"clip": clip, "siglip": siglip, "clip-resnet": clip_resnet, "blip": blip, "blip-vqa": blip_vqa, "florence": florence}
CASES |= {"florence-lora": florence_lora}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()

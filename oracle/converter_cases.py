"""Write small checkpoints in the formats of their authors' code, and what that code makes of them, for fovea convert.

    python oracle/converter_cases.py [CASE ...]

Each case is a folder with the files as people have them, gzipped, and expected.json. Models are OpenAI's own classes (openai-clip),
open_clip's own, and for Salesforce's BLIP those of transformers with names mapped back. Weights take four values and most rows of the
tables of words are zero, so that the files stay small; sizes are as small as the layouts allow.
"""

import gzip
import io
import json
import pathlib
import re
import shutil
import sys
import tempfile
from functools import partial
from types import SimpleNamespace

import clip
import numpy
import open_clip
import timm
import torch
from clip.model import CLIP, convert_weights
from open_clip.tokenizer import HFTokenizer, canonicalize_text
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors.torch import load_file, save
from timm.layers import HybridEmbed
from timm.models.fastvit import RepConditionalPosEnc
from timm.models.vision_transformer import VisionTransformer
from timm.models.vitamin import VitCfg
from timm.models.vision_transformer_hybrid import ConvStem
from transformers import BlipConfig, BlipForConditionalGeneration, BlipForImageTextRetrieval, BlipForQuestionAnswering
from transformers import AutoTokenizer, BertTokenizer, BlipImageProcessorPil, T5Tokenizer, XLMRobertaConfig

from siglip_cases import awkward

ROOT = pathlib.Path(__file__).parent.parent
OUT = ROOT / "weight-converter/src/test/resources/dev/fovea/converter/cases"
CLIP_CASE = ROOT / "models/src/test/resources/dev/fovea/models/clip/cases/config-dicts"
VOCABULARY = ROOT / "weight-converter/src/main/resources/dev/fovea/converter/bert-vocab.txt.gz"

TEXTS = ["a photo of a cat", "Two dogs, running!", "an octopus"]
CAPTION = "the octopus holds a small drum near two red mushrooms and sings to them"
QUESTION = "how many mushrooms are there?"
WORDS = [0, 100, 101, 102, 103, 30522, 30523]


def picture(width, height, seed):
    generator = numpy.random.default_rng(seed)
    coarse = generator.integers(0, 256, (height // 8, width // 8, 3), dtype=numpy.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def draw(model, seed, words, rows):
    """Four values per tensor, exact in every type; only some rows of the tables of words are not zero."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in sorted(model.state_dict().items()):
        if not tensor.is_floating_point() or name == "logit_scale":
            continue
        levels = 4 * torch.randint(0, 4, tensor.shape, generator=generator).double() - 6
        if name.endswith("running_var"):
            tensor.copy_((levels + 8) / 8)
        elif re.search(r"(ln_\w+|norm\d?|bn\d?|identity|LayerNorm|layer_norm\d|layernorm|downsample\.1)\.weight$", name):
            tensor.copy_(1 + levels / 64)
        elif tensor.dim() < 2:
            tensor.copy_(levels / 64)
        else:
            fan = tensor[0].numel() if "proj" not in name.split(".")[-1] else len(tensor)
            tensor.copy_(levels * 2.0 ** -round(numpy.log2(4 * fan**0.5)))
        if tensor.dim() == 2 and len(tensor) == rows:
            kept = tensor[sorted(words)] * 4
            tensor.zero_()
            tensor[sorted(words)] = kept
    return model


def write(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
        packed.write(content)


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def expect(folder, **values):
    (folder / "expected.json").write_text(json.dumps(values, indent=1) + "\n")


def numbers(tensor):
    return [[float(number) for number in row] for row in tensor.double()]


def clip_words():
    return {int(id) for id in clip.tokenize(TEXTS).flatten()}


def expect_clip(folder, image, images, texts, scale, **more):
    image.save(folder / "picture.png")
    images, texts = (x / x.norm(dim=-1, keepdim=True) for x in (images, texts))
    expect(folder, texts=TEXTS, image=numbers(images)[0], embeddings=numbers(texts), scale=float(scale.exp()), **more)


def openai(name, width, height, seed, **sizes):
    """OpenAI's classes, weights narrowed by its own function, saved as TorchScript as its files are."""
    folder = OUT / name
    model = CLIP(context_length=77, vocab_size=49408, **sizes).eval()
    draw(model, seed, clip_words(), 49408)
    convert_weights(model)
    image = picture(width, height, seed)
    transform = clip.clip._transform(sizes["image_resolution"])
    pixels, ids = transform(image)[None], clip.tokenize(TEXTS)
    traced = torch.jit.trace(model, (pixels, ids), check_trace=False)
    script = torch.jit.script(Archive(traced, sizes["image_resolution"]))
    file = io.BytesIO()
    torch.jit.save(script, file)
    write(folder, f"{name}.pt", file.getvalue())
    model.float()
    expect_clip(folder, image, model.encode_image(pixels), model.encode_text(ids), model.logit_scale)
    state = {key: float(value.double().sum()) for key, value in model.state_dict().items() if value.is_floating_point()}
    expected = json.loads((folder / "expected.json").read_text())
    expect(folder, **expected, sums=state)


class Archive(torch.nn.Module):
    """The top of OpenAI's archives: the towers, and numbers as tensors beside them."""

    def __init__(self, traced, resolution):
        super().__init__()
        for name, child in traced.named_children():
            setattr(self, name, child)
        for name, parameter in traced.named_parameters(recurse=False):
            self.register_parameter(name, torch.nn.Parameter(parameter))
        self.register_buffer("input_resolution", torch.tensor(resolution))
        self.register_buffer("context_length", torch.tensor(77))
        self.register_buffer("vocab_size", torch.tensor(49408))

    def forward(self, x):
        return x


def open_clip_case(name, model_cfg, preprocess_cfg, size, seed, store, ids=None, **more):
    folder = OUT / name
    kind = open_clip.CustomTextCLIP if model_cfg.get("custom_text") else open_clip.CLIP
    arguments = {key: value for key, value in model_cfg.items() if key != "custom_text"}
    model = draw(kind(**arguments).eval(), seed, clip_words(), 49408)
    image = picture(*size, seed)
    preprocess = PreprocessCfg(size=model_cfg["vision_cfg"]["image_size"], **preprocess_cfg)
    transform = image_transform_v2(preprocess, is_train=False)
    ids = open_clip.tokenize(TEXTS) if ids is None else ids
    folder.mkdir(parents=True, exist_ok=True)
    config = dict(model_cfg=model_cfg, preprocess_cfg=preprocess_cfg)
    write(folder, "open_clip_config.json", json.dumps(config, indent=2).encode())
    store(folder, model)
    expect_clip(folder, image, model.encode_image(transform(image)[None]), model.encode_text(ids), model.logit_scale, **more)


def bin_file(folder, model):
    write(folder, "open_clip_pytorch_model.bin", saved(model.state_dict()))


def safetensors_file(folder, model):
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    write(folder, "open_clip_model.safetensors", save(state, {"format": "pt"}))


def training_file(folder, model):
    """As open_clip's training saves: names of a parallel model, the optimiser beside them; here in the legacy format."""
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    first = next(iter(model.parameters()))
    optimizer = dict(state={0: dict(step=torch.tensor(3.0), exp_avg=torch.zeros(2))}, param_groups=[dict(lr=1e-3, params=[0])])
    value = dict(epoch=1, name="small", state_dict=state, optimizer=optimizer, scaler=None, loss=0.25, first=first)
    write(folder, "epoch_1.pt", saved(value, _use_new_zipfile_serialization=False))


BACK = [  # from transformers' names to Salesforce's
    (r"^vision_model\.embeddings\.class_embedding", "visual_encoder.cls_token"),
    (r"^vision_model\.embeddings\.position_embedding", "visual_encoder.pos_embed"),
    (r"^vision_model\.embeddings\.patch_embedding", "visual_encoder.patch_embed.proj"),
    (r"^vision_model\.post_layernorm", "visual_encoder.norm"),
    (r"^vision_model\.encoder\.layers\.(\d+)\.layer_norm([12])", r"visual_encoder.blocks.\1.norm\2"),
    (r"^vision_model\.encoder\.layers\.(\d+)\.self_attn\.qkv", r"visual_encoder.blocks.\1.attn.qkv"),
    (r"^vision_model\.encoder\.layers\.(\d+)\.self_attn\.projection", r"visual_encoder.blocks.\1.attn.proj"),
    (r"^vision_model\.encoder\.layers\.(\d+)\.mlp", r"visual_encoder.blocks.\1.mlp"),
]


def salesforce(state):
    renamed = {}
    for name, value in state.items():
        for pattern, replacement in BACK:
            name = re.sub(pattern, replacement, name)
        renamed[name] = value
    return renamed


def bert():
    with gzip.open(VOCABULARY) as words:
        (OUT / "vocab.txt").write_bytes(words.read())
    tokenizer = BertTokenizer(str(OUT / "vocab.txt"))
    (OUT / "vocab.txt").unlink()
    return tokenizer


def blip(name, kind, seed, extra, **saving):
    folder = OUT / name
    tokenizer = bert()
    words = {*WORDS, *tokenizer(CAPTION).input_ids, *tokenizer(QUESTION).input_ids}
    tower = dict(hidden_size=64, intermediate_size=128, num_hidden_layers=1, num_attention_heads=1)
    vision = dict(tower, image_size=32, patch_size=16, layer_norm_eps=1e-6)
    text = dict(tower, encoder_hidden_size=64, max_position_embeddings=32, vocab_size=30524)
    config = BlipConfig(text_config=text, vision_config=vision, image_text_hidden_size=16)
    model = draw(kind(config).eval(), seed, words, 30524)
    if hasattr(model, "text_decoder"):
        bias = model.text_decoder.cls.predictions.bias
        others = torch.ones(30524, dtype=torch.bool)
        others[sorted(words)] = False
        bias[others] = -30
        bias[[0, 100, 101, 103, 30522, 30523]] = -30
    state = salesforce(model.state_dict())
    write(folder, f"{name}.pth", saved(dict(model=state | extra(state)), **saving))
    image = picture(50, 40, seed)
    image.save(folder / "picture.png")
    processor = BlipImageProcessorPil(size=dict(height=32, width=32))
    pixels = processor(image, return_tensors="pt").pixel_values
    if kind is BlipForConditionalGeneration:
        expect(folder, tokens=model.generate(pixels, max_new_tokens=12)[0].tolist())
    elif kind is BlipForQuestionAnswering:
        ids = tokenizer(QUESTION, return_tensors="pt").input_ids
        tokens = model.generate(input_ids=ids, pixel_values=pixels, max_new_tokens=8)[0].tolist()
        expect(folder, question=QUESTION, tokens=tokens)
    else:
        ids = tokenizer(CAPTION, return_tensors="pt")
        match = model(pixel_values=pixels, **ids).itm_score.softmax(-1)[0, 1]
        cosine = model(pixel_values=pixels, **ids, use_itm_head=False).itm_score[0, 0]
        expect(folder, text=CAPTION, match=float(match), cosine=float(cosine))


def training_copies(state):
    """What Salesforce's files hold besides: slow copies, queues, positions."""
    return {
        "visual_encoder_m.cls_token": state["visual_encoder.cls_token"],
        "text_encoder.embeddings.position_ids": torch.arange(32)[None],
        "image_queue": torch.zeros(16, 8),
        "queue_ptr": torch.zeros(1, dtype=torch.long),
        "temp": torch.tensor(0.07),
    }


def sharded():
    """A folder of transformers with the weights of a case of CLIP in two files of PyTorch, some as views of others."""
    folder = OUT / "hugging-face"
    weights = load_file(CLIP_CASE / "model.safetensors")
    weights["text_projection.weight"] = weights["text_projection.weight"].T.contiguous().T
    names = sorted(weights)
    shards = {"pytorch_model-00001-of-00002.bin": names[: len(names) // 2], "pytorch_model-00002-of-00002.bin": names[len(names) // 2 :]}
    places = {}
    for shard, held in shards.items():
        whole = torch.cat([weights[name].flatten() for name in held])
        views, at = {}, 0
        for name in held:
            views[name] = whole[at : at + weights[name].numel()].view(weights[name].shape) if weights[name].is_contiguous() else weights[name]
            at += weights[name].numel()
            places[name] = shard
        write(folder, shard, saved(views))
    write(folder, "pytorch_model.bin.index.json", json.dumps(dict(metadata={}, weight_map=places)).encode())
    for name in ("config.json",):
        write(folder, name, (CLIP_CASE / name).read_bytes())


def every_type():
    """Types, views, strides and wrappers, in both formats."""
    folder = OUT / "every-type"
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    tensors = {
        "whole": base,
        "transposed": base.T,
        "rows": base[1:3],
        "columns": base[:, 2:5],
        "every.other": base[::2, ::3],
        "cube": torch.arange(24).reshape(2, 3, 4).permute(2, 0, 1),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "nothing": torch.zeros(0, 3),
        "half": torch.tensor([1.5, -2.0, float("inf")], dtype=torch.float16),
        "bfloat": torch.tensor([1.5, -2.0, 3.0], dtype=torch.bfloat16),
        "bytes": torch.tensor([0, 255], dtype=torch.uint8),
        "signed": torch.tensor([-128, 127], dtype=torch.int8),
        "short": torch.tensor([-300, 300], dtype=torch.int16),
        "int": torch.tensor([-70000, 70000], dtype=torch.int32),
        "flags": torch.tensor([True, False]),
        "parameter": torch.nn.Parameter(torch.tensor([3.0, 4.0])),
    }
    value = dict(state_dict=tensors, epoch=3, rate=0.1, name="\u00e9", nested=[1, (2, None)], many=list(range(300)))
    write(folder, "zip.pt", saved(value))
    write(folder, "legacy.pt", saved(value, _use_new_zipfile_serialization=False))
    write(folder, "protocol4.pt", saved(value, pickle_protocol=4))
    rows = {name: [str(x.dtype).split(".")[1], list(x.shape), [float(y) for y in x.double().flatten()]] for name, x in tensors.items()}
    (folder / "expected.json").write_text(json.dumps(rows, indent=1).replace("Infinity", "1e999") + "\n")


def timm_case(name, tower, create, pool, causal, preprocess_cfg, size, image_size, seed, proj=None):
    """A vision tower of timm in small sizes, which open_clip makes of timm's name in full size."""
    made = timm.create_model
    timm.create_model = lambda _, num_classes=1000, global_pool="avg", **options: create(num_classes=num_classes, global_pool=global_pool)
    try:
        vision = dict(timm_model_name=tower, timm_model_pretrained=False, timm_pool=pool, timm_proj=proj, timm_drop=0.0, timm_drop_path=0.0)
        model_cfg = dict(embed_dim=20, custom_text=True, vision_cfg=vision | dict(image_size=image_size), text_cfg=TEXT | dict(no_causal_mask=not causal))
        open_clip_case(name, model_cfg, preprocess_cfg, size, seed, safetensors_file)
    finally:
        timm.create_model = made


def siglip(name, tower, tokenizer, size, image_size, seed, dimension, words, **sizes):
    """open_clip's SigLIP: a vision transformer of timm that pools by attention, another tokenizer, cleaned texts."""
    folder = OUT / name
    files = folder / "tokenizer"
    tokenizer(files)
    reference = HFTokenizer(str(files), context_length=16, clean="canonicalize")
    made = timm.create_model
    timm.create_model = lambda model, num_classes, global_pool, **options: made(
        model, num_classes=num_classes, global_pool=global_pool, img_size=image_size, embed_dim=dimension, **sizes)
    try:
        text = dict(
            context_length=16, vocab_size=len(reference.tokenizer), hf_tokenizer_name="own/name", tokenizer_kwargs=dict(clean="canonicalize"),
            no_causal_mask=True, proj_bias=True, pool_type="last", norm_kwargs=dict(eps=1e-6), **words)
        vision = dict(image_size=image_size, timm_model_name=tower, timm_model_pretrained=False, timm_pool="map", timm_proj="none")
        model_cfg = dict(embed_dim=dimension, init_logit_bias=-10, custom_text=True, vision_cfg=vision, text_cfg=text)
        squash = dict(mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", resize_mode="squash")
        texts = awkward(150) + ["snake_case_words", "ΟΔΟΣ, ODOS.", "ΟΔΟΣ-ΟΔΟΣ", "a\x1cb\u00a0c\u200bd"]
        ids = reference.tokenizer([canonicalize_text(text) for text in texts], max_length=16, padding="max_length", truncation=True).input_ids
        tokens = [dict(text=text, ids=row) for text, row in zip(texts, ids, strict=True)]
        open_clip_case(name, model_cfg, squash, size, seed, safetensors_file, reference(TEXTS), tokens=tokens)
    finally:
        timm.create_model = made
    for file in sorted(files.iterdir()):
        write(folder, file.name, file.read_bytes())
    shutil.rmtree(files)


def t5(folder):
    """T5's tokenizer as the fast ones are saved, of the pieces of a case of siglip_cases.py."""
    T5Tokenizer.from_pretrained(SIGLIP_CASES / "spiece", extra_ids=0, pad_token="</s>").save_pretrained(folder)


def gemma(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(SIGLIP_CASES / "gemma" / name, folder)


def fastvit(**options):
    return timm.create_model_of_timm(
        "fastvit_mci0", layers=(1, 1), embed_dims=(8, 32), mlp_ratios=(2, 2), downsamples=(False, True), se_downsamples=(False, True),
        token_mixers=("repmixer", "attention"), pos_embs=(None, partial(RepConditionalPosEnc, spatial_shape=(7, 7))), **options)


def vit_with_stem(**options):
    stem = ConvStem(channels=(6, 10, 64), stride=(4, 2, 2), kernel_size=(4, 2, 2), padding=0, act_layer=torch.nn.GELU)
    return VisionTransformer(
        img_size=32, patch_size=1, embed_dim=64, depth=1, num_heads=1, mlp_ratio=2, no_embed_class=True, embed_layer=partial(HybridEmbed, backbone=stem, proj=False), **options)


def vit_of_clip(**options):
    return timm.create_model_of_timm("vit_base_patch16_clip_224", embed_dim=64, depth=2, num_heads=1, mlp_ratio=2, img_size=24, patch_size=8, **options)


def eva(architecture, **sizes):
    """Makes towers of one name, which has to say how many heads there are."""
    return lambda num_classes, global_pool: timm.create_model_of_timm(architecture, num_classes=num_classes, global_pool=global_pool, **sizes)


def convnext(**options):
    return timm.create_model_of_timm("convnext_base", depths=(1, 1, 1, 1), dims=(4, 8, 12, 16), **options)


def worldwide(name):
    """MetaCLIP 2: causal texts of another tokenizer, read at the first token 2."""
    tokenizer = AutoTokenizer.from_pretrained(ROBERTA_TOKENIZER)
    text = dict(TEXT, hf_tokenizer_name="facebook/xlm-v-base", pool_type="eos", eos_id=2, context_length=24, vocab_size=len(tokenizer))
    tower = dict(image_size=32, layers=1, width=32, head_width=16, patch_size=16)
    ids = HFTokenizer(str(ROBERTA_TOKENIZER), context_length=24)(TEXTS)
    open_clip_case(name, dict(embed_dim=20, vision_cfg=tower, text_cfg=text), {}, (48, 40), 16, bin_file, ids)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        write(OUT / name, file, (ROBERTA_TOKENIZER / file).read_bytes())


def clipa(name):
    """CLIPA: the mean of the patches without a norm before the blocks; BERT's tokens, of which padding takes the place of [SEP]."""
    words = "[PAD] [UNK] [CLS] [SEP] [MASK] a photo of cat two dogs , running ! an oct ##opus".split()
    stripped = {"strip_sep_token": True}
    text = dict(TEXT, hf_tokenizer_name="bert-base-uncased", pool_type="last", no_causal_mask=True, context_length=6, vocab_size=len(words))
    tower = dict(image_size=32, layers=2, width=32, head_width=16, patch_size=8, no_ln_pre=True, pool_type="avg", final_ln_after_pool=True)
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = pathlib.Path(folder) / "vocab.txt"
        vocabulary.write_text("\n".join(words) + "\n")
        BertTokenizer(str(vocabulary)).save_pretrained(folder)
        ids = HFTokenizer(folder, context_length=6, **stripped)(TEXTS)
        files = {file: (pathlib.Path(folder) / file).read_bytes() for file in ("tokenizer.json", "tokenizer_config.json")}
    open_clip_case(
        name, dict(embed_dim=20, vision_cfg=tower, text_cfg=text | dict(tokenizer_kwargs=stripped)), {}, (48, 40), 19, bin_file, ids)
    for file, content in files.items():
        write(OUT / name, file, content)


timm.create_model_of_timm = timm.create_model

MOBILE = dict(mean=(0, 0, 0), std=(1, 1, 1), interpolation="bilinear", resize_mode="shortest")
def roberta(name, size, seed, layers, **options):
    """A RoBERTa of transformers as text tower, with the tokenizer of a case of multilingual_cases.py beside it."""
    folder = OUT / name
    tokenizer = AutoTokenizer.from_pretrained(ROBERTA_TOKENIZER)
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=96, num_hidden_layers=layers, num_attention_heads=2, max_position_embeddings=40,
        type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, hidden_dropout_prob=0, attention_probs_dropout_prob=0)
    open_clip.hf_model.AutoConfig = SimpleNamespace(from_pretrained=lambda _: config)
    words = dict(hf_model_name="xlm-roberta-base", hf_tokenizer_name="xlm-roberta-base", hf_model_pretrained=False, context_length=24, **options)
    tower = dict(image_size=32, layers=1, width=32, head_width=16, patch_size=16)
    model_cfg = dict(embed_dim=20, custom_text=True, vision_cfg=tower, text_cfg=words)
    ids = tokenizer(TEXTS, max_length=24, padding="max_length", truncation=True, return_tensors="pt").input_ids
    open_clip_case(name, model_cfg, {}, size, seed, bin_file, ids)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        write(folder, file, (ROBERTA_TOKENIZER / file).read_bytes())


SIGLIP_CASES = CLIP_CASE.parent.parent.parent / "siglip/cases"
ROBERTA_TOKENIZER = CLIP_CASE.parent.parent / "multilingual-cases/metaclip"
TEXT = dict(width=16, heads=2, layers=1)
CASES = {
    "openai-vit": lambda name: openai(
        name, 96, 64, 1, embed_dim=32, image_resolution=64, vision_layers=1, vision_width=64, vision_patch_size=16,
        transformer_width=64, transformer_heads=1, transformer_layers=1,
    ),
    "openai-resnet": lambda name: openai(
        name, 64, 96, 2, embed_dim=24, image_resolution=64, vision_layers=(1, 2, 1, 1), vision_width=4, vision_patch_size=None,
        transformer_width=64, transformer_heads=1, transformer_layers=1,
    ),
    "open-clip-bin": lambda name: open_clip_case(
        name,
        dict(embed_dim=20, vision_cfg=dict(image_size=48, layers=2, width=48, head_width=12, mlp_ratio=3.0, patch_size=16), text_cfg=TEXT),
        dict(mean=(0.5, 0.5, 0.5), std=(0.5, 0.4, 0.3), interpolation="bicubic", resize_mode="squash"),
        (80, 56), 3, bin_file,
    ),
    "open-clip-custom-text": lambda name: open_clip_case(
        name,
        dict(
            embed_dim=20, quick_gelu=True, custom_text=True,
            vision_cfg=dict(image_size=32, layers=1, width=32, head_width=16, patch_size=8, final_ln_after_pool=True, norm_kwargs=dict(eps=1e-6)),
            text_cfg=TEXT | dict(norm_kwargs=dict(eps=1e-3)),
        ),
        dict(interpolation="bilinear", resize_mode="shortest"),
        (64, 48), 4, safetensors_file,
    ),
    "open-clip-training": lambda name: open_clip_case(
        name,
        dict(embed_dim=20, vision_cfg=dict(image_size=32, layers=1, width=32, head_width=8, patch_size=16), text_cfg=TEXT),
        dict(),
        (48, 48), 5, training_file,
    ),
    "layer-scale": lambda name: open_clip_case(
        name,
        dict(embed_dim=20, vision_cfg=dict(image_size=32, layers=2, width=32, head_width=16, patch_size=16, ls_init_value=0.1, patch_dropout=0.5), text_cfg=TEXT),
        dict(),
        (40, 40), 12, safetensors_file,
    ),
    "mobileclip": lambda name: timm_case(name, "fastvit_mci0", fastvit, "avg", False, MOBILE, (96, 64), 64, 6),
    "mobileclip-b": lambda name: timm_case(name, "vit_base_mci_224", vit_with_stem, "token", True, MOBILE, (48, 40), 32, 7),
    "timm-clip": lambda name: timm_case(name, "vit_large_patch14_clip_224", vit_of_clip, "token", False, {}, (40, 24), 24, 8),
    "pe-core": lambda name: timm_case(
        name, "vit_pe_core_tiny_patch16_384", eva("vit_pe_core_tiny_patch16_384", embed_dim=24, mlp_ratio=2, img_size=24, patch_size=8, depth=2),
        "map", True, dict(mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bilinear", resize_mode="squash"), (40, 56), 24, 20),
    "pe-core-gigantic": lambda name: timm_case(
        name, "vit_pe_core_gigantic_patch14_448", eva("vit_pe_core_gigantic_patch14_448", embed_dim=64, mlp_ratio=1, img_size=32, patch_size=16, depth=1),
        "map", True, {}, (40, 56), 32, 21),
    "eva02": lambda name: timm_case(
        name, "eva02_base_patch16_clip_224", eva("eva02_base_patch16_clip_224", embed_dim=48, img_size=32, mlp_ratio=1.2, depth=2), "token", True, {}, (48, 40), 32, 22),
    "eva02-enormous": lambda name: timm_case(
        name, "eva02_enormous_patch14_clip_224", eva("eva02_enormous_patch14_clip_224", embed_dim=64, mlp_ratio=1, img_size=28, depth=1), "token", True, {}, (40, 48), 28, 24),
    "eva01": lambda name: timm_case(
        name, "eva_giant_patch14_224", eva("eva_giant_patch14_224", embed_dim=64, mlp_ratio=1, img_size=28, depth=1), "token", True, {}, (40, 48), 28, 23),
    "vitamin": lambda name: timm_case(
        name, "vitamin_small_224", eva("vitamin_small_224", embed_cfg=VitCfg(embed_dim=(8, 16, 48), depths=(1, 2, 1), stem_width=8), embed_dim=48, depth=2, img_size=64),
        "", True, {}, (64, 96), 64, 25, "linear"),
    "vitamin-xlarge": lambda name: timm_case(
        name, "vitamin_xlarge_256", eva("vitamin_xlarge_256", embed_cfg=VitCfg(embed_dim=(8, 24, 64), depths=(2, 1, 1), stem_width=16), embed_dim=64, depth=1, img_size=36),
        "", True, {}, (72, 96), 36, 26, "linear"),
    "convnext": lambda name: timm_case(name, "convnext_base", convnext, "", True, {}, (80, 64), 64, 17, "linear"),
    "convnext-mlp": lambda name: timm_case(name, "convnext_large", convnext, "", True, {}, (64, 80), 64, 18, "mlp"),
    "worldwide": worldwide,
    "clipa": clipa,
    "roberta-mlp": lambda name: roberta(name, (48, 40), 9, 1, hf_pooler_type="mean_pooler"),
    "roberta-linear": lambda name: roberta(name, (32, 48), 10, 2, hf_pooler_type="cls_last_hidden_state_pooler", hf_proj_type="linear"),
    "siglip": lambda name: siglip(name, "vit_base_patch16_siglip_224", t5, (56, 40), 36, 14, 48, dict(width=24, heads=3, layers=1), depth=1, mlp_ratio=2, patch_size=8),
    "siglip2": lambda name: siglip(
        name, "vit_so400m_patch16_siglip_256", gemma, (40, 48), 32, 15, 32, dict(width=20, heads=2, layers=2, mlp_ratio=1.7, act_kwargs=dict(approximate="tanh")),
        depth=2, mlp_ratio=1.3),
    "blip-caption": lambda name: blip(name, BlipForConditionalGeneration, 11, lambda state: {}),
    "blip-vqa": lambda name: blip(name, BlipForQuestionAnswering, 12, lambda state: {}, _use_new_zipfile_serialization=False),
    "blip-itm": lambda name: blip(name, BlipForImageTextRetrieval, 13, training_copies),
    "hugging-face": lambda name: sharded(),
    "every-type": lambda name: every_type(),
}

if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    with torch.no_grad():
        for case in sys.argv[1:] or CASES:
            CASES[case](case)
            print(case, sum(file.stat().st_size for file in (OUT / case).iterdir()), "bytes")

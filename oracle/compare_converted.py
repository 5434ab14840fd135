"""Convert the checkpoints of converter_cases.py with ./fovea convert, load them with transformers, compare with what the original said.

    python oracle/compare_converted.py

Prints the largest relative error of CLIP's embeddings (largest difference over largest value), whether BLIP's tokens are the same, and
for Florence-2 in Microsoft's layout whether the tokens of its case come out.
"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from PIL import Image
from transformers import BertTokenizer, BlipForConditionalGeneration, BlipForImageTextRetrieval, BlipForQuestionAnswering
from transformers import BlipImageProcessorPil, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer, Florence2ForConditionalGeneration
from transformers import Florence2Processor

ROOT = pathlib.Path(__file__).parent.parent
CASES = ROOT / "weight-converter/src/test/resources/dev/fovea/converter/cases"
FLORENCE = ROOT / "models/src/test/resources/dev/fovea/models/florence/cases"
LIMIT = 1e-4


def convert(source, folder):
    out = folder / "converted"
    done = subprocess.run([ROOT / "fovea", "convert", source, out, "--json"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"fovea convert {source} ended with {done.returncode}")
    return out


def unpack(case, folder):
    files = []
    for file in case.glob("*.gz"):
        files.append(folder / file.stem)
        files[-1].write_bytes(gzip.decompress(file.read_bytes()))
    weights = [file for file in files if file.suffix in (".pt", ".pth")]
    return weights[0] if weights else folder


def error(expected, found):
    expected, found = torch.tensor(expected, dtype=torch.float64), found.double()
    return float((expected - found).abs().max() / expected.abs().max())


def features(output):
    vectors = output if torch.is_tensor(output) else output.pooler_output
    return vectors / vectors.norm(dim=-1, keepdim=True)


def clip(folder, image, expected):
    model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
    pixels = CLIPImageProcessorPil.from_pretrained(folder)(image, return_tensors="pt").pixel_values
    worst = error([expected["image"]], features(model.get_image_features(pixels)))
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    for text, vector in zip(expected["texts"], expected["embeddings"]):
        ids = tokenizer(text, return_tensors="pt").input_ids
        worst = max(worst, error([vector], features(model.get_text_features(ids))))
    return worst <= LIMIT, f"relative error {worst:.1e}"


def blip(folder, image, expected):
    pixels = BlipImageProcessorPil.from_pretrained(folder)(image, return_tensors="pt").pixel_values
    tokenizer = BertTokenizer.from_pretrained(folder)
    if "match" in expected:
        model = BlipForImageTextRetrieval.from_pretrained(folder).eval()
        ids = tokenizer(expected["text"], return_tensors="pt")
        inputs = dict(pixel_values=pixels, input_ids=ids.input_ids, attention_mask=ids.attention_mask)
        match = model(**inputs).itm_score.softmax(-1)[0, 1]
        cosine = model(**inputs, use_itm_head=False).itm_score[0, 0]
        worst = max(abs(float(match) - expected["match"]), abs(float(cosine) - expected["cosine"]))
        return worst <= LIMIT, f"difference {worst:.1e}"
    if "question" in expected:
        model = BlipForQuestionAnswering.from_pretrained(folder).eval()
        ids = tokenizer(expected["question"], return_tensors="pt").input_ids
        tokens = model.generate(input_ids=ids, pixel_values=pixels, max_new_tokens=8)
    else:
        model = BlipForConditionalGeneration.from_pretrained(folder).eval()
        tokens = model.generate(pixels, max_new_tokens=12)
    return tokens[0].tolist() == expected["tokens"], "tokens compared"


def florence(folder):
    """The converted folder and transformers' own with the same weights say the same."""
    texts = []
    for path in (folder, FLORENCE / "float16"):
        model = Florence2ForConditionalGeneration.from_pretrained(path, dtype=torch.float32).eval()
        processor = Florence2Processor.from_pretrained(path)
        image = Image.open(CASES / "openai-vit" / "picture.png")
        inputs = processor(text="<OD>", images=image, return_tensors="pt")
        tokens = model.generate(**inputs, max_new_tokens=12)
        texts.append(processor.batch_decode(tokens, skip_special_tokens=False)[0])
    return texts[0] == texts[1], f"{texts[0]!r}"


def main():
    fine = True
    cases = [(case, json.loads((case / "expected.json").read_text())) for case in sorted(CASES.iterdir()) if (case / "picture.png").exists()]
    for case, expected in cases:
        if case.name == "openai-resnet":
            continue  # transformers has no such model
        with tempfile.TemporaryDirectory() as temporary:
            folder = convert(unpack(case, pathlib.Path(temporary)), pathlib.Path(temporary))
            image = Image.open(case / "picture.png")
            same, figure = (clip if "embeddings" in expected else blip)(folder, image, expected)
            print(case.name, "same" if same else "DIFFERENT", figure, flush=True)
            fine &= same
    with tempfile.TemporaryDirectory() as temporary:
        same, figure = florence(convert(FLORENCE / "microsoft", pathlib.Path(temporary)))
        print("florence", "same" if same else "DIFFERENT", figure)
        fine &= same
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    with torch.no_grad():
        main()

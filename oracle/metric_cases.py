"""Records what the field's own programs say about small made-up results, for the tests of `evaluation`.

usage: metric_cases.py VQA_FOLDER   (a checkout of GT-Vision-Lab/VQA, whose evaluation is run as it is)
"""

import contextlib
import io
import itertools
import json
import random
import re
import sys
from pathlib import Path

import jiwer
import numpy as np
import sklearn.metrics
import torch
import torchmetrics.functional as tm
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from rapidfuzz.distance import Levenshtein

TARGET = Path(__file__).parent.parent / "evaluation/src/test/resources/dev/fovea/evaluation/metrics"

SUBJECTS = "a man's dog|two children|the brown-and-white cat|an old woman (in red)|a group of people|3 zebras|a T.V.".split("|")
VERBS = "is sitting on|doesn't like|are running across|can't see|stands next to|is holding|that's eating".split("|")
OBJECTS = "a high-chair|the tennis court|2 pieces of pizza|a \"stop\" sign|an umbrella, a bag and a hat|St. John's Ave.".split("|")
ENDS = ".| at 10:30 a.m.|!!| in the U.S.|, and they're happy.|...| -- again|| near the w/c ; too|?".split("|")


def sentence(random):
    return f"{random.choice(SUBJECTS)} {random.choice(VERBS)} {random.choice(OBJECTS)}{random.choice(ENDS)}"


def quiet(call, *arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        return call(*arguments)


def write(name, value):
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def captions():
    random_ = random.Random(1)
    corpora = [
        (
            ["a cat on a mat", "a dog runs in the park", "a red car parked on the street"],
            [
                ["a cat sits on a mat", "the cat is on the mat"],
                ["two dogs run in the park", "dogs running outside"],
                ["a red car", "a car parked on a street"],
            ],
        ),
        (["a cat"], [["a cat", "the cat"]]),
        (["", "a dog", "."], [["a cat"], [""], ["a bird"]]),
    ]
    for size in (4, 12):
        picked = [[sentence(random_) for _ in range(random_.randint(1, 6))] for _ in range(size)]
        corpora.append(([random_.choice([sentence(random_), sorted(texts)[0]]) for texts in picked], picked))
    cases = []
    for candidates, references in corpora:
        tokenizer = PTBTokenizer()
        found = quiet(tokenizer.tokenize, {i: [{"caption": text}] for i, text in enumerate(candidates)})
        truth = quiet(tokenizer.tokenize, {i: [{"caption": text} for text in texts] for i, texts in enumerate(references)})
        cases.append(
            {
                "captions": candidates,
                "references": references,
                "bleu": quiet(Bleu(4).compute_score, truth, found)[0],
                "rouge": list(map(float, quiet(Rouge().compute_score, truth, found)[1])),
                "cider": list(map(float, quiet(Cider().compute_score, truth, found)[1])),
            }
        )
    write("captions.json", {"cases": cases})
    texts = """A man's dog doesn't like it; can't you see? I'd've gone, we'll go, they're here, I've
I'm gonna wanna gotta lemme gimme cannot 'twas
It's 10:30 a.m. on T.V. in the U.S. with Mr. Smith and Mrs. Jones, St. John vs. him, etc. and so on.
high-chair well-known 3/4 blue/red 1,000 1,000.50 $5 5% #1 R&B AT&T salt & pepper 100$ 3.5 .5 -5 +5 1/2 5'10" 6ft 5th 90's '90s
"quoted text" 'single quoted' “curly” ‘curly’ it’s doesn’t … ... .... – — -- --- a - b
(in brackets) [square] {curly} <b>bold</b> a_b foo@bar.com http://www.example.com/a?b=c www.example.com #hashtag @user
wow!!! what?! really!? hmm... ok!! a.b a,b a;b a:b
y'all o'clock rock'n'roll rock 'n' roll d'oh ma'am ol' goin' dogs' cats' 's
The end. The end . The end.The U.S. No. 5 no. A.M. p.m. co. e.g. i.e. U.N. d.c. washington d.c.
café naïve 猫 が いる 😀 a😀b ½ ¾ € £5 ©2010 ™ 30° × • ·
a/b/c 24/7 and/or w/ w/o b/w black&white 2x4 3-d mid-air t-shirt x-ray 20-30 two--three pre- -post
isn't aren't wasn't won't shan't mustn't ain't couldn't've who's what's let's that'll she'd
t.v. tv, mr mr. mrs. dr. ave. blvd. mt. ft. lb. oz. in. max. sq. jan. feb. mon.
plan b. and vitamin C. is a. the rd. alex. sat. sun. mont. cannot cannot's gonna-be
half-eaten/half-full 5-year-old 12:30pm 1.5-inch 3.5ft 192.168.0.1 9/11/2001 555-1234 1 - 2 1–2 x-2""".split("\n")
    texts += [sentence(random_) for _ in range(150)]
    words = quiet(PTBTokenizer().tokenize, {i: [{"caption": text}] for i, text in enumerate(texts)})
    write("words.json", {"cases": [{"text": text, "words": words[i][0].split()} for i, text in enumerate(texts)]})


def vqa(folder):
    source = (folder / "PythonEvaluationTools/vqaEvaluation/vqaEval.py").read_text()
    names = {}
    exec(re.sub(r'print (".*?")', r"print(\1)", source), names)  # Python 2
    random_ = random.Random(2)
    pool = """yes|no|Yes.|YES|two|2|Two|none|a cat|the cat|cat|cats|dont know|don't know|red, white|red,white|red and white
1,000|1000|10:30|3.5|3.50|U.S.|us|t-shirt|t shirt|black/white|black / white|it's a dog!|its a dog|theyre|they're|somebody'd|?|
"yes"|new york|New York|(left)|left|couldn'tve|y'alldve|10%|$5|5|five dollars|a.m.|an apple , a pear|an apple| the  end |ten.|mother-in-law""".replace(
        "\n", "|"
    ).split("|")
    cases = []
    for number in range(300):
        few = random_.sample(pool, random_.randint(1, 4))
        answers = [random_.choice(few) for _ in range(10)]
        answer = random_.choice([random_.choice(few), random_.choice(pool)])
        truth = [{"answer": text, "answer_id": i + 1} for i, text in enumerate(answers)]

        class Questions:
            def __init__(self, qa):
                self.qa = {number: qa}

            def getQuesIds(self):
                return [number]

        evaluation = names["VQAEval"](
            Questions({"answers": truth, "question_type": "q", "answer_type": "a"}), Questions({"answer": answer}), n=10
        )
        quiet(evaluation.evaluate)
        plain = evaluation.processDigitArticle(
            evaluation.processPunctuation(answer.replace("\n", " ").replace("\t", " ").strip())
        )
        cases.append(
            {"answer": answer, "answers": answers, "normal": plain, "official": evaluation.accuracy["overall"] / 100}
        )
    write("vqa.json", {"cases": cases})


def detection():
    cases = []
    for seed in range(6):
        random_ = random.Random(seed)
        images, categories = range(1, 2 + 4 * seed, 2), [3, 7, 90]
        truths, predictions = [], []
        for image, category in itertools.product(images, categories):
            boxes = []
            for _ in range(random_.choice([0, 1, 2, 5])):
                side = random_.choice([12, 40, 70, 150])
                box = [round(random_.uniform(0, 200), 1), round(random_.uniform(0, 200), 1), side, round(side * 1.3, 1)]
                boxes.append(box)
                if category != 90 or seed == 0:  # otherwise a category without truths
                    area = box[2] * box[3] * random_.choice([1, 0.7])
                    truths.append(
                        {
                            "id": len(truths) + 1,
                            "image_id": image,
                            "category_id": category,
                            "bbox": box,
                            "area": area,
                            "iscrowd": int(random_.random() < 0.15),
                        }
                    )
            for box in boxes * random_.choice([1, 2]) + ([[5, 5, 60, 60]] if random_.random() < 0.3 else []):
                moved = [round(value + random_.uniform(-6, 6), 1) for value in box[:2]] + box[2:]
                score = random_.choice([0.9, 0.5, round(random_.random(), 3)])
                predictions.append({"image_id": image, "category_id": category, "bbox": moved, "score": score})
            if seed == 5 and image == 1:
                predictions += [
                    {"image_id": image, "category_id": category, "bbox": [i, i, 20, 20], "score": 0.3 + i / 1000}
                    for i in range(120)
                ]
        coco = COCO()
        coco.dataset = {
            "images": [{"id": image} for image in images],
            "categories": [{"id": category} for category in categories],
            "annotations": truths,
        }
        quiet(coco.createIndex)
        evaluation = quiet(COCOeval, coco, quiet(coco.loadRes, predictions), "bbox")
        for step in (evaluation.evaluate, evaluation.accumulate, evaluation.summarize):
            quiet(step)
        cases.append(
            {
                "truths": [
                    [t["image_id"], t["category_id"], *t["bbox"], t["area"], t["iscrowd"]] for t in truths
                ],
                "predictions": [[p["image_id"], p["category_id"], *p["bbox"], p["score"]] for p in predictions],
                "stats": evaluation.stats.tolist(),
            }
        )
    write("detection.json", {"cases": cases})


def polygons():
    random_ = random.Random(3)
    cases = []
    for number in range(60):
        width, height = random_.randint(1, 40), random_.randint(1, 40)

        def polygon():
            corners = random_.randint(3, 8)
            grid = random_.choice([1, 0.5, 0.1, 0.01])
            reach = random_.choice([0, 3])  # beyond the picture
            return [
                round(random_.uniform(-reach, side + reach) / grid) * grid for _ in range(corners) for side in (width, height)
            ]

        one, other = [[polygon() for _ in range(random_.choice([1, 1, 2]))] for _ in range(2)]
        encoded = [masks.merge(masks.frPyObjects(each, height, width)) for each in (one, other)]
        decoded = [masks.decode(each).astype(bool) for each in encoded]
        union = int((decoded[0] | decoded[1]).sum())
        cases.append(
            {
                "width": width,
                "height": height,
                "one": one,
                "other": other,
                "counts": [each["counts"].decode() for each in encoded],
                "areas": [int(each.sum()) for each in decoded],
                "iou": int((decoded[0] & decoded[1]).sum()) / union if union else 1,
            }
        )
    write("masks.json", {"cases": cases})


def classification():
    torch.manual_seed(4)
    cases = []
    for classes, examples in ((2, 9), (5, 40), (10, 200)):
        logits = 2 * torch.randn(examples, classes, dtype=torch.float64)
        targets = torch.randint(classes, (examples,))
        logits[torch.arange(examples), targets] += 1.5 * (torch.rand(examples) < 0.6)
        probabilities = logits.softmax(1)
        chosen = probabilities.argmax(1)
        case = {
            "scores": logits.tolist(),
            "targets": targets.tolist(),
            "balanced": sklearn.metrics.balanced_accuracy_score(targets, chosen),
            "nll": sklearn.metrics.log_loss(targets, probabilities, labels=range(classes)),
            "brier": float(((probabilities - torch.nn.functional.one_hot(targets, classes)) ** 2).sum(1).mean()),
            "ece": float(tm.calibration_error(probabilities, targets, "multiclass", num_classes=classes, n_bins=15)),
            "mce": float(
                tm.calibration_error(probabilities, targets, "multiclass", num_classes=classes, n_bins=15, norm="max")
            ),
        }
        for k in (1, 3, 5):
            if k < classes:
                scores = logits if classes > 2 else probabilities[:, 1]
                case[f"top{k}"] = sklearn.metrics.top_k_accuracy_score(targets, scores, k=k, labels=range(classes))
        cases.append(case)
    write("classification.json", {"cases": cases})


def retrieval():
    random_ = np.random.default_rng(5)
    cases = []
    for pictures, each in ((4, 1), (20, 3)):
        of_text = np.sort(np.concatenate([np.arange(pictures), random_.integers(pictures, size=pictures * (each - 1))]))
        images = random_.standard_normal((pictures, 8))
        texts = images[of_text] + 1.2 * random_.standard_normal((len(of_text), 8))
        images, texts = [
            (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32) for x in (images, texts)
        ]
        scores = torch.from_numpy(texts.astype(np.float64) @ images.T.astype(np.float64))
        positive = torch.from_numpy(of_text[:, None] == np.arange(pictures))
        case = {"pictures": images.tolist(), "texts": texts.tolist(), "picture_of_text": of_text.tolist()}
        for k in (1, 5, 10):
            for name, table, right in (("text_to_picture", scores, positive), ("picture_to_text", scores.T, positive.T)):
                best = table.topk(min(k, table.shape[1]), dim=1).indices
                case[f"{name}@{k}"] = right.gather(1, best).any(1).double().mean().item()
        cases.append(case)
    write("retrieval.json", {"cases": cases})


def texts():
    random_ = random.Random(6)
    cases = []
    for _ in range(40):
        truth = sentence(random_)
        read = "".join(random_.choice([c, c, c, c, c, c, "", "x", c + " "]) for c in truth).strip()  # as jiwer does
        cases.append(
            {
                "truth": truth,
                "read": read,
                "cer": jiwer.cer(truth, read),
                "wer": jiwer.wer(truth, read),
                "similarity": Levenshtein.normalized_similarity(truth, read),
            }
        )
    all_truths, all_read = [c["truth"] for c in cases], [c["read"] for c in cases]
    write(
        "texts.json",
        {"cases": cases, "cer": jiwer.cer(all_truths, all_read), "wer": jiwer.wer(all_truths, all_read)},
    )


def association():
    random_ = np.random.default_rng(7)
    cases = []
    for members in (2, 4, 8):
        x, y, a, b = [random_.standard_normal((count, 6)).astype(np.float32) for count in (members, members, 3, 2)]
        x[:, 0] += 1
        a[:, 0] += 1
        unit = lambda m: m.astype(np.float64) / np.linalg.norm(m.astype(np.float64), axis=1, keepdims=True)
        both = np.concatenate([x, y])
        s = (unit(both) @ unit(a).T).mean(1) - (unit(both) @ unit(b).T).mean(1)
        effect = (s[:members].mean() - s[members:].mean()) / s.std(ddof=1)
        sums = [s[list(chosen)].sum() for chosen in itertools.combinations(range(2 * members), members)]
        p = float(np.mean([total >= s[:members].sum() - 1e-12 for total in sums]))
        cases.append(
            {"x": x.tolist(), "y": y.tolist(), "a": a.tolist(), "b": b.tolist(), "effect": float(effect), "p": p}
        )
    write("association.json", {"cases": cases})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    captions()
    vqa(Path(sys.argv[1]))
    detection()
    polygons()
    classification()
    retrieval()
    texts()
    association()

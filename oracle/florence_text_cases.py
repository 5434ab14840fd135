"""What transformers' Florence2Processor makes of prompts, coordinates and generated texts, for the Java tests to replay.

    python oracle/florence_text_cases.py                      # rewrites the files in the tree
    python oracle/florence_text_cases.py COUNT SEED OUT.gz    # writes that many other texts anywhere

Written to models/src/test/resources/dev/fovea/models/florence/: prompts.jsonl, free_prompts.jsonl, bins.jsonl and texts.jsonl.gz. No weights are
needed: post-processing looks at text only. Texts are answers as the model writes them, broken in all ways that it could break
them, and some more.
"""

import gzip
import json
import random
import sys
from pathlib import Path

import torch
from tokenizers import pre_tokenizers
from transformers import BartTokenizer, CLIPImageProcessor, Florence2Processor

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/florence"

# processor_config.json of the converted checkpoints (convert_florence2_original_pytorch_to_hf.py), each phrase once.
VAGUE = """it,I,me,mine,you,your,yours,he,him,his,she,her,hers,they,them,their,theirs,one,oneself,we,us,our,ours,its,myself,
yourself,himself,herself,itself,ourselves,yourselves,themselves,this,that,these,those,who,whom,whose,which,what,all,another,
any,anybody,anyone,anything,each,everybody,everyone,everything,few,many,nobody,none,several,some,somebody,someone,something,
each other,one another,the image,image,images,the,a,an,a group,other objects,lots,a set""".replace("\n", "").split(",")
POST_PROCESSING = {"phrase_grounding": {"banned_grounding_tokens": VAGUE}} | {
    kind: {} for kind in ("ocr", "pure_text", "description_with_bboxes", "description_with_polygons", "polygons", "bboxes",
                          "description_with_bboxes_or_polygons")}

SIZES = [(1, 1), (1, 7), (3, 2), (10, 1000), (333, 499), (640, 480), (768, 768), (800, 1200), (999, 1001), (1000, 1000),
         (1300, 876), (1920, 1080), (4032, 3024), (6001, 17), (12345, 54321), (65535, 65537), (1000000, 1)]
LABELS = ["car", "door handle", "a green car", "wheels", "café", "naïve red dog", "日本語", "中新中", "😊", "😊 dog 👍🏽", "é car", "car é",
          "ÿ", "the Image", "It", " it ", "it\u00e9", "OPTUS", "OD COUKT", "88", "3 < 4", "a > b", "loc_5", "x{input}y", "$1\\1", "&amp;"]
SPACES = ["", " ", "  ", "\n", "\r\n", "\t", "\x0b", "\x0c", "\r", "\x1c", "\x1f", "\x85", "\xa0", "\u2003", "\u2028", "\u2029",
          "\u3000", "\u200b", "\ufeff", "\u180e", " \n ", "a\nb", "\nb", "a\n", "a\rb", "a\u2028b", "\n\n"]
TOKENS = ["<s>", "</s>", "<pad>", "<sep>", "<poly>", "</poly>", "<ground>", "</ground>", "<obj>", "</obj>", "<od>", "</od>", "<box>",
          "</box>", "<bbox>", "</bbox>", "<and>", "<ocr>", "<grounding>", "<unk>", "<mask>", "<image>", "<OD>"]
BROKEN = ["<", ">", "<<", "<>", "</", "<loc_", "<loc_>", "<loc_12", "loc_12>", "<loc_-1>", "<loc_1.5>", "<loc_ 1>", "<loc_1 >",
          "<LOC_1>", "<loc_²>", "<loc_1<loc_2>", "<<loc_3>", "<loc_4>>", "<sep", "<sep >", "<poly", "<<poly>>", "<po<s>ly>", "<lo</s>c_5>",
          "<loc_<pad>6>", "<<s>s>", "<<s>/s>", "</<s>s>", "<p</s>ad>", "<</s>s>", "</<pad>s>", "<s", "s>", "<pad", "</s"]
DIGITS = ["٣", "५", "９", "𝟘", "1२3", "٠٠٧"]


def processor():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *alphabet])}
    tokenizer = BartTokenizer(vocab=vocabulary, merges=[], extra_special_tokens={"image_token": "<image>"})
    images = CLIPImageProcessor()
    images.image_seq_length = 577
    return Florence2Processor(image_processor=images, tokenizer=tokenizer, post_processor_config=POST_PROCESSING)


def answers(count, seed, tasks):
    """Tasks, texts and sizes of pictures."""
    pick = random.Random(seed)

    def location():
        roll = pick.random()
        if roll < 0.9:
            number = str(pick.randint(0, 999))
        elif roll < 0.95:
            number = str(pick.choice([1000, 1001, 1023, 4096, 99999, 999999]))
        elif roll < 0.98:
            number = pick.choice(["00", "007", "0999", "01000", "0000000012"])
        else:
            number = pick.choice(DIGITS)
        return f"<loc_{number}>"

    def locations(counts):
        return [location() for _ in range(pick.choice(counts))]

    def label():
        words = [pick.choice(VAGUE) if pick.random() < 0.25 else pick.choice(LABELS)]
        if pick.random() < 0.3:
            words.append(pick.choice(SPACES))
        if pick.random() < 0.3:
            words.insert(0, pick.choice(SPACES))
        return ["".join(words)]

    def polygon():
        parts = []
        for _ in range(pick.choice([1, 1, 1, 2, 3])):
            parts += [*locations([1, 2, 3, 4, 5, 6, 8, 9, 12]), *["<sep>"] * pick.choice([0, 1, 1, 1, 2, 3])]
        return ["<poly>", *parts, "</poly>"] if pick.random() < 0.5 else parts

    def garbage():
        return [pick.choice(pick.choice([TOKENS, TOKENS, BROKEN, SPACES, LABELS]))]

    def plausible():
        shape = pick.random()
        if shape < 0.35:
            return label() + locations([4, 4, 4, 8, 12, 3, 5, 7])
        if shape < 0.5:
            return label() + locations([8, 8, 8, 7, 9, 16, 17])
        if shape < 0.6:
            return locations(range(1, 18))
        if shape < 0.9:
            return (label() if pick.random() < 0.6 else []) + [part for _ in range(pick.choice([1, 1, 2])) for part in polygon()]
        return label()

    def shuffled(parts):
        for _ in range(pick.choice([0, 0, 0, 1, 1, 2, 4, 8])):
            at = pick.randrange(len(parts) + 1)
            change = pick.randrange(5)
            if change == 0:
                parts[at:at + pick.randint(1, 3)] = []
            elif change == 1:
                parts[at:at] = parts[pick.randrange(len(parts) + 1):][:pick.randint(1, 4)]
            elif change == 2:
                parts[at:at] = [pick.choice(TOKENS)] * pick.choice([1, 1, 2, 4])
            elif change == 3:
                parts[at:at] = garbage()
            else:
                parts[at:at] = locations([1, 2, 3])
        text = "".join(parts)
        while text and pick.random() < 0.15:
            at = pick.randrange(len(text))
            text = text[:at] + pick.choice(["", "", "<", ">", "\n", "_", "1", "é"]) + text[at + pick.randint(0, 2):]
        return text

    for _ in range(count):
        if pick.random() < 0.15:
            parts = [part for _ in range(pick.randint(0, 25)) for part in pick.choice([garbage, lambda: [location()]])()]
        else:
            parts = [part for _ in range(pick.choice([1, 1, 2, 3, 5])) for part in plausible()]
        if pick.random() < 0.8:
            parts = ["</s>", "<s>", *parts, "</s>", *["<pad>"] * pick.choice([0, 0, 1, 3])]
        yield pick.choice(tasks), shuffled(parts), pick.choice(SIZES)


def text_lines(florence, count, seed):
    kinds = florence.tasks_answer_post_processing_type
    # Plain text needs less of them than what has locations.
    tasks = [task for task, kind in kinds.items() for _ in range(1 if kind == "pure_text" else 6)]
    for task, text, size in answers(count, seed, tasks):
        result = florence.post_process_generation(text=text, task=task, image_size=size)[task]
        yield {"task": task, "text": text, "size": size, "result": result}


def prompt_lines(florence):
    for task in florence.task_prompts_without_inputs:
        yield {"task": task, "input": None, "prompt": florence._construct_prompts(task)[0]}
    texts = ["a green car", " wheels ", "\t\u00a0two\u2003cats \x1c\n", "{input} {0} $1 \\1", "日本語 😊", "a <b> < c, 'quoted' \"twice\"",
             "\u200bnot white space\ufeff", "a\nb"]
    regions = ["<loc_0><loc_0><loc_999><loc_999>", " <loc_702><loc_575><loc_866><loc_772>\n"]
    for task in florence.task_prompts_with_input:
        for text in regions if task.startswith("<REGION") else texts:
            yield {"task": task, "input": text, "prompt": florence._construct_prompts(task + text)[0]}


def bin_lines(florence):
    pick = random.Random(3)
    parser = florence.post_processor
    for width, height in SIZES:
        edges = [pick.randint(0, 1000) * size / 1000 for size in (width, height) * 8]
        anywhere = [pick.uniform(0, size) for size in (width, height) * 8]
        whole = [pick.randint(0, size) for size in (width, height) * 8]
        points = torch.tensor([0, 0, width, height, *edges, *anywhere, *whole], dtype=torch.float32).reshape(-1, 2)
        bins = parser.quantize(points, (width, height))
        yield {"size": [width, height], "points": points.flatten().tolist(), "bins": bins.flatten().tolist(),
               "pixels": parser.dequantize(bins, (width, height)).flatten().tolist()}


def write(path, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0) if path.suffix == ".gz" else text.encode())


def free_prompt_lines(florence, count, seed):
    """Prompts of fine-tunes, plain ones, and task tokens at odd places: their sentence, or null where the processor refuses them; and
    what it makes of a text that was generated for such a task, which it does not know."""
    pick = random.Random(seed)
    known = [*florence.task_prompts_without_inputs, *florence.task_prompts_with_input]
    own = ["<DocVQA>", "<VQA>", "<GENERATE_TAGS>", "<MIXED_CAPTION>", "<PROMPT_GEN_MIXED_CAPTION_PLUS>", "<od>", "<OD", "OD>", "< OD >"]

    def drawn():
        parts = [pick.choice([pick.choice(known), pick.choice(own), pick.choice(LABELS), pick.choice(SPACES), pick.choice(TOKENS),
                              "what animal?", "{input}", "%s"]) for _ in range(pick.randint(0, 4))]
        return "".join(parts)

    lines = []
    for prompt in known + own + ["", " ", "<DocVQA>what animal?"] + [drawn() for _ in range(count)]:
        try:
            (sentence,) = florence._construct_prompts(prompt)
        except ValueError:
            sentence = None
        text = "".join(pick.choice([pick.choice(LABELS), pick.choice(SPACES), pick.choice(TOKENS), pick.choice(BROKEN), "</s><s>"])
                       for _ in range(pick.randint(0, 6)))
        answer = florence.post_process_generation(text=text, task="<DocVQA>", image_size=(1, 1))
        assert list(answer) == ["<DocVQA>"]
        lines.append(dict(prompt=prompt, sentence=sentence, text=text, answer=answer["<DocVQA>"]))
    return lines


def main():
    florence = processor()
    if len(sys.argv) > 1:
        count, seed, out = sys.argv[1:]
        write(Path(out), text_lines(florence, int(count), int(seed)))
        return
    write(OUT / "prompts.jsonl", prompt_lines(florence))
    write(OUT / "free_prompts.jsonl", free_prompt_lines(florence, 400, 2))
    write(OUT / "bins.jsonl", bin_lines(florence))
    write(OUT / "texts.jsonl.gz", text_lines(florence, 2000, 1))


if __name__ == "__main__":
    main()

"""What the scripts share that record `generate`: calls, the check against rounding, lines of generations.jsonl, main.

A generation is kept only if it does not hang on rounding: transformers must find the same ids in f32, in f64, and in f64
with every weight moved by some millionths, and scores in f32 and f64 that agree.
"""

import argparse
import copy
import json
import math
import warnings

import torch
import transformers

WOBBLES = 2  # how many times the weights are moved to see whether a generation hangs on rounding


def write_json(file, value):
    file.write_text(json.dumps(value, indent=2) + "\n")


def dense(value):
    return json.dumps(value, separators=(",", ":"))


def write_lines(file, lines):
    file.write_text("".join(dense(line) + "\n" for line in lines))


def wobbled(model, generator):
    """A copy in f64 with weights a few millionths away: more than any rounding."""
    model = copy.deepcopy(model).double()
    for parameter in model.parameters():
        parameter.mul_(1 + 3e-6 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return model


def with_others(model, generator):
    """The model in f32, in f64, and in f64 with moved weights."""
    return [model, copy.deepcopy(model).double(), *(wobbled(model, generator) for _ in range(WOBBLES))]


def generate(model, pixels, options, **inputs):
    """One picture through the outer model's own generate: rows as returned, and scores where there are beams."""
    found = model.generate(
        pixel_values=pixels[None].to(next(model.parameters()).dtype),
        return_dict_in_generate=True,
        output_scores=True,
        **inputs,
        **options,
    )
    scores = found.get("sequences_scores")
    return found.sequences.tolist(), None if scores is None else scores.tolist(), found.scores


def stable(models, options, *arguments, **inputs):
    """Rows and scores of the first model, or None if they hang on rounding; the second is the same in f64."""
    (rows, scores, _), *others = [generate(model, *arguments, options, **inputs) for model in models]
    if any(found[0] != rows for found in others) or (scores and min(scores) < -1e6):
        return None
    pairs = zip(scores, others[0][1], strict=True) if scores else ()
    return (rows, scores) if all(math.isclose(*pair, rel_tol=1e-5, abs_tol=1e-5) for pair in pairs) else None


def sequences(rows, scores, prompt, end):
    """The fields of a line that say what was generated after `prompt`, without what fills up shorter rows."""
    assert all(row[: len(prompt)] == prompt for row in rows)
    cut = [row[: row.index(end, len(prompt)) + 1] if end in row[len(prompt) :] else row for row in rows]
    assert len(rows) > 1 or cut == rows
    return dict(sequences=cut, **(dict(padded=rows) if len(rows) > 1 else {})) | dict(
        scores=scores and [float(f"{score:.9g}") for score in scores]
    )


def statistics(lines, end):
    """How varied the generations are: a sanity check of the weights, printed and kept in case.json."""
    first_rows = [line["sequences"][0] for line in lines]
    prompts = [len(line.get("prompt_ids", [0])) for line in lines]
    new = [len(row) - prompt for row, prompt in zip(first_rows, prompts, strict=True)]
    ended = [row[-1] == end for row in first_rows]
    limits = [limit(line["options"], prompt) for line, prompt in zip(lines, prompts, strict=True)]
    early = [end and count < most for end, count, most in zip(ended, new, limits, strict=True)]
    return dict(
        generations=len(lines),
        distinct_sequences=len({tuple(row) for line in lines for row in line["sequences"]}),
        distinct_captions=len({tuple(row) for row in first_rows}),
        ended_before_the_limit=round(sum(early) / len(lines), 3),
        mean_new_tokens=round(sum(new) / len(lines), 1),
    )


def limit(options, prompt):
    """How many new tokens the options allow."""
    return options.get("max_new_tokens") or options.get("max_length", 20 + prompt) - prompt


def header(name, case, generator, pixels):
    """The fields that every case.json begins with."""
    return {
        "name": name,
        "what": case.what,
        "class": case.kind.__name__,
        "seed": generator.initial_seed(),
        "transformers": transformers.__version__,
        "torch": torch.__version__.split("+")[0],
        "pictures": [
            dict(prefix=g.prefix, count=g.count, height=p.shape[2], width=p.shape[3], interpolate=g.size is not None)
            for g, p in zip(case.pictures, pixels, strict=True)
        ],
    }


def folder_size(folder):
    return sum(file.stat().st_size for file in folder.iterdir())


def main(description, cases, write):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(cases)}; default: all")
    names = parser.parse_args().cases or list(cases)
    if unknown := set(names) - set(cases):
        parser.error(f"unknown case {sorted(unknown)}; the cases are {', '.join(cases)}")
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", "Using the model-agnostic default")  # of 20 new tokens, which is wanted
    total = sum(write(name, cases[name]) for name in names)
    print(f"{total / 1024:.0f} KiB in all")

"""Ask ./fovea convert which of open_clip's own configurations it takes, and with which sentence it refuses the others.

    python oracle/open_clip_configs.py [--fovea ./fovea]

Of configurations that differ in sizes alone the first is asked. A folder has the configuration, a placeholder for the weights and an
empty tokenizer, so that what is taken fails at the weights; whether its answers are right, compare_open_clip.py and converter_cases.py
tell. Prints Markdown.
"""

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file

SIZES = {"layers", "width", "heads", "image_size", "patch_size", "embed_dim", "head_width", "vocab_size", "context_length", "mlp_ratio"}


def design(config):
    """What remains of a configuration without its sizes, and of names without theirs."""
    if isinstance(config, dict):
        return tuple(sorted((key, design(value)) for key, value in config.items() if key not in SIZES))
    return re.sub(r"(?<![a-z])(tiny|small|medium|base|large2?|xlarge|xxlarge|giantopt|so400m|enormous|gigantic|giant|[BLSXHgopt]+)(?![a-z])|\d+(\.\d+)?[BM]?", "", str(config))


def verdict(folder, config, fovea):
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    (folder / "tokenizer.json").write_text("{}")
    save_file({"visual.placeholder": torch.zeros(1), "text.placeholder": torch.zeros(1)}, folder / "open_clip_model.safetensors")
    done = subprocess.run([fovea, "convert", str(folder), str(folder / "out")], capture_output=True, text=True)
    line = done.stderr.strip().splitlines()[-1]
    refused = re.search(r"open_clip_config\.json: (.*)", line)
    return "`" + refused.group(1) + "`" if refused else "taken"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fovea", default="./fovea")
    arguments = parser.parse_args()
    groups = {}
    for name in open_clip.list_models():
        groups.setdefault(design(open_clip.get_model_config(name)), []).append(name)
    answers = {}
    for names in groups.values():
        with tempfile.TemporaryDirectory() as folder:
            answers.setdefault(verdict(Path(folder), open_clip.get_model_config(names[0]), arguments.fovea), []).extend(names)
    print("| configurations of open_clip " + open_clip.__version__ + " | |\n|---|---|")
    for answer, names in sorted(answers.items(), key=lambda row: row[0] != "taken"):
        print(f"| {', '.join(names)} | {answer} |")


if __name__ == "__main__":
    main()

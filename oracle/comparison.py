"""Runs Fovea's command line beside transformers and counts where their texts agree."""

import json
import subprocess
import sys

FLAGS = {
    "num_beams": "--beams",
    "max_new_tokens": "--max-new-tokens",
    "min_new_tokens": "--min-new-tokens",
    "length_penalty": "--length-penalty",
    "repetition_penalty": "--repetition-penalty",
    "no_repeat_ngram_size": "--no-repeat-ngram-size",
    "early_stopping": "--early-stopping",
}


def flags(options):
    return [word for name, value in options.items() for word in (FLAGS[name], str(value).lower())]


class Comparison:
    def __init__(self, fovea):
        self.fovea, self.same, self.different, self.lengths = fovea, 0, 0, []

    def run(self, *command):
        done = subprocess.run([self.fovea, *command, "--json"], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"{self.fovea} {' '.join(command)} ended with {done.returncode}")
        return json.loads(done.stdout)

    def note(self, what, expected, found):
        self.lengths.append(len(expected))
        if expected == found:
            self.same += 1
        else:
            self.different += 1
            print(f"DIFFERENT {what}\n  transformers {expected}\n  fovea        {found}", flush=True)

    def summary(self):
        shortest, longest = min(self.lengths, default=0), max(self.lengths, default=0)
        return f"{self.same} texts with the same ids, {self.different} different; {shortest} to {longest} tokens"

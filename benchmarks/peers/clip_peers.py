"""Time PyTorch, ONNX Runtime and OpenVINO on a CLIP folder: CPU, the same weights and inputs for all. Of its kin the works are image-B.

    python benchmarks/peers/clip_peers.py MODEL CACHE [--threads 2] [--peers NAME,NAME] [--precisions f32,bf16,int8] [--runs N] [WORK ...]
    python benchmarks/peers/clip_peers.py MODEL CACHE --serve PEER [--precision f32|bf16|int8] [--threads 2]

The first form prints a table. The second answers `RUN work n` on standard input with one JSON line
{"work", "peer", "times_ms", "difference", "cosine", ...}, so that a runner can alternate peers in one go; it ends with its input.
CACHE keeps the exported models of this MODEL (clip_export.py writes them when they are missing or old).

WORK is image-B (B pictures at once), text-full (one text of 77 tokens), text-usual (one short label, padded to 77 as
peers do), labels-N (N labels padded to 77) or labels-N-trimmed (sorted by length, padded to the longest of the batch:
their best case). Weights, inputs and results are f32, and so is the arithmetic unless another precision is asked for: no peer may
fall to bf16 by itself where the processor offers it. What bf16 and int8 are for each peer stands in precisions.py.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import precisions
from safetensors.numpy import load_file

CONTEXT = 77
SETTLE_SECONDS = 0.15  # worker threads spin for some 50 ms after a run: whoever is timed next must not feel it
LABEL_BATCHES = (1, 4, 16, 64)  # each peer takes the size at which it is fastest
USUAL = ["image-1", "image-16", "text-full", "text-usual", "labels-64", "labels-1000-trimmed"]


def stamp(model):
    """What an exported model was made of."""
    return json.dumps({f.name: [f.stat().st_size, f.stat().st_mtime_ns] for f in sorted(Path(model).iterdir())})


def is_exported(model, cache):
    done = Path(cache) / "done.json"
    return done.exists() and done.read_text() == stamp(model)


class Torch:
    def __init__(self, model, cache, threads, precision):
        import clip_export
        import torch

        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision("highest")
        self.torch, self.precision, self.name = torch, precision, f"torch {torch.__version__.split('+')[0]}"
        loaded = clip_export.load(model)
        self.modules = {"vision": clip_export.Vision(loaded), "text": clip_export.Text(loaded)}

    def prepare(self, tower, shape):
        return precisions.torch_call(self.torch, self.modules[tower], self.precision)


class OnnxRuntime:
    def __init__(self, model, cache, threads, precision):
        import onnxruntime

        self.cache, self.threads, self.precision, self.runtime = cache, threads, precision, onnxruntime
        self.name = f"onnxruntime {onnxruntime.__version__}"

    def prepare(self, tower, shape):
        """A session of its own for each fixed shape; None in `shape` stays open."""
        options = self.runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = self.runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
        for dimension, size in zip(("batch", "tokens"), shape, strict=False):
            if size is not None:
                options.add_free_dimension_override_by_name(dimension, size)
        file = str(precisions.onnx_file(self.cache / f"{tower}.onnx", self.precision))
        session = self.runtime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return lambda values: session.run(None, {name: values})[0]


class OpenVino:
    def __init__(self, model, cache, threads, precision):
        import openvino

        self.cache, self.threads, self.precision, self.core = cache, threads, precision, openvino.Core()
        self.name = f"openvino {openvino.__version__.split('-')[0]}"

    def prepare(self, tower, shape):
        file = self.cache / f"{tower}.onnx"
        model = self.core.read_model(str(precisions.openvino_file(file, self.precision)))
        partial = model.input(0).partial_shape
        for i, size in enumerate(shape):
            if size is not None:
                partial[i] = size
        model.reshape(partial)
        compiled = self.core.compile_model(model, "CPU", precisions.openvino_settings(self.precision, self.threads))
        request = compiled.create_infer_request()
        return lambda values: request.infer([values], share_inputs=True)[0]


PEERS = {"torch": Torch, "onnxruntime": OnnxRuntime, "openvino": OpenVino}


class Bench:
    """Runs works on one peer; what a work needs is prepared at its first run and kept."""

    def __init__(self, peer, model, cache, threads, precision):
        precisions.check(peer, precision)
        self.peer = PEERS[peer](model, cache, threads, precision)
        self.name = precisions.label(self.peer.name, precision)
        self.given, self.answers = load_file(cache / "inputs.safetensors"), load_file(cache / "answers.safetensors")
        for name in ("labels", "full_text"):
            if name in self.given:  # of CLIP only
                self.given[name] = self.given[name].astype(np.int64)
        self.calls, self.works = {}, {}

    def call(self, tower, *shape):
        if (tower, shape) not in self.calls:
            self.calls[tower, shape] = self.peer.prepare(tower, shape)
        return self.calls[tower, shape]

    def work(self, name):
        if name not in self.works:
            self.works[name] = self.make(name)
        return self.works[name]

    def make(self, name):
        """The work as a function, PyTorch's answer to it (or to its first rows), and what is worth saying about it."""
        kind, *rest = name.split("-")
        if kind == "image":
            count = int(rest[0])
            pixels, call = self.given["pixels"][:count], self.call("vision", count)
            assert len(pixels) == count, f"{name}: at most {len(self.given['pixels'])} pictures"
            return lambda: call(pixels), self.answers["image"][:count], {}
        if name in ("text-full", "text-usual"):
            ids = self.given["full_text"] if name == "text-full" else self.given["labels"][:1]
            answer = self.answers["full_text"] if name == "text-full" else self.answers["labels"][:1]
            call = self.call("text", 1, CONTEXT)
            return lambda: call(ids), answer, {}
        if kind == "labels":
            count = int(rest[0])
            ids, lengths = self.given["labels"][:count], self.given["lengths"][:count]
            if rest[1:] == ["trimmed"]:
                order = np.argsort(lengths, kind="stable")
                call = self.call("text", None, None)
            else:
                order, call = np.arange(count), None
            trials = {}
            for batch in [b for b in LABEL_BATCHES if b <= count]:
                parts = self.parts(ids, lengths, order, batch, call)
                parts[0][0](parts[0][1])
                start = time.perf_counter()
                parts[0][0](parts[0][1])
                trials[batch] = (time.perf_counter() - start) / batch
            batch = min(trials, key=trials.get)
            parts = self.parts(ids, lengths, order, batch, call)
            parts[-1][0](parts[-1][1])  # the last batch may have a shape of its own, not yet compiled

            def run():
                out = np.concatenate([f(values) for f, values in parts])
                back = np.empty_like(out)
                back[order] = out
                return back

            return run, self.answers["labels"][:count], {"batch": batch}
        raise ValueError(f"unknown work {name}")

    def parts(self, ids, lengths, order, batch, call):
        """Pairs of a call and its ids: all labels, `batch` at a time; with no `call`, padded to the full context."""
        found = []
        for at in range(0, len(order), batch):
            chosen = order[at : at + batch]
            if call is None:
                found.append((self.call("text", len(chosen), CONTEXT), ids[chosen]))
            else:
                found.append((call, np.ascontiguousarray(ids[chosen][:, : lengths[chosen].max()])))
        return found

    def run(self, name, count, warm=None):
        first = name not in self.works
        work, answer, notes = self.work(name)
        for _ in range((3 if first else 1) if warm is None else warm):
            work()
        times = []
        for _ in range(count):
            start = time.perf_counter()
            found = work()
            times.append(round((time.perf_counter() - start) * 1e3, 3))
        agreement = precisions.agreement(found[: len(answer)], answer, direction=True)
        return {"work": name, "peer": self.name, "times_ms": times, **agreement, **notes}


def serve(bench):
    print(json.dumps({"ready": bench.name}), flush=True)
    for line in sys.stdin:
        try:
            command, name, count, *warm = line.split()
            if command != "RUN":
                raise ValueError(f"unknown command {command}; expected RUN work n [warm-up runs]")
            reply = bench.run(name, int(count), *(int(w) for w in warm))
        except Exception as e:  # the runner decides what a failure means
            reply = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        time.sleep(SETTLE_SECONDS)
        print(json.dumps(reply), flush=True)


def ask(process, line=None):
    if line:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        sys.exit(f"a peer ended: {' '.join(process.args)}")
    return json.loads(answer)


def table(arguments):
    """Each peer in a process of its own, alternating work by work in rounds, so that all see the same machine."""
    processes = {}
    for peer in arguments.peers.split(","):
        for precision in arguments.precisions.split(","):
            if precision in precisions.OF[peer]:
                command = [sys.executable, __file__, arguments.model, arguments.cache, "--serve", peer, "--precision", precision]
                processes[peer, precision] = subprocess.Popen(
                    command + ["--threads", str(arguments.threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
    names = {peer: ask(process)["ready"] for peer, process in processes.items()}
    print(f"{arguments.model}, {arguments.threads} threads; median (least) in ms, largest difference from PyTorch")
    print(f"{'':22}" + "".join(f"{name:>34}" for name in names.values()))
    for work in arguments.works or USUAL:
        results = {peer: [] for peer in processes}
        rounds = 1 if work.startswith("labels") else 3
        for _ in range(rounds):
            for peer, process in processes.items():
                runs = 1 if work.startswith("labels") else max(1, arguments.runs // rounds)
                warm = " 0" if work.startswith("labels") else ""
                results[peer].append(ask(process, f"RUN {work} {runs}{warm}"))
        cells = []
        for replies in results.values():
            if "error" in replies[0]:
                cells.append(replies[0]["error"][:33])
                continue
            times = [t for reply in replies for t in reply["times_ms"]]
            batch = f" b{replies[0]['batch']}" if "batch" in replies[0] else ""
            cells.append(f"{statistics.median(times):.1f} ({min(times):.1f}){batch} {replies[0]['difference']:.0e}")
        print(f"{work:22}" + "".join(f"{cell:>34}" for cell in cells), flush=True)
    for process in processes.values():
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("cache")
    parser.add_argument("--serve", choices=PEERS)
    parser.add_argument("--precision", default="f32", help="of the peer that is served")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--precisions", default="f32", help="of the table; a peer takes part in those that it has")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=21, help="timed runs of each work (labels are run once)")
    parser.add_argument("works", nargs="*")
    arguments = parser.parse_intermixed_args()
    # In a process of its own: what the export leaves behind in memory and threads must not weigh on a peer.
    if not is_exported(arguments.model, arguments.cache):
        exporter = Path(__file__).with_name("clip_export.py")
        subprocess.run([sys.executable, exporter, arguments.model, arguments.cache], check=True, stdout=sys.stderr)
    if arguments.serve:
        serve(Bench(arguments.serve, arguments.model, Path(arguments.cache), arguments.threads, arguments.precision))
    else:
        table(arguments)

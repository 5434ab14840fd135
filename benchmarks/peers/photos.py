"""Time a folder of photographs to vectors: Pillow and ONNX Runtime in Python beside `fovea embed` and `fovea index`.

    python benchmarks/peers/photos.py make FOLDER COUNT [--size 2400x1800] [--progressive]
    python benchmarks/peers/photos.py compare MODEL CACHE FOLDER [--times N] [--fovea ./fovea] [--only NAME,...] [--markdown FILE]
    python benchmarks/peers/photos.py decode FOLDER [--times N]

`compare` takes turns between whole processes, from start to the last vector, and keeps the peak memory of each with the processes that it starts
(their PSS, twice a second). The peer is the fastest of two ways to write it: `whole`, a process for each core that decodes, resizes and runs ONNX
Runtime on one thread, and `shared`, as many processes that decode and resize for one that runs ONNX Runtime on all threads. Fovea's ways are `embed`,
with all vectors at the end, `embed-to`, which appends them to a file while it runs, and `index`. MODEL is a Hugging Face folder of CLIP, CACHE the one
that clip_export.py wrote. `decode` times Pillow alone, on one thread.
"""

import argparse
import io
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy
from PIL import Image

MEAN = numpy.array([0.48145466, 0.4578275, 0.40821073], "f4")
DEVIATION = numpy.array([0.26862954, 0.26130258, 0.27577711], "f4")
EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples/pictures"


def make(folder, count, size, progressive):
    """Photographs with the detail and noise of a camera, out of pieces of two example pictures."""
    sources = [Image.open(EXAMPLES / name).convert("RGB") for name in ("cat.jpg", "coffee.jpg")]
    chance = random.Random(7)
    noise = numpy.random.default_rng(7)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        source = sources[number % 2]
        part = chance.uniform(0.4, 1)
        width, height = (int(side * part) for side in source.size)
        left, top = chance.randint(0, source.width - width), chance.randint(0, source.height - height)
        picture = source.crop((left, top, left + width, top + height)).resize(size, Image.Resampling.BICUBIC)
        grain = noise.normal(0, 3, (size[1], size[0], 1)).astype("f4")
        pixels = numpy.clip(numpy.asarray(picture, "f4") + grain, 0, 255).astype("u1")
        Image.fromarray(pixels).save(Path(folder) / f"{number:05}.jpg", quality=88, progressive=progressive)


def pixels_of(file, side=224):
    """What CLIPImageProcessor makes of a picture, with Pillow and without its overhead."""
    picture = Image.open(file).convert("RGB")
    short = min(picture.size)
    width, height = (side if edge == short else side * edge // short for edge in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - side) // 2, (height - side) // 2
    return normalised(picture.crop((left, top, left + side, top + side)))


def normalised(picture):
    return ((numpy.asarray(picture, "f4") / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)


def session(cache, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(Path(cache) / "vision.onnx"), options, providers=["CPUExecutionProvider"])


def vectors(model, batch):
    features = model.run(None, {model.get_inputs()[0].name: numpy.stack(batch)})[0]
    return features / numpy.linalg.norm(features, axis=1, keepdims=True)


def whole_part(cache, files, size):
    model = session(cache, 1)
    return [vectors(model, [pixels_of(file) for file in files[i : i + size]]) for i in range(0, len(files), size)]


def run(way, cache, folder, size):
    files = sorted(str(file) for file in Path(folder).iterdir())
    cores = os.cpu_count()
    with ProcessPoolExecutor(cores) as pool:
        if way == "whole":
            parts = pool.map(whole_part, [cache] * cores, [files[core::cores] for core in range(cores)], [size] * cores)
            found = [part for parts_of_core in parts for part in parts_of_core]
        else:
            model = session(cache, cores)
            found, batch = [], []
            for pixels in pool.map(pixels_of, files, chunksize=2):
                batch.append(pixels)
                if len(batch) == size:
                    found.append(vectors(model, batch))
                    batch = []
            if batch:
                found.append(vectors(model, batch))
    print(json.dumps({"photos": len(numpy.concatenate(found))}))


def tree(process):
    """A process and all that it started, as far as they still run."""
    found = [process]
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += [each for child in children.read_text().split() for each in tree(int(child))]
        except OSError:
            pass
    return found


def memory_of(process):
    """The memory of a process and of those that it started in MiB; what several share counts once."""
    total = 0
    for each in tree(process):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


def measure(command):
    """Wall time in seconds, processor time in seconds and peak memory in MiB of a process and those it starts."""
    with tempfile.TemporaryFile("w+") as errors:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                pass
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{errors.read()}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak


def compare(arguments):
    with tempfile.TemporaryDirectory(prefix="photos-") as space:
        compare_within(arguments, Path(space) / "made")


def compare_within(arguments, space):
    photos = sorted(str(file) for file in Path(arguments.folder).iterdir())
    count = len(photos)
    python = [sys.executable, __file__, "run"]
    fovea = {
        "embed": ["embed", "--json", "--model", arguments.model, "--image", arguments.folder],
        "embed-to": ["embed", "--to", str(space / "vectors.npy"), "--model", arguments.model, "--image", arguments.folder],
        "index": ["index", arguments.folder, "--into", str(space / "photos.index"), "--model", arguments.model],
    }
    commands = {way: [*python, way, arguments.cache, arguments.folder] for way in ("whole", "shared")}
    commands |= {name: [arguments.fovea, *command] for name, command in fovea.items()}
    if arguments.only:
        unknown = set(arguments.only.split(",")) - set(commands)
        if unknown:
            sys.exit(f"--only {','.join(sorted(unknown))}: expected some of {', '.join(commands)}")
        commands = {name: commands[name] for name in arguments.only.split(",")}
    # Builds Fovea where it is not built yet.
    measure([arguments.fovea, "embed", "--json", "--model", arguments.model, "--image", photos[0]])
    runs = {name: [] for name in commands}
    for _ in range(arguments.times):
        for name, command in commands.items():
            shutil.rmtree(space, ignore_errors=True)
            space.mkdir()
            runs[name].append(measure(command))
            print(f"{name}: {runs[name][-1][0]:.1f} s, {runs[name][-1][2]:.0f} MiB", file=sys.stderr, flush=True)
    medians = {name: statistics.median(seconds for seconds, _, _ in taken) for name, taken in runs.items()}
    best = min([seconds for name, seconds in medians.items() if name not in fovea], default=min(medians.values()))
    lines = [
        "| who | ms a photo | photos a second | to the best peer | processor ms a photo | peak MiB |",
        "|---|---|---|---|---|---|",
    ]
    for name, seconds in medians.items():
        processor = statistics.median(taken[1] for taken in runs[name])
        peak = max(taken[2] for taken in runs[name])
        who = f"Fovea, {name}" if name in fovea else f"Pillow + ONNX Runtime, {name}"
        row = f"{1000 * seconds / count:.1f} | {count / seconds:.1f} | {seconds / best:.2f}"
        lines.append(f"| {who} | {row} | {1000 * processor / count:.1f} | {peak:.0f} |")
    print("\n".join(lines))
    if arguments.markdown:
        Path(arguments.markdown).write_text("\n".join(lines) + "\n")


def decode(folder, times):
    files = [file.read_bytes() for file in sorted(Path(folder).iterdir())]
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        for file in files:
            Image.open(io.BytesIO(file)).convert("RGB").load()
        taken.append(1000 * (time.perf_counter() - start) / len(files))
    print(json.dumps({"who": "Pillow", "ms": [round(ms, 2) for ms in taken], "median_ms": statistics.median(taken)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("folder")
    making.add_argument("count", type=int)
    making.add_argument("--size", default="2400x1800")
    making.add_argument("--progressive", action="store_true")
    comparing = commands.add_parser("compare")
    comparing.add_argument("model")
    comparing.add_argument("cache")
    comparing.add_argument("folder")
    comparing.add_argument("--times", type=int, default=3)
    comparing.add_argument("--fovea", default="./fovea")
    comparing.add_argument("--only")
    comparing.add_argument("--markdown")
    running = commands.add_parser("run")
    running.add_argument("way", choices=["whole", "shared"])
    running.add_argument("cache")
    running.add_argument("folder")
    running.add_argument("--batch", type=int, default=8)
    decoding = commands.add_parser("decode")
    decoding.add_argument("folder")
    decoding.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.command == "make":
        size = tuple(int(side) for side in arguments.size.split("x"))
        make(arguments.folder, arguments.count, size, arguments.progressive)
    elif arguments.command == "compare":
        compare(arguments)
    elif arguments.command == "run":
        run(arguments.way, arguments.cache, arguments.folder, arguments.batch)
    else:
        decode(arguments.folder, arguments.times)


if __name__ == "__main__":
    main()

"""Small JPEG files of every kind, whole and damaged, and what Pillow makes of them, for the JPEG tests to replay.

    python oracle/jpeg_cases.py

Needs cjpeg and jpegtran (Debian: libjpeg-turbo-progs) for what Pillow does not write. Written to
models/src/test/resources/dev/fovea/models/image/jpeg/: files, and cases.json with, for each file, its mode, size and the
SHA-256 of its raw pixels, or null where Pillow refuses it; and the same for drafts at a half, a quarter and an eighth. For one file it has the lengths to which it may be cut so that
Pillow still gives a picture, with the hashes.
"""

import hashlib
import io
import json
import random
import subprocess
from pathlib import Path

import numpy
import PIL
from PIL import Image, ImageFile

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/image/jpeg"

noise = numpy.random.default_rng(7)
dice = random.Random(7)


def photo(width, height):
    """Ramps, a disc and some noise: all frequencies, few bytes."""
    y, x = numpy.mgrid[0:height, 0:width]
    disc = ((x - width * 0.6) ** 2 + (y - height * 0.4) ** 2 < (min(width, height) * 0.3) ** 2)[..., None]
    ramp = numpy.stack([x * 255 // max(1, width - 1), y * 255 // max(1, height - 1), (x + y) * 5 % 256], -1)
    pixels = numpy.where(disc, 255 - ramp, ramp) + noise.integers(-20, 20, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))


def pillow(picture, **options):
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def tool(name, *arguments, given):
    return subprocess.run([name, *arguments], input=given, capture_output=True, check=True).stdout


def cjpeg(picture, *arguments):
    ppm = io.BytesIO()
    picture.save(ppm, "PPM")
    return tool("cjpeg", *arguments, given=ppm.getvalue())


def with_scans(picture, *arguments, scans):
    script = Path("/tmp/jpeg_cases.scans")
    script.write_text(scans)
    return cjpeg(picture, "-scans", str(script), *arguments)


def find(file, marker):
    """Where the first segment of a kind begins."""
    at = 2
    while file[at + 1] != marker:
        at += 2 + int.from_bytes(file[at + 2:at + 4], "big")
    return at


def without(file, *markers):
    """A file without the segments of some kinds before its first scan."""
    out, at = file[:2], 2
    while file[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(file[at + 2:at + 4], "big")
        if file[at + 1] not in markers:
            out += file[at:end]
        at = end
    return out + file[at:]


def changed(file, at, *values):
    return file[:at] + bytes(values) + file[at + len(values):]


def sound():
    picture = photo(37, 29)
    for sampling in ("1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x4", "3x1", "1x3"):
        yield f"sampling-{sampling}", cjpeg(picture, "-quality", "60", "-sample", sampling)
    for sampling in ("2x2,2x1,1x2", "1x2,1x1,1x1", "1x1,2x2,1x1", "1x1,2x1,1x2", "4x1,2x1,1x1"):
        yield f"sampling-{sampling.replace(',', '-')}", cjpeg(picture, "-quality", "60", "-sample", sampling)
    for width in (1, 2, 3, 4, 5, 15, 16, 17, 18, 33):
        narrow = photo(width, 18)
        yield f"width-{width}-420", pillow(narrow, subsampling=2)
        yield f"width-{width}-422", pillow(narrow, subsampling=1)
    for height in (1, 2, 8, 9, 15, 16, 17):
        yield f"height-{height}", cjpeg(photo(10, height), "-sample", "1x2")
    yield "coarse", pillow(picture, quality=1)
    yield "fine", pillow(picture, quality=100, subsampling=0)
    yield "optimised", pillow(picture, optimize=True)
    yield "wide-quantisers", pillow(picture, qtables=[[300 + 7 * i for i in range(64)]])
    yield "progressive", pillow(picture, progressive=True)
    yield "progressive-sampling-1x2", cjpeg(picture, "-progressive", "-sample", "1x2")
    yield "restart-rows", pillow(picture, restart_marker_rows=1)
    yield "restart-blocks", pillow(picture, restart_marker_blocks=2)
    yield "progressive-restart", pillow(picture, progressive=True, restart_marker_blocks=3)
    yield "grey", pillow(picture.convert("L"))
    yield "grey-progressive", pillow(picture.convert("L"), progressive=True)
    yield "cmyk", pillow(picture.convert("CMYK"))
    yield "rgb", pillow(picture, keep_rgb=True)
    grey = pillow(picture.convert("L"))
    yield "grey-2x2", changed(grey, find(grey, 0xC0) + 11, 0x22)
    yield "grey-2x3", changed(grey, find(grey, 0xC0) + 11, 0x23)
    cmyk = pillow(picture.convert("CMYK"))
    yield "ycck", changed(cmyk, find(cmyk, 0xEE) + 15, 2)
    yield "cmyk-without-adobe", without(cmyk, 0xEE)
    rgb = pillow(picture, keep_rgb=True)
    yield "rgb-by-names", without(rgb, 0xEE)
    yield "adobe-transform-7", changed(rgb, find(rgb, 0xEE) + 15, 7)
    plain = pillow(picture)
    yield "without-jfif", without(plain, 0xE0)
    yield "without-huffman-tables", without(plain, 0xC4)
    yield "tables-first", plain[:2] + plain[find(plain, 0xDB):find(plain, 0xC0)] + b"\xff\xd9" + plain
    yield "separate-scans", with_scans(picture, scans="0;\n2;\n1;\n")
    yield "arithmetic", cjpeg(picture, "-arithmetic")
    yield "arithmetic-restart", cjpeg(picture, "-arithmetic", "-restart", "1")
    yield "arithmetic-progressive", cjpeg(picture, "-arithmetic", "-progressive")
    yield "arithmetic-separate-scans", with_scans(picture, "-arithmetic", scans="0 1;\n2;\n")
    # What is missing is guessed from the neighbours.
    yield "only-dc", with_scans(picture, scans="0 1 2: 0-0, 0, 0;\n")
    yield "only-high-bits-of-dc", with_scans(picture, scans="0 1 2: 0-0, 0, 2;\n")
    yield "some-frequencies", with_scans(picture, scans="0 1 2: 0-0, 0, 0;\n0: 1-2, 0, 1;\n1: 1-5, 0, 2;\n1: 1-5, 2, 1;\n")
    yield "bits-missing", with_scans(picture, "-sample", "2x2", scans="0 1 2: 0-0, 0, 1;\n0: 1-63, 0, 2;\n0 1 2: 0-0, 1, 0;\n")
    yield "only-dc-arithmetic", with_scans(picture, "-arithmetic", scans="0 1 2: 0-0, 0, 0;\n")


def damaged():
    picture = photo(45, 38)
    plain = pillow(picture, quality=60)
    restarts = pillow(picture, quality=60, restart_marker_blocks=2)
    progressive = pillow(picture, quality=60, progressive=True)
    frame = find(plain, 0xC0)
    scan = find(plain, 0xDA)
    data = scan + 14
    middle = (data + len(plain)) // 2
    yield "ends-early", plain[:middle] + b"\xff\xd9"
    yield "progressive-ends-early", progressive[:len(progressive) - 30] + b"\xff\xd9"
    yield "without-end", plain[:-2]
    yield "cut", plain[:middle]
    yield "progressive-cut", progressive[:-2]
    yield "garbage-behind", plain + b"abc\xff\x00"
    yield "garbage-before-end", plain[:-2] + b"\x12\x34\x56\xff\xd9"
    yield "another-behind", plain + plain
    yield "another-scan-behind", plain[:-2] + plain[scan:]
    yield "unknown-marker-behind", plain[:-2] + b"\xff\x02\xff\xd9"
    yield "marker-in-data", plain[:middle] + b"\xff\xd3" + plain[middle:]
    yield "fill-bytes-in-data", plain[:middle] + b"\xff\xff\xff\x00" + plain[middle:]
    yield "zeros-in-data", plain[:middle] + bytes(40) + plain[middle:]
    marks = [at for at in range(len(restarts) - 1) if restarts[at] == 0xFF and 0xD0 <= restarts[at + 1] <= 0xD7]
    for name, number in (("one-ahead", 1), ("two-behind", 6), ("far", 4)):
        at = marks[2] + 1
        yield f"restart-{name}", changed(restarts, at, 0xD0 + (restarts[at] - 0xD0 + number) % 8)
    yield "restart-lost", restarts[:marks[1]] + restarts[marks[1] + 2:]
    yield "restart-interval-lost", without(restarts, 0xDD)
    yield "restart-block-lost", restarts[:marks[1]] + restarts[marks[2]:]
    yield "two-frames", plain[:scan] + plain[frame:scan] + plain[scan:]
    yield "no-frame", plain[:frame] + plain[frame + 19:]
    yield "height-0", changed(plain, frame + 5, 0, 0)
    yield "taller", changed(plain, frame + 5, 0, 90)
    yield "shorter", changed(plain, frame + 5, 0, 20)
    yield "wider", changed(plain, frame + 7, 0, 61)
    yield "twelve-bits", changed(plain, frame + 4, 12)
    yield "lossless", changed(plain, frame + 1, 0xC3)
    yield "hierarchical", changed(plain, frame + 1, 0xC5)
    yield "progressive-as-baseline", changed(progressive, find(progressive, 0xC2) + 1, 0xC0)
    yield "two-components", changed(plain, frame + 9, 2)
    yield "sampling-0", changed(plain, frame + 11, 0x02)
    yield "sampling-3-to-2", changed(changed(plain, frame + 11, 0x31), frame + 14, 0x21)
    yield "units-too-large", changed(changed(plain, frame + 11, 0x44), frame + 14, 0x11)
    yield "no-quantisers", without(plain, 0xDB)
    yield "quantiser-0", changed(plain, find(plain, 0xDB) + 5, *bytes(64))
    yield "large-quantisers", changed(plain, find(plain, 0xDB) + 5, *[255] * 64)
    yield "huffman-table-too-full", changed(plain, find(plain, 0xC4) + 5, 3)
    yield "scan-of-unknown-component", changed(plain, scan + 5, 9)
    yield "short-jfif", plain[:2] + b"\xff\xe0\x00\x07JFIF\x00" + plain[2:]
    yield "short-photoshop", plain[:2] + b"\xff\xed\x00\x16Photoshop 3.0\x00" + b"8BIM\x04\x04" + plain[2:]
    second = progressive.index(b"\xff\xc4", find(progressive, 0xDA))
    adobe = b"\xff\xee\x00\x0eAdobe\x00d\x00\x00\x00\x00\x00"
    yield "adobe-between-scans", without(progressive[:second], 0xE0) + adobe + progressive[second:]
    sources = {"plain": plain, "restarts": restarts, "progressive": progressive,
               "arithmetic": cjpeg(picture, "-arithmetic", "-quality", "60"),
               "scans": with_scans(picture, "-quality", "60", scans="1;\n0 2;\n")}
    for name, file in sources.items():
        start = find(file, 0xDA) + 14
        for number in range(4):
            hurt = bytearray(file)
            for _ in range(2 + number):
                hurt[dice.randrange(start, len(file) - 2)] = dice.choice([0, 255, dice.randrange(256)])
            yield f"hurt-{name}-{number}", bytes(hurt)


def reduce(picture, reduction):
    """What Image.draft does, which takes no sizes of 0."""
    decoder, _, offset, arguments = picture.tile[0]
    picture._size = tuple(-(-side // reduction) for side in picture.size)
    picture.tile = [ImageFile._Tile(decoder, (0, 0, *picture.size), offset, arguments)]
    picture.decoderconfig = (reduction, 0)


def answer(file, reduction=1):
    try:
        with Image.open(io.BytesIO(file)) as picture:
            if reduction > 1:
                reduce(picture, reduction)
            picture.load()
            return {"mode": picture.mode, "width": picture.width, "height": picture.height,
                    "sha": hashlib.sha256(picture.tobytes()).hexdigest()}
    except Exception:
        return None


def case(name, file):
    return {"file": name, "answer": answer(file), "drafts": [answer(file, reduction) for reduction in (2, 4, 8)]}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    cases = []
    for name, file in [*sound(), *damaged()]:
        (OUT / f"{name}.jpg").write_bytes(file)
        cases.append(case(f"{name}.jpg", file))
    assert all(case["answer"] for case in cases[:len(list(sound()))])
    cut = pillow(photo(19, 17), quality=40) + b"\xff\xff\x00\x11\x22\x33\x44\x55\x66"
    (OUT / "cut-anywhere.jpg").write_bytes(cut)
    answers = {length: answer(cut[:length]) for length in range(len(cut) + 1)}
    lengths = [{"length": length, "answer": each} for length, each in answers.items() if each]
    text = json.dumps({"pillow": PIL.__version__, "cases": cases, "cut": lengths}, indent=1)
    (OUT / "cases.json").write_text(text + "\n")
    print(len(cases), "files,", sum(not case["answer"] for case in cases), "refused;", len(lengths), "lengths of", len(cut))


main()

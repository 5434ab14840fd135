"""Small BMP and TIFF files of every kind and the pixels that Pillow makes of them, for the image tests to replay.

    python oracle/bmp_tiff_cases.py

Written to models/src/test/resources/dev/fovea/models/image/bmp-tiff/: the files, and cases.json with the size of each and the
SHA-256 of `convert_to_rgb(exif_transpose(open(file)))`. Pillow writes few of these kinds, so the files are put together here.
"""

import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import numpy
import PIL
from PIL import Image, ImageOps
from transformers.image_transforms import convert_to_rgb

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/image/bmp-tiff"

random = numpy.random.default_rng(17)


def samples(height, width, channels, depth):
    """Half ramp, half noise, below 2**depth."""
    y, x, c = numpy.mgrid[0:height, 0:width, 0:channels]
    ramp = (x * 7 + y * 3 + c * 40) * max(1, (1 << depth) // 300)
    noise = random.integers(0, 1 << depth, (height, width, channels))
    return numpy.where((x // 4 + y) % 3 == 0, noise, ramp) % (1 << depth)


# BMP


def bmp(header_size, width, height, bits, body, compression=0, palette=b"", colours=0, masks=b"", offset=None):
    if header_size == 12:
        header = struct.pack("<HHHH", width, height, 1, bits)
    else:
        header = struct.pack("<IiHHIIiiII", width, height, 1, bits, compression, 0, 2835, 2835, colours, 0)
    inside = masks if header_size > 40 else b""
    header = (header + inside + bytes(124))[: header_size - 4]
    behind = masks if header_size == 40 else b""
    start = 14 + header_size + len(behind) + len(palette)
    return (b"BM" + struct.pack("<IHHI", 0, 0, 0, start if offset is None else offset)
            + struct.pack("<I", header_size) + header + behind + palette + body)


def rows(width, height, bits):
    return random.bytes(((width * bits + 31) // 32) * 4 * height)


def run_lengths(width, height, nibbles):
    body = b""
    for row in range(height):
        body += bytes([width // 2, 0x5A + row]) + bytes([0, 5]) + random.bytes(3 if nibbles else 5) + b"\0"
        body += bytes([0, 2, 1, 0]) if row % 3 == 1 else b""
        body += b"\0\0"
    return body + b"\0\1"


def bmps():
    for header in (12, 40, 52, 56, 64, 108, 124):
        entry = 3 if header == 12 else 4
        for bits in (1, 4, 8):
            colours = random.bytes(entry << bits)
            yield f"bmp-{header}-{bits}.bmp", bmp(header, 13, 9, bits, rows(13, 9, bits), palette=colours)
        yield f"bmp-{header}-24.bmp", bmp(header, 13, 9, 24, rows(13, 9, 24))
    yield "bmp-16.bmp", bmp(40, 15, 8, 16, rows(15, 8, 16))
    yield "bmp-32.bmp", bmp(40, 15, 8, 32, rows(15, 8, 32))
    yield "bmp-top-down.bmp", bmp(40, 15, -8, 24, rows(15, 8, 24))
    yield "bmp-no-offset.bmp", bmp(40, 15, 8, 24, rows(15, 8, 24), offset=0)
    for name, masks in {"565": (0xF800, 0x7E0, 0x1F, 0), "555": (0x7C00, 0x3E0, 0x1F, 0)}.items():
        for header in (40, 56):
            packed = struct.pack("<IIII", *masks)[: 12 if header == 40 else 16]
            yield f"bmp-{header}-{name}.bmp", bmp(header, 15, 8, 16, rows(15, 8, 16), 3, masks=packed)
    for name, masks in {
        "bgrx": (0xFF0000, 0xFF00, 0xFF, 0), "xbgr": (0xFF000000, 0xFF0000, 0xFF00, 0),
        "abgr": (0xFF000000, 0xFF0000, 0xFF00, 0xFF), "rgba": (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        "bgra": (0xFF0000, 0xFF00, 0xFF, 0xFF000000), "bgar": (0xFF000000, 0xFF00, 0xFF, 0xFF0000),
    }.items():
        yield f"bmp-{name}.bmp", bmp(56, 7, 8, 32, rows(7, 8, 32), 3, masks=struct.pack("<IIII", *masks))
    grey = b"".join(bytes([i, i, i, 0]) for i in range(256))
    yield "bmp-grey.bmp", bmp(40, 15, 8, 8, rows(15, 8, 8), palette=grey)
    yield "bmp-few-colours.bmp", bmp(40, 15, 8, 8, rows(15, 8, 8), palette=random.bytes(40), colours=10)
    yield "bmp-run-lengths-8.bmp", bmp(40, 21, 11, 8, run_lengths(21, 11, False), 1, random.bytes(1024))
    yield "bmp-run-lengths-4.bmp", bmp(40, 21, 11, 4, run_lengths(21, 11, True), 2, random.bytes(64))


# TIFF


def tiff(tags, strips, order="<", big=False):
    """A file of these tags, {number: (type, values)}, whose strips or tiles are filled in."""
    offset_format = "Q" if big else "I"
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HHQ", 8, 0, 16) if big else struct.pack(order + "I", 8)
    tiled = 322 in tags
    tags = dict(tags)
    tags[324 if tiled else 273] = (4, [0] * len(strips))
    tags[325 if tiled else 279] = (4, [len(strip) for strip in strips])
    formats = {1: "B", 3: "H", 4: "I", 11: "f"}
    entry_size = 20 if big else 12
    directory_size = (8 if big else 2) + entry_size * len(tags) + (8 if big else 4)
    extra_at = len(head) + directory_size
    sizes = {tag: len(values) * struct.calcsize(formats[kind]) for tag, (kind, values) in tags.items()}
    inline = 8 if big else 4
    data_at = extra_at + sum(size for size in sizes.values() if size > inline)
    places = [data_at + sum(map(len, strips[:i])) for i in range(len(strips))]
    tags[324 if tiled else 273] = (4, places)
    directory, extra = struct.pack(order + ("Q" if big else "H"), len(tags)), b""
    for tag in sorted(tags):
        kind, values = tags[tag]
        packed = struct.pack(f"{order}{len(values)}{formats[kind]}", *values)
        if len(packed) > inline:
            place = struct.pack(order + offset_format, extra_at + len(extra))
            extra += packed
            packed = place
        directory += struct.pack(order + "HH" + offset_format, tag, kind, len(values)) + packed.ljust(inline, b"\0")
    return head + directory + bytes(8 if big else 4) + extra + b"".join(strips)


def packed_rows(array, depth, order):
    """Samples [height, width, channels] of a strip as bytes."""
    flat = array.reshape(array.shape[0], -1)
    if depth in (1, 2, 4, 12):
        bits = (flat[..., None] >> numpy.arange(depth - 1, -1, -1) & 1).astype("u1").reshape(flat.shape[0], -1)
        return numpy.packbits(bits, axis=1).tobytes()
    return flat.astype(f"{order}u{depth // 8}").tobytes()


def compressed(raw, compression):
    if compression == 8:
        return zlib.compress(raw)
    if compression == 32773:
        runs = [raw[i : i + 100] for i in range(0, len(raw), 100)]
        return b"".join(bytes([len(run) - 1]) + run for run in runs)
    if compression == 5:
        image = Image.frombytes("L", (len(raw), 1), raw)
        return strip_of(image, "tiff_lzw")
    return raw


def strip_of(image, compression, **tags):
    """The bytes that libtiff makes of an image in one strip."""
    stream = io.BytesIO()
    image.save(stream, "TIFF", compression=compression, tiffinfo={278: image.height, **tags})
    written = Image.open(io.BytesIO(stream.getvalue()))
    (offset,), (length,) = written.tag_v2[273], written.tag_v2[279]
    return stream.getvalue()[offset : offset + length]


def picture(array, depth, photometric, compression=1, order="<", big=False, strip=5, tile=None, planar=False,
            predictor=False, tags=None):
    height, width, channels = array.shape
    every = {256: (3, [width]), 257: (3, [height]), 258: (3, [depth] * channels), 259: (3, [compression]),
             262: (3, [photometric]), 277: (3, [channels]), 284: (3, [2 if planar else 1])}
    if tile:
        every |= {322: (3, [tile]), 323: (3, [tile])}
        padded = numpy.zeros((-(-height // tile) * tile, -(-width // tile) * tile, channels), array.dtype)
        padded[:height, :width] = array
        blocks = [padded[y : y + tile, x : x + tile]
                  for y in range(0, height, tile) for x in range(0, width, tile)]
    else:
        every[278] = (3, [strip])
        blocks = [array[y : y + strip] for y in range(0, height, strip)]
    if planar:
        blocks = [block[..., c : c + 1] for c in range(channels) for block in blocks]
    if predictor:
        every[317] = (3, [2])
        differences = []
        for block in blocks:
            block = block.copy()
            block[:, 1:] = (block[:, 1:] - block[:, :-1]) % (1 << depth)
            differences.append(block)
        blocks = differences
    strips = [compressed(packed_rows(block, depth, order), compression) for block in blocks]
    return tiff(every | (tags or {}), strips, order, big)


def floats(array, order):
    """Predictor 3: the bytes of a row by significance, each as a difference to the one before."""
    strip = b""
    for row in array:
        planes = numpy.frombuffer(row.astype(">f4").tobytes(), "u1").reshape(-1, 4).T.reshape(-1).astype(int)
        strip += numpy.diff(planes, prepend=0).astype("u1").tobytes()
    height, width = array.shape
    tags = {256: (3, [width]), 257: (3, [height]), 258: (3, [32]), 259: (3, [8]), 262: (3, [1]), 278: (3, [height]),
            339: (3, [3]), 317: (3, [3])}
    return tiff(tags, [zlib.compress(strip)], order)


def tiffs():
    for depth in (1, 2, 4, 8, 12, 16):
        for photometric in (0, 1):
            if depth == 12 and photometric == 0:
                continue
            name = f"tiff-grey-{depth}-{photometric}.tif"
            yield name, picture(samples(11, 21, 1, depth), depth, photometric)
    yield "tiff-grey-16-big-endian.tif", picture(samples(11, 21, 1, 16), 16, 1, order=">")
    for depth in (1, 2, 4, 8):
        colours = {320: (3, [int(v) for v in random.integers(0, 65536, 3 << depth)])}
        yield f"tiff-palette-{depth}.tif", picture(samples(11, 21, 1, depth), depth, 3, tags=colours)
    reversed_bits = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))
    plain = packed_rows(samples(6, 21, 1, 1), 1, "<")
    tags = {256: (3, [21]), 257: (3, [6]), 258: (3, [1]), 259: (3, [1]), 262: (3, [1]), 266: (3, [2]), 278: (3, [6])}
    yield "tiff-reversed-bits.tif", tiff(tags, [plain.translate(reversed_bits)])
    for name, format_, depth in (("signed-16", 2, 16), ("signed-32", 2, 32), ("unsigned-32", 1, 32)):
        array = samples(11, 21, 1, 9) + (0 if format_ == 1 else (1 << depth) - 100)
        yield f"tiff-{name}.tif", picture(array % (1 << depth), depth, 1, tags={339: (3, [format_])})
    ramp = numpy.linspace(-20, 300, 231, dtype="f4").reshape(11, 21)
    yield "tiff-float-predictor.tif", floats(ramp, "<")
    for compression in (1, 5, 8, 32773):
        for order in "<>":
            name = f"tiff-rgb-{compression}-{'little' if order == '<' else 'big'}.tif"
            yield name, picture(samples(11, 21, 3, 8), 8, 2, compression, order)
    for name, options in {
        "tiles": {"tile": 16}, "tiles-deflate": {"tile": 16, "compression": 8, "predictor": True},
        "planes": {"planar": True}, "planes-tiles": {"planar": True, "tile": 16, "compression": 8},
        "big-file": {"big": True}, "predictor": {"compression": 5, "predictor": True},
        "orientation-6": {"tags": {274: (3, [6])}}, "one-strip": {"strip": 100},
        "big-file-orientation-8": {"big": True, "tags": {274: (3, [8])}},
    }.items():
        yield f"tiff-rgb-{name}.tif", picture(samples(19, 37, 3, 8), 8, 2, **options)
    for order in "<>":
        name = "little" if order == "<" else "big"
        for predictor in (False, True):
            yield (f"tiff-rgb-16-{name}{'-predictor' * predictor}.tif",
                   picture(samples(9, 14, 3, 16), 16, 2, 8, order, predictor=predictor))
        yield f"tiff-rgba-16-{name}.tif", picture(samples(9, 14, 4, 16), 16, 2, 8, order, tags={338: (3, [2])})
        yield f"tiff-cmyk-16-{name}.tif", picture(samples(9, 14, 4, 16), 16, 5, 8, order)
    for extra in (0, 1, 2):
        yield f"tiff-rgb-extra-{extra}.tif", picture(samples(9, 14, 4, 8), 8, 2, tags={338: (3, [extra])})
        yield f"tiff-rgb-extra-{extra}-more.tif", picture(samples(9, 14, 6, 8), 8, 2, tags={338: (3, [extra, 0, 0])})
        yield f"tiff-rgb-16-extra-{extra}.tif", picture(samples(9, 14, 4, 16), 16, 2, tags={338: (3, [extra])})
    yield "tiff-rgb-four-samples.tif", picture(samples(9, 14, 4, 8), 8, 2)
    yield "tiff-grey-alpha.tif", picture(samples(9, 14, 2, 8), 8, 1, tags={338: (3, [2])})
    yield "tiff-cmyk.tif", picture(samples(9, 14, 4, 8), 8, 5, 5)
    yield "tiff-cmyk-planes.tif", picture(samples(9, 14, 4, 8), 8, 5, 8, planar=True)
    yield "tiff-ycbcr.tif", picture(samples(9, 14, 3, 8), 8, 6, 8, tags={530: (3, [1, 1])})
    yield "tiff-ycbcr-plain.tif", picture(samples(9, 14, 3, 8), 8, 6, 1, tags={530: (3, [1, 1])})
    for across, down in ((2, 1), (2, 2), (4, 1), (4, 4)):
        width, height = 4 * 4, 4 * 3
        blocks = samples(1, (width // across) * (height // down), across * down + 2, 8)
        tags = {256: (3, [width]), 257: (3, [height]), 258: (3, [8, 8, 8]), 259: (3, [8]), 262: (3, [6]),
                277: (3, [3]), 278: (3, [height]), 284: (3, [1]), 530: (3, [across, down])}
        yield f"tiff-ycbcr-{across}-{down}.tif", tiff(tags, [zlib.compress(blocks.astype("u1").tobytes())])
    y, x = numpy.mgrid[0:23, 0:70]
    page = Image.fromarray(((numpy.sin(x / 5) * numpy.cos(y / 4) > 0.2) * 255).astype("u1")).convert("1", dither=0)
    for name, compression, options in (
        ("runs", "tiff_ccitt", {}), ("group3", "group3", {}), ("group3-2d", "group3", {292: 1}),
        ("group3-filled", "group3", {292: 4}), ("group3-2d-filled", "group3", {292: 5}), ("group4", "group4", {}),
    ):
        stream = io.BytesIO()
        page.save(stream, "TIFF", compression=compression, tiffinfo={278: 10, **options})
        yield f"tiff-fax-{name}.tif", stream.getvalue()
    y, x, c = numpy.mgrid[0:37, 0:53, 0:3]
    smooth = Image.fromarray((127 + 90 * numpy.sin(x / (5 + c)) * numpy.cos(y / (4 + c))).astype("u1"))
    for mode in ("RGB", "L", "CMYK", "YCbCr"):
        stream = io.BytesIO()
        smooth.convert(mode).save(stream, "TIFF", compression="jpeg", tiffinfo={278: 16})
        yield f"tiff-jpeg-{mode}.tif", stream.getvalue()
    group4 = strip_of(page, "group4").translate(reversed_bits)
    tags = {256: (3, [70]), 257: (3, [23]), 258: (3, [1]), 259: (3, [4]), 262: (3, [0]), 266: (3, [2]), 278: (3, [23])}
    yield "tiff-fax-group4-reversed.tif", tiff(tags, [group4])


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    cases = []
    for name, content in [*bmps(), *tiffs()]:
        (OUT / name).write_bytes(content)
        rgb = convert_to_rgb(ImageOps.exif_transpose(Image.open(OUT / name)), return_numpy=True)
        digest = hashlib.sha256(numpy.ascontiguousarray(rgb).tobytes()).hexdigest()
        cases.append({"picture": name, "width": rgb.shape[1], "height": rgb.shape[0], "rgb": digest})
    (OUT / "cases.json").write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()

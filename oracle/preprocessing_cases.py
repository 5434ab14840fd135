"""Small pictures of every kind and what Pillow and transformers make of them, for the image tests to replay.

    python oracle/preprocessing_cases.py

Written to models/src/test/resources/dev/fovea/models/image/cases/: pictures, and cases.json with, for each picture, the
size and SHA-256 of `convert_to_rgb(exif_transpose(open(picture)))`, a processor's configuration, and the SHA-256 of the
8-bit pixels that the processor on Pillow crops out and of its float32 output, both in the order height, width, channel.
Pictures with alpha are laid on white, as transformers does since 5.x; up to 4.57 it dropped the alpha.
"""

import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import numpy
import PIL
import transformers
from PIL import Image, ImageOps, TiffImagePlugin
from transformers.image_transforms import convert_to_rgb
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

OUT = Path(__file__).resolve().parent.parent / "models/src/test/resources/dev/fovea/models/image/cases"

random = numpy.random.default_rng(5)

CONFIGURATIONS = [
    {"size": {"shortest_edge": 24}, "crop_size": {"height": 24, "width": 24}},
    {"size": 17, "crop_size": 15},
    {"size": {"shortest_edge": 20}, "crop_size": {"height": 33, "width": 26}},
    {"size": {"height": 19, "width": 31}, "do_center_crop": False},
    {"size": {"shortest_edge": 21}, "crop_size": 21, "resample": 2},
    {"size": {"shortest_edge": 22}, "crop_size": 20, "resample": 1},
    {"size": {"shortest_edge": 16}, "crop_size": 16, "resample": 0},
    {"size": {"shortest_edge": 18}, "crop_size": 18, "resample": 4},
    {"size": {"shortest_edge": 23}, "crop_size": 22, "resample": 5},
    {"do_resize": False, "crop_size": {"height": 25, "width": 30}},
    {"size": {"shortest_edge": 24}, "crop_size": 24, "do_rescale": False, "image_mean": [100.0, 90.0, 80.0],
     "image_std": [50.0, 40.5, 30.25]},
    {"size": {"shortest_edge": 24}, "crop_size": 24, "do_normalize": False},
]

# Of classifiers, each run on one of the pictures: class, name in the file, configuration.
CLASSIFIERS = [
    (ViTImageProcessorPil, "ViTImageProcessor", {"size": {"height": 24, "width": 20}}),
    (ViTImageProcessorPil, "ViTFeatureExtractor", {"size": 18, "resample": 3}),
    (ConvNextImageProcessorPil, "ConvNextImageProcessor", {"size": {"shortest_edge": 28}}),
    (ConvNextImageProcessorPil, "ConvNextFeatureExtractor", {"size": 21, "crop_pct": 0.95, "resample": 2,
     "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}),
    (ConvNextImageProcessorPil, "ConvNextImageProcessor", {"size": {"shortest_edge": 384}}),
    (BitImageProcessorPil, "BitImageProcessor", {"size": {"shortest_edge": 23}, "crop_size": 19}),
    (BitImageProcessorPil, "BitImageProcessor", {"size": {"shortest_edge": 25}, "crop_size": {"height": 30, "width": 22},
     "resample": 2}),
]

WEBP = {
    "lossy": {"quality": 75}, "lossy-coarse": {"quality": 5}, "lossy-simple-filter": {"quality": 60, "method": 0},
    "lossy-slow": {"quality": 90, "method": 6}, "lossless": {"lossless": True},
    "lossless-fast": {"lossless": True, "quality": 0, "method": 0}}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(width, height, depth, kind, interlaced=False, extra=b""):
    """A PNG of any colour type and depth, half ramp and half noise; Pillow itself does not write most of them."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    y, x = numpy.mgrid[0:height, 0:width]
    ramp = (x * 5 + y * 3)[..., None] * numpy.arange(1, channels + 1) * max(1, (1 << depth) // 97)
    noise = random.integers(0, 1 << depth, (height, width, channels))
    pixels = numpy.where((x + y)[..., None] % 2 == 0, ramp, noise) % (1 << depth)
    raw = b""
    for x0, y0, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = pixels[y0::dy, x0::dx]
        if part.size == 0:
            continue
        for row in part.reshape(part.shape[0], -1):
            if depth == 16:
                packed = row.astype(">u2").tobytes()
            else:
                packed = numpy.packbits((row[:, None] >> numpy.arange(depth - 1, -1, -1) & 1).astype("u1")).tobytes()
            raw += b"\0" + packed
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    data = zlib.compress(raw, 9)
    # In three chunks, the last of which holds nothing but the checksum.
    parts = [data[:-4][:11], data[:-4][11:], data[-4:]]
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
            + b"".join(chunk(b"IDAT", part) for part in parts) + chunk(b"IEND", b""))


def palette(entries):
    return chunk(b"PLTE", random.integers(0, 256, 3 * entries, dtype=numpy.uint8).tobytes())


def photo(width, height):
    y, x = numpy.mgrid[0:height, 0:width]
    waves = [127 + 90 * numpy.sin(x / (5 + c)) * numpy.cos(y / (4 + c)) for c in range(4)]
    return Image.fromarray((numpy.stack(waves, -1) + random.integers(0, 30, (height, width, 4))).astype(numpy.uint8))


def pictures():
    gamma = chunk(b"gAMA", struct.pack(">I", 22222))
    sizes = iter([(37, 29), (29, 41), (1, 1), (3, 50), (61, 4), (24, 24), (24, 40), (40, 24), (33, 90), (90, 33), (5, 5)] * 9)
    for depth, kind in [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 4), (16, 4), (8, 6), (16, 6)]:
        for interlaced in (False, True):
            yield f"png-{kind}-{depth}{'-interlaced' * interlaced}.png", png(*next(sizes), depth, kind, interlaced, gamma)
    for depth in (1, 2, 4, 8):
        alpha = chunk(b"tRNS", bytes([0, 99][:1 << depth]))
        yield f"png-palette-{depth}.png", png(*next(sizes), depth, 3, False, palette(1 << depth) + alpha)
    yield "png-short-palette.png", png(31, 27, 4, 3, False, palette(9))
    for depth, kind in [(1, 0), (2, 0), (8, 0), (8, 2), (16, 2)]:
        yield f"png-colour-key-{kind}-{depth}.png", png(9, 70, depth, kind, False, chunk(b"tRNS", b"\0\3\0\2\0\1"[: 6 if kind else 2]))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = orientation
        yield f"orientation-{orientation}.jpg", (photo(31, 23).convert("RGB"), {"exif": exif, "quality": 80})
    for subsampling in (0, 1, 2):
        for progressive in (False, True):
            name = f"jpeg-{subsampling}{'-progressive' * progressive}.jpg"
            yield name, (photo(45, 39).convert("RGB"), {"subsampling": subsampling, "progressive": progressive})
    yield "jpeg-grey.jpg", (photo(30, 41).convert("L"), {})
    yield "jpeg-cmyk.jpg", (photo(41, 30).convert("RGB").convert("CMYK"), {})
    yield "jpeg-rgb.jpg", (photo(33, 35).convert("RGB"), {"keep_rgb": True})
    yield "gif.gif", (photo(33, 35).convert("RGB").quantize(32), {})
    yield "gif-transparent.gif", (photo(33, 35).convert("RGB").quantize(8), {"transparency": 0})
    for mode in ("RGB", "L", "1"):
        yield f"bmp-{mode}.bmp", (photo(21, 25).convert(mode), {})
    for name, options in WEBP.items():
        yield f"webp-{name}.webp", (photo(39, 45), options)
    for colors in (3, 16, 200):
        picture = photo(39, 45).convert("RGB").quantize(colors).convert("RGB")
        yield f"webp-{colors}-colours.webp", (picture, {"lossless": True})
    yield "webp-lossless-opaque.webp", (photo(61, 33).convert("RGB"), {"lossless": True, "quality": 100, "method": 6})
    yield "webp-animation.webp", (photo(30, 20), {"save_all": True, "append_images": [photo(30, 20)], "quality": 60})
    yield "tiff-P.tiff", (photo(21, 25).convert("RGB").quantize(40), {})
    for mode in ("RGB", "L", "1", "CMYK", "I;16", "F", "LA", "RGBA"):
        picture = photo(21, 25).convert("L").convert("I").convert(mode) if mode == "I;16" else photo(21, 25).convert(mode)
        yield f"tiff-{mode.replace(';', '')}.tiff", (picture, {})
    yield from turned()
    yield from odd()


def xmp(orientation, element=False):
    stated = f"<tiff:Orientation>{orientation}</tiff:Orientation>" if element else f'<r tiff:Orientation="{orientation}"/>'
    return f"<x:xmpmeta>{stated}</x:xmpmeta>".encode()


def exif(orientation):
    stated = Image.Exif()
    stated[0x112] = orientation
    return stated.tobytes()


def raw_profile(orientation):
    """ImageMagick's way to keep EXIF in a PNG."""
    digits = exif(orientation).hex()
    return b"Raw profile type exif\0\nexif\n%8d\n" % (len(digits) // 2) + digits[:72].encode() + b"\n" + digits[72:].encode()


def before(marker, file, extra):
    at = file.index(marker)
    return file[:at] + extra + file[at:]


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def turned():
    """One picture whose orientation is stated in every place in which Pillow finds it, and in some where it does not."""
    upright = photo(23, 17).convert("RGB")
    png = saved(upright, "PNG")
    text = xmp(5, True)
    for place, extra in {
            "text": chunk(b"tEXt", b"XML:com.adobe.xmp\0" + xmp(6)),
            "compressed": chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(xmp(7, True))),
            "international": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(8)),
            "international-compressed": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(text)),
            "quotes": chunk(b"tEXt", b"XML:com.adobe.xmp\0" + xmp(6).replace(b'"', b"'")),
            "raw-profile": chunk(b"zTXt", raw_profile(6)[:22] + b"\0" + zlib.compress(raw_profile(6)[22:])),
            "exif-first": chunk(b"eXIf", exif(3)[6:]) + chunk(b"tEXt", b"XML:com.adobe.xmp\0" + xmp(6))}.items():
        yield f"turned-{place}.png", png[:33] + extra + png[33:]
    yield "turned-late.png", png[:-12] + chunk(b"tEXt", raw_profile(8)) + png[-12:]
    jpeg = saved(upright.convert("L"), "JPEG")
    for element in (False, True):
        packet = b"http://ns.adobe.com/xap/1.0/\0" + xmp(6 + element, element)
        yield f"turned-{'element' if element else 'attribute'}.jpg", jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet + jpeg[2:]
    yield "turned-xmp.webp", saved(upright, "WEBP", lossless=True, xmp=xmp(6))
    yield "turned-exif.webp", saved(upright, "WEBP", lossless=True, xmp=xmp(6), exif=exif(8))
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[700] = xmp(6)
    yield "turned-xmp.tiff", saved(upright, "TIFF", tiffinfo=tags)


def odd():
    """Files that are sound, or damaged where Pillow does not look."""
    indexed = photo(22, 19).convert("RGB").quantize(9)
    gif = saved(indexed, "GIF")
    yield "gif-no-screen.gif", gif[:6] + bytes(4) + gif[10:]
    yield "gif-large-screen.gif", gif[:6] + struct.pack("<HH", 300, 200) + gif[10:]
    png = saved(photo(22, 19), "PNG")
    yield "png-without-end.png", png[:-16]
    yield "png-compression-method.png", png[:26] + b"\7" + png[27:29] + struct.pack(">I", zlib.crc32(png[12:26] + b"\7" + png[27:29])) + png[33:]
    yield "png-short-data.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 9, 8, 0, 0, 0, 0)) + chunk(
        b"IDAT", zlib.compress(b"".join(b"\0" + bytes(range(i, i + 8)) for i in range(5)))) + chunk(b"IEND", b"")
    frames = [photo(22, 19), photo(22, 19)]
    yield "apng.png", (frames[0], {"save_all": True, "append_images": frames[1:]})
    yield "apng-default.png", (frames[0], {"save_all": True, "append_images": frames[1:], "default_image": True})
    yield "webp-small-frame.webp", webp_frame(saved(photo(8, 6), "WEBP", lossless=True), 40, 30, 12, 10)
    for magic, text in {"P1": b"# c\n5 2\n01101 10 010", "P2": b"3 2\n15 0 1 2\n3 4 15\n", "P3": b"2 1 100\n0 50 100 99 1 2",
                        "P4": b"9 2\n\xa5\x80\x12\x00", "P5": b"3 2 1000\n" + bytes(range(12)), "P6": b"2 2\n63\n" + bytes(range(12))}.items():
        yield f"pnm-{magic}.pnm", magic.encode() + b"\n" + text
    yield "icon-png.ico", (photo(48, 48), {"sizes": [(16, 16), (32, 32)]})
    yield "icon-bmp.ico", (photo(48, 48), {"sizes": [(24, 24)], "bitmap_format": "bmp"})


def webp_frame(still, width, height, left, top):
    """An animation of one frame that covers only a part of it."""
    image = still[still.index(b"VP8L"):]
    size = 1 + (image[9] | (image[10] & 0x3F) << 8), 1 + (image[10] >> 6 | image[11] << 2 | (image[12] & 0xF) << 10)

    def three(*numbers):
        return b"".join(struct.pack("<I", number)[:3] for number in numbers)

    body = (b"VP8X" + struct.pack("<I", 10) + b"\x12\0\0\0" + three(width - 1, height - 1)
            + b"ANIM" + struct.pack("<I", 6) + bytes(6)
            + b"ANMF" + struct.pack("<I", 16 + len(image)) + three(left // 2, top // 2, size[0] - 1, size[1] - 1, 0) + b"\0" + image)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def sha(array):
    return hashlib.sha256(numpy.ascontiguousarray(array).tobytes()).hexdigest()


def case(name, picture, rgb, kind, written, configuration):
    def run(**overrides):
        processor = kind(**{**configuration, **overrides})
        values = processor(images=picture, return_tensors="np")["pixel_values"][0]
        return values.transpose(1, 2, 0)

    pixels = run(do_rescale=False, do_normalize=False).astype(numpy.uint8)
    return {
        "picture": name, "width": rgb.shape[1], "height": rgb.shape[0], "rgb": sha(rgb),
        "configuration": {"image_processor_type": written, **configuration},
        "crop": list(pixels.shape), "pixels": sha(pixels), "values": sha(run().astype("<f4"))}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    cases = []
    for i, (name, content) in enumerate(pictures()):
        path = OUT / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content[0].save(path, **content[1])
        picture = ImageOps.exif_transpose(Image.open(path))
        rgb = convert_to_rgb(picture, return_numpy=True)
        configuration = CONFIGURATIONS[i % len(CONFIGURATIONS)]
        cases.append(case(name, picture, rgb, CLIPImageProcessorPil, "CLIPImageProcessor", configuration))
        if i < len(CLASSIFIERS):
            # Most of them do not convert to RGB.
            cases.append(case(name, Image.fromarray(rgb), rgb, *CLASSIFIERS[i]))
    document = {"pillow": PIL.__version__, "transformers": transformers.__version__, "cases": cases}
    (OUT / "cases.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()

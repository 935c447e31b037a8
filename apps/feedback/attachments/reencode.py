"""A picture made harmless: read with limits, written anew without metadata, with a small copy to look at.

Runs as a program of its own (``sandbox``), so nothing of ours is imported: a decoder that crashes, or eats memory,
ends this process alone. Prints one line of JSON: ``{"width", "height", "extension"}`` or ``{"refused": code}``.
"""

import json
import resource
import struct
import sys
import warnings
import zlib
from contextlib import suppress

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
PIXELS = 25_000_000
JPEG_PIXELS = 60_000_000  # a JPEG is unpacked at a fraction of its size where it is large
PNG_PIXELS = 9_000_000  # a larger one takes seconds to write
SIDE = 4_096  # pixels; larger ones are scaled down
PREVIEW_SIDE = 640
MEMORY_BYTES = 900_000_000  # of addresses, most of them never touched
CPU_SECONDS = 8
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DAMAGE = (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error, zlib.error)


class RefusedError(Exception):
    """The picture is not taken; the argument is its code."""


def limit_process() -> None:
    """Bound what the decoders may take; a system that cannot bound one thing still bounds the other."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))


def open_picture(path: str) -> Image.Image:
    """Return the picture, its header read and nothing else. Raises RefusedError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=FORMATS)
    except Image.DecompressionBombError:
        raise RefusedError("pixels") from None
    except DAMAGE:
        raise RefusedError("damaged") from None
    if image.width * image.height > (JPEG_PIXELS if image.format == "JPEG" else PIXELS):
        raise RefusedError("pixels")
    return image


def first_frame(image: Image.Image) -> Image.Image:
    """Return the pixels, upright, in one of two modes, no side above SIDE. Raises RefusedError."""
    try:
        if image.width * image.height > PIXELS:
            image.draft("RGB", (image.width // 2, image.height // 2))
        turn = TURNS.get(image.getexif().get(ORIENTATION) or 1)
        is_clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
        frame = image.convert("RGBA" if is_clear else "RGB")
        frame.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
        return frame if turn is None else frame.transpose(turn)
    except (*DAMAGE, Image.DecompressionBombError):
        raise RefusedError("damaged") from None
    except MemoryError:
        raise RefusedError("pixels") from None


def write(image: Image.Image, frame: Image.Image, target: str, preview: str) -> dict[str, object]:
    """Write both copies and return what they are."""
    is_photo = image.format == "JPEG" or (frame.mode == "RGB" and frame.width * frame.height > PNG_PIXELS)
    extension = "jpg" if is_photo else "png"
    plain = Image.new(frame.mode, frame.size)  # new: nothing that the old one carried comes along
    plain.paste(frame)
    if extension == "jpg":
        plain.convert("RGB").save(target, "JPEG", quality=88)
    else:
        plain.save(target, "PNG", compress_level=3)
    ground = Image.new("RGB", plain.size, "white")
    ground.paste(plain, mask=plain.getchannel("A") if plain.mode == "RGBA" else None)
    small = ImageOps.contain(ground, (PREVIEW_SIDE, PREVIEW_SIDE)) if max(ground.size) > PREVIEW_SIDE else ground
    small.save(preview, "JPEG", quality=80)
    return {"width": plain.width, "height": plain.height, "extension": extension}


def main(source: str, target: str, preview: str) -> dict[str, object]:
    limit_process()
    try:
        image = open_picture(source)
        return write(image, first_frame(image), target, preview)
    except RefusedError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "pixels"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:4])))

"""People's pictures: whatever is uploaded becomes a small square WebP with nothing else in it. No database."""

import struct
import warnings
import zlib
from io import BytesIO
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

SIDE = 256  # pixels
UPLOAD_BYTES = 5_000_000
UPLOAD_PIXELS = 25_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 82
ORIENTATION = 0x0112  # of EXIF: which of these makes the picture upright
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What the readers of made-up files raise, or may.
_DAMAGE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
    zlib.error,
)


def square_webp(upload: IO[bytes], *, size_bytes: int) -> bytes:
    """Return the middle of the picture as a WebP of SIDE by SIDE pixels, upright, without metadata.

    Raises ValidationError for what is too large, too many pixels, or no picture of FORMATS. The pixels are
    counted in the header, before any of them is unpacked.
    """
    if size_bytes > UPLOAD_BYTES:
        raise ValidationError(_("This file is larger than 5 MB. Choose a smaller picture."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(upload, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(_too_many_pixels()) from None
    except _DAMAGE:
        raise ValidationError(_("This is not a picture we can read. Choose a JPEG, PNG, WebP or GIF.")) from None
    if image.width * image.height > UPLOAD_PIXELS:
        raise ValidationError(_too_many_pixels())
    return _encode(image)


def _encode(image: Image.Image) -> bytes:
    try:
        image.draft("RGB", (SIDE * 2, SIDE * 2))  # JPEG: unpack no more than is needed
        square = ImageOps.fit(image.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
        # By hand: ImageOps.exif_transpose also writes the EXIF anew, and fails over what it cannot write.
        turn = _TURNS.get(image.getexif().get(ORIENTATION) or 1)
        square = square if turn is None else square.transpose(turn)
    except (*_DAMAGE, Image.DecompressionBombError):  # cut off, or broken inside
        raise ValidationError(_("This picture is damaged. Choose another one.")) from None
    ground = Image.new("RGBA", (SIDE, SIDE), "white")
    ground.alpha_composite(square)
    out = BytesIO()
    ground.convert("RGB").save(out, "WEBP", quality=QUALITY)
    return out.getvalue()


def _too_many_pixels() -> str:
    return _("This picture has more than 25 million pixels. Choose a smaller one.")

"""Which files are taken, which are refused, and what they are called."""

import io
import struct
import time
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, PngImagePlugin

from apps.feedback.attachments import kinds, storage
from apps.feedback.models import Attachment
from tests.feedback.attachments.uploading import HTML, a_picture, keep, stored


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its data hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def located_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "CAMERAMAKER"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    return a_picture("JPEG", exif=exif, comment=b"<?php system($_GET[0]); ?>")


def gif_of(frames: int) -> bytes:
    out = io.BytesIO()
    first, *rest = [Image.new("P", (20, 20), number % 250) for number in range(frames)]
    first.save(out, "GIF", save_all=True, append_images=rest)
    return out.getvalue()


def zip_of(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><foreignObject/></svg>'

LAUGHS = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY b "&lol;&lol;">]><svg>&b;</svg>'

ZIP = zip_of(a=b"\0" * 1_000_000)

MARKUP = ["html", "htm", "xhtml", "shtml", "xml", "svg", "mht", "mhtml"]

PROGRAMS = ["js", "swf", "hta", "lnk", "exe", "bat", "php", "py", "ps"]

REFUSED = [
    *[(f"C070-name-{end}", f"a.{end}", HTML) for end in MARKUP],
    *[(f"C070-name-{end}", f"a.{end}", b"words") for end in PROGRAMS],
    *[(f"C070-content-{end}", f"a.{end}", HTML) for end in ["png", "jpg", "gif", "webp", "pdf", "txt", "csv", "log"]],
    ("C055-mhtml-as-text", "a.txt", b"MIME-Version: 1.0\r\nContent-Type: multipart/related"),
    ("C071-svg", "a.svg", SVG),
    ("C071-svg-as-png", "a.png", SVG),
    ("C071-svg-as-text", "a.txt", SVG),
    ("C071-laughs-as-text", "a.csv", LAUGHS),
    ("C072-htaccess", ".htaccess", b"AddType application/x-httpd-php .png"),
    ("C072-zero-width-htaccess", "\u200b.htaccess", b"AddType x .png"),
    ("C072-web-config", "web.config", b"<configuration/>"),
    ("C072-user-ini", ".user.ini", b"auto_prepend_file=x"),
    ("C072-con", "CON", b"words"),
    ("C072-php-dot", "a.php.", b"<?php"),
    ("C072-nul", "a.png\0.php", b"<?php"),
    ("C072-nothing-but-end", " .txt", b"words"),
    ("C072-no-end", "README", b"words"),
    ("C077-png-head-html", "a.png", b"\x89PNG\r\n\x1a\n" + HTML),
    ("C077-gif-js", "a.gif", b"GIF89a/*" + b"\0" * 10 + b"*/=1;alert(1)"),
    ("C077-pdf-after-junk", "a.pdf", b"\n" + HTML + b"%PDF-1.7"),
    ("C077-zip-before-pdf", "a.pdf", ZIP + b"%PDF-1.7"),
    ("C079-pixel-flood", "a.png", png_of(50_000, 50_000)),
    ("C079-more-than-declared", "a.png", png_of(4_000, 4_000)),
    ("C079-eps", "a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    ("C079-eps-by-name", "a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n"),
    ("C079-truncated-jpeg", "a.jpg", a_picture("JPEG", (800, 600))[:2_000]),
    ("C079-four-gigabytes", "a.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**32 - 1) + b"IDAT"),
    ("C080-zip", "a.zip", ZIP),
    ("C080-zip-as-text", "a.txt", ZIP),
    ("C080-docx", "a.docx", zip_of(**{"word/document.xml": b"\0" * 2_000_000})),
    ("C080-xlsx-as-pdf", "a.pdf", zip_of(**{"xl/workbook.xml": b"x"})),
    ("C015-nul-in-text", "a.txt", b"a\0b"),
    ("utf16-without-end", "a.txt", b"\xff\xfea"),
    ("empty", "a.txt", b""),
]


@pytest.mark.parametrize(("case", "name", "content"), REFUSED, ids=[case for case, _, _ in REFUSED])
@pytest.mark.django_db
def test_a_hostile_file_is_refused_at_once_and_leaves_nothing(case, name, content):
    began = time.monotonic()

    with pytest.raises(ValidationError):
        keep(name, content)

    assert time.monotonic() - began < 3  # a second, on a machine that does nothing else
    assert (stored(), Attachment.objects.count()) == ([], 0)


TAKEN = [
    ("png", "a.png", a_picture(), "image", "png"),
    ("jpeg", "a.JPEG", a_picture("JPEG"), "image", "jpg"),
    ("webp", "a.webp", a_picture("WEBP"), "image", "png"),
    ("a png called jpg", "a.jpg", a_picture(), "image", "png"),
    ("C079-gif-frames", "a.gif", gif_of(300), "image", "png"),
    ("C077-jpeg-php", "a.php;.jpg", located_jpeg(), "image", "jpg"),
    ("C077-gif-and-script", "a.gif", gif_of(2) + b"<script>alert(1)</script>", "image", "png"),
    ("C077-png-and-zip", "a.png", a_picture() + ZIP, "image", "png"),
    ("pdf", "a.pdf", b"%PDF-1.7\n1 0 obj", "pdf", "pdf"),
    ("C077-pdf-and-zip", "a.pdf", b"%PDF-1.7\n" + ZIP, "pdf", "pdf"),
    ("text", "a.txt", "Größe 3 µm\n".encode(), "text", "txt"),
    ("latin-1", "a.log", "Größe".encode("latin-1"), "text", "txt"),
    ("utf-16", "a.csv", "a;b".encode("utf-16"), "text", "txt"),
    ("terminal", "a.log", b"\x1b[31mred\x1b[0m", "text", "txt"),
]


@pytest.mark.parametrize(("case", "name", "content", "kind", "extension"), TAKEN, ids=[one[0] for one in TAKEN])
@pytest.mark.django_db
def test_a_file_is_kept_under_a_name_of_ours(case, name, content, kind, extension):
    row = keep(name, content)

    file = storage.path_of(row.key)
    assert (row.kind, row.extension, len(row.key), file.is_file()) == (kind, extension, 32, True)
    assert file.stat().st_mode & 0o777 == 0o600
    if kind == "image":
        with Image.open(file, formats=("PNG", "JPEG")) as kept:
            assert (dict(kept.getexif()), getattr(kept, "n_frames", 1)) == ({}, 1)
        assert b"script" not in file.read_bytes()
        assert storage.path_of(row.key, is_preview=True).read_bytes().startswith(b"\xff\xd8\xff")
    else:
        assert file.read_bytes() == content
    assert stored() == sorted([row.key, f"{row.key}.preview"] if kind == "image" else [row.key])


@pytest.mark.django_db
def test_c078_places_and_camera_are_taken_out_of_pictures():
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "SOMEBODY")

    for name, content in (("a.jpg", located_jpeg()), ("a.png", a_picture(pnginfo=words))):
        kept = storage.path_of(keep(name, content).key).read_bytes()
        assert [secret for secret in (b"CAMERAMAKER", b"SOMEBODY", b"php", b"Exif") if secret in kept] == []


@pytest.mark.django_db
def test_a_picture_stays_upright_without_its_exif():
    exif = Image.Exif()
    exif[0x0112] = 6

    row = keep("a.jpg", a_picture("JPEG", (60, 40), exif=exif))

    assert (row.width, row.height) == (40, 60)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../x.png", "x.png"),
        ("..\\..\\x.png", "x.png"),
        ("/etc/x.png", "x.png"),
        ("C:\\x.png", "x.png"),
        ("a\r\nSet-Cookie: x.png", "a Set-Cookie: x.png"),
        ("a\0.png", "a.png"),
        ("x\u202egnp.exe", "xgnp.exe"),
        ("\ud800.png", "png"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("\u200b", "file"),
        ("é" * 200 + ".png", "é" * 95 + "….png"),
        ("🧪" * 96 + ".jpeg", "🧪" * 94 + "….jpeg"),
        ("a" * 300, "a" * 99 + "…"),
        ("<script>alert(1)</script>.png", "script>.png"),
    ],
)
def test_c074_c075_a_name_becomes_one_short_line(name, label):
    assert kinds.label_of(name) == label


@pytest.mark.parametrize(
    ("label", "extension", "name"),
    [
        ("a.png", "png", "a.png"),
        ("a.jpeg", "jpg", "a.jpeg"),
        ("a.webp", "png", "a.png"),
        ("a.csv", "txt", "a.csv.txt"),
        ("a.php;.jpg", "jpg", "a.php;.jpg"),
        ("file", "png", "file.png"),
    ],
)
def test_a_download_is_called_by_what_it_is_now(label, extension, name):
    assert kinds.download_name(label, extension) == name

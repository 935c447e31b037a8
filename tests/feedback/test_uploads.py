"""Hostile files, made here: what is refused, what is made harmless, how it is given out, when it goes."""

import io
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from PIL import Image, PngImagePlugin

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback import tokens
from apps.feedback.attachments import intake, kinds, sandbox, storage
from apps.feedback.models import Answer, Attachment, Feedback, Form
from apps.feedback.questionnaire import definition
from apps.feedback.services import attachments, moderation
from apps.feedback.services.attachments import Incoming, QuotaError
from apps.feedback.services.form_versions import add_version
from tests.factories import AttachmentFactory, FeedbackFactory, ProductFactory, UserFactory, make_form
from tests.feedback.test_races import at_once

DEFINITION: dict[str, Any] = {
    "languages": ["en"],
    "title": {"en": "Show us"},
    "intro": {},
    "pages": [
        {
            "key": "first",
            "questions": [
                {
                    "key": "words",
                    "kind": "long_text",
                    "label": {"en": "What happened?"},
                    "role": "words",
                    "is_required": True,
                },
                {"key": "shot", "kind": "file", "label": {"en": "A picture"}},
            ],
        }
    ],
}


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FORM_LIMIT = "100000/m"


def a_picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **extra: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **extra)
    return out.getvalue()


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


def keep(name: str, content: bytes, **more: Any) -> Attachment:
    return attachments.keep(Incoming(content=io.BytesIO(content), name=name, size_bytes=len(content), **more))


def stored() -> list[str]:
    """The names of all files under the folder of attachments, half-made ones too."""
    return sorted(path.name for path in storage.folder().rglob("*") if path.is_file())


HTML = b"<!doctype html><script>alert(1)</script>"
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


# --- keys, quotas, copies -----


@pytest.mark.django_db
def test_c076_nobody_chooses_a_key_and_a_repeat_is_one_file():
    first, again = keep("a.txt", b"words", seed="token"), keep("a.txt", b"words", seed="token")
    others = [keep("a.txt", b"words", seed="other"), keep("a.txt", b"others", seed="token"), keep("a.txt", b"words")]

    assert again == first
    assert len({first.key, *(one.key for one in others)}) == 4
    assert len(stored()) == 4


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "A" * 32, "a" * 31, "a" * 33, "a" * 31 + "/"])
def test_a_path_is_made_of_keys_of_ours_alone(key):
    with pytest.raises(ValueError, match="key of ours"):
        storage.path_of(key)


@pytest.mark.parametrize(
    "limit", [{"ATTACHMENTS_A_DAY": 1}, {"ATTACHMENT_BYTES_A_DAY": 8}, {"ATTACHMENT_BYTES_IN_ALL": 8}]
)
@pytest.mark.django_db
def test_c085_beyond_a_quota_nothing_is_kept(settings, limit):
    keep("a.txt", b"words")
    for name, value in limit.items():
        setattr(settings, name, value)

    with pytest.raises(QuotaError):
        keep("b.txt", b"words")

    assert len(stored()) == 1


@pytest.mark.django_db
def test_the_quota_of_a_day_is_of_each_form(settings):
    settings.ATTACHMENTS_A_DAY = 1
    forms = [make_form(product=ProductFactory(), slug=f"form-{number}") for number in range(2)]

    for form in forms:
        keep("a.txt", b"words", form_id=form.pk)

    Attachment.objects.update(uploaded_at=Now() - timedelta(hours=25))
    keep("b.txt", b"words", form_id=forms[0].pk)


@pytest.mark.django_db(transaction=True)
def test_a_quota_is_exact_however_many_come_at_once(settings):
    settings.ATTACHMENTS_A_DAY = 3

    def send(number: int) -> bool:
        try:
            keep(f"{number}.txt", b"words")
        except QuotaError:
            return False
        return True

    assert sum(at_once(8, send)) == Attachment.objects.count() == len(stored()) == 3


@pytest.mark.django_db
def test_c090_a_full_disk_leaves_neither_row_nor_file(monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "settle", fail)

    with pytest.raises(OSError, match="No space"):
        keep("a.txt", b"words")

    assert (stored(), Attachment.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_c091_a_file_whose_row_failed_is_swept(monkeypatch):
    def fail(**fields: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(Attachment.objects, "create", fail)
        with pytest.raises(DatabaseError):
            keep("a.png", a_picture())
    assert len(stored()) == 2

    assert attachments.sweep() == 0  # it is young: its row may be on its way
    assert attachments.sweep(unknown_waits=timedelta(seconds=-1)) == 1
    assert attachments.sweep(unknown_waits=timedelta(seconds=-1)) == 0
    assert stored() == []


@pytest.mark.django_db
def test_what_was_never_sent_goes_and_what_was_sent_stays(django_capture_on_commit_callbacks):
    waiting, late = keep("a.txt", b"words"), keep("b.txt", b"others")
    sent = AttachmentFactory(feedback=FeedbackFactory())
    Attachment.objects.filter(pk__in=[late.pk, sent.pk]).update(uploaded_at=Now() - timedelta(hours=51))

    with django_capture_on_commit_callbacks(execute=True):
        assert attachments.sweep() == 1
        assert attachments.sweep() == 0

    assert set(Attachment.objects.values_list("pk", flat=True)) == {waiting.pk, sent.pk}
    assert storage.path_of(late.key).exists() is False


@pytest.mark.django_db
def test_redaction_deletes_the_files_and_nobody_elses(django_capture_on_commit_callbacks):
    mine, other = AttachmentFactory(feedback=FeedbackFactory()), AttachmentFactory(feedback=FeedbackFactory())

    with django_capture_on_commit_callbacks(execute=True):
        moderation.redact([mine.feedback_id])
        moderation.redact([mine.feedback_id])

    assert list(Attachment.objects.all()) == [other]
    assert stored() == sorted([other.key, f"{other.key}.preview"])


# --- decoders in a cage -----


def test_a_decoder_that_crashes_or_hangs_is_a_damaged_picture(tmp_path, monkeypatch):
    program = tmp_path / "program.py"
    monkeypatch.setattr(sandbox, "PROGRAM", program)
    monkeypatch.setattr(sandbox, "RUN_SECONDS", 1.0)
    for source in ("import os; os.abort()", "while True: pass", "print('[')", "raise SystemExit(3)"):
        program.write_text(source)

        with pytest.raises(ValidationError, match="damaged"):
            sandbox.make_harmless(tmp_path / "s", target=tmp_path / "t", preview=tmp_path / "p")


@pytest.mark.django_db
def test_only_so_many_pictures_are_drawn_at_once(monkeypatch):
    monkeypatch.setattr(sandbox, "PATIENCE_SECONDS", 0.0)
    for _ in range(sandbox.AT_ONCE):
        sandbox._places.acquire()
    try:
        with pytest.raises(sandbox.BusyError):
            keep("a.png", a_picture())
    finally:
        sandbox._places.release(sandbox.AT_ONCE)


# --- the question of a form -----


@pytest.fixture
def file_form(db) -> Form:
    form = Form.objects.create(product=ProductFactory(name="Spectrometer", slug="optics"), title="Show us", slug="show")
    add_version(form, definition.read(DEFINITION), None)
    form.refresh_from_db()
    return form


Send = Callable[..., Any]


@pytest.fixture
def send(file_form: Form) -> Send:
    """Return a function that posts the form as a browser does, with its files."""
    token = tokens.issue_form_token(file_form.pk, now=time.time() - 60, version_id=file_form.current_id)

    def post(*files: tuple[str, bytes], **data: Any) -> Any:
        uploads = [SimpleUploadedFile(name, content) for name, content in files]
        return Client(enforce_csrf_checks=True).post(
            "/f/show/", {"token": token, "page": "0", "words": "It drifts", "shot": uploads, **data}
        )

    return post


def mentions(page: str) -> list[str]:
    return re.findall(r'type="checkbox" name="shot" value="([^"]+)" checked', page)


def test_a_file_comes_with_its_feedback(send):
    answer = send(("scan.png", a_picture()))

    row = Feedback.objects.get()
    assert (answer.status_code, row.text, row.state) == (303, "It drifts", "live")
    assert [(one.label, one.kind, one.question) for one in row.attachments.all()] == [("scan.png", "image", "shot")]
    assert list(Answer.objects.values_list("question", "text", "choice")) == [
        ("shot", "scan.png", row.attachments.get().key)
    ]


def test_the_form_says_that_it_takes_files(file_form):
    page = Client().get("/f/show/").text

    assert 'enctype="multipart/form-data"' in page
    assert 'type="file" multiple' in page


def test_c030_the_same_post_with_its_file_again_is_one(send):
    first, again = send(("scan.png", a_picture())), send(("scan.png", a_picture()))

    assert first.headers["Location"] == again.headers["Location"]
    assert (Feedback.objects.count(), Attachment.objects.count(), len(stored())) == (1, 1, 2)


def test_the_token_again_with_other_words_loses_neither_words_nor_file(send):
    send(("scan.txt", b"values"))
    for _ in range(2):
        send(("scan.txt", b"values"), words="Something else")

    first, second = Feedback.objects.order_by("id")
    assert [one.attachments.count() for one in (first, second)] == [1, 1]
    assert (second.state, second.held_reason) == ("held", "Form token used twice")
    assert storage.path_of(second.attachments.get().key).read_bytes() == b"values"


def test_a_refused_file_gives_all_words_back_and_says_which(send):
    answer = send(("page.html", HTML), ("scan.txt", b"values"), words="My long story")

    assert answer.status_code == 400
    assert "My long story" in answer.text
    assert "page.html: This file cannot be taken." in answer.text
    assert len(mentions(answer.text)) == 1  # the good one is kept
    assert not Feedback.objects.exists()


def test_a_file_stays_while_the_rest_is_corrected(send):
    page = send(("scan.txt", b"values"), words="").text

    answer = send(shot=mentions(page))

    assert answer.status_code == 303
    assert [one.label for one in Feedback.objects.get().attachments.all()] == ["scan.txt"]


def test_a_file_unticked_is_left_out(send):
    send(("scan.txt", b"values"), words="")

    send()

    assert Feedback.objects.get().attachments.count() == 0


@pytest.mark.parametrize("mention", ["a" * 32, "x", "scan.png", "x" * 3_000, "a:b:c"])
def test_a_mention_that_is_not_ours_is_told(send, mention):
    answer = send(shot=mention)

    assert (answer.status_code, "Choose it again" in answer.text) == (400, True)


def test_a_mention_of_another_question_or_too_old_is_told(send, monkeypatch):
    page = send(("scan.txt", b"values"), words="").text
    monkeypatch.setattr("apps.feedback.attachments.keys.KEPT_SECONDS", -1)

    answer = send(shot=mentions(page))

    assert (answer.status_code, "Choose it again" in answer.text) == (400, True)


def test_a_file_of_another_form_is_not_given_to_this_one(send, file_form):
    other = make_form(product=ProductFactory(), slug="other")
    row = keep("a.txt", b"theirs", form_id=other.pk, question="shot")
    theirs = intake.keys.sign(intake.keys.Kept(row.key, "a.txt", "shot", other.pk))

    send(shot=theirs)

    row.refresh_from_db()
    assert row.feedback_id is None


def test_too_large_a_file_is_not_read_on_and_the_words_come_back(send, settings):
    settings.ATTACHMENT_BYTES = 1_000_000

    answer = send(("big.txt", b"a" * 3_000_000), words="My long story")

    assert (answer.status_code, "larger than 1 MB" in answer.text, "My long story" in answer.text) == (400, True, True)
    assert stored() == []


def test_at_most_five_files(send):
    answer = send(*[(f"{number}.txt", b"values %d" % number) for number in range(7)])

    assert (answer.status_code, "At most 5 files" in answer.text) == (400, True)
    assert Attachment.objects.count() == 5


def test_no_room_gives_the_words_back(send, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "settle", fail)

    answer = send(("scan.txt", b"values"), words="My long story")

    assert (answer.status_code, "No file can be kept" in answer.text, "My long story" in answer.text) == (
        400,
        True,
        True,
    )


def test_too_many_bodies_at_once_are_put_off_unread(send, monkeypatch):
    for _ in range(intake.AT_ONCE):
        intake._places.acquire()
    try:
        answer = send(("scan.txt", b"values"))
    finally:
        intake._places.release(intake.AT_ONCE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")


def test_forms_without_a_question_for_files_and_anonymous_ones_read_none(file_form, db, monkeypatch):
    make_form(product=file_form.product, slug="plain")
    Form.objects.filter(pk=file_form.pk).update(is_anonymous=True)

    def read(self: object, *args: object) -> None:
        raise AssertionError("the body was read")

    monkeypatch.setattr("django.test.client.FakePayload.read", read)

    for slug in ("plain", "show", "nowhere"):
        answer = Client().post(f"/f/{slug}/", {"words": "x", "shot": SimpleUploadedFile("a.txt", b"values")})
        assert answer.status_code == 415


@pytest.mark.parametrize(
    ("case", "content_type", "body"),
    [
        (
            "C082-truncated",
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="words"\r\n',
        ),
        ("C082-long-boundary", f"multipart/form-data; boundary={'x' * 5_000}", b"--x"),
        ("C082-no-boundary", "multipart/form-data", b"--x"),
        (
            "C082-base64-of-spaces",
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="shot"; filename="a.txt"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n" + b" " * 500_000 + b"\r\n--x--\r\n",
        ),
        (
            "many-fields",
            "multipart/form-data; boundary=x",
            b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\na\r\n' % n for n in range(500))
            + b"--x--",
        ),
        (
            "many-files",
            "multipart/form-data; boundary=x",
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="shot"; filename="%d.txt"\r\n\r\na\r\n' % n
                for n in range(500)
            )
            + b"--x--",
        ),
    ],
)
def test_c082_broken_bodies_are_refused_quickly(file_form, case, content_type, body):
    began = time.monotonic()

    answer = Client(raise_request_exception=False).generic("POST", "/f/show/", body, content_type=content_type)

    assert answer.status_code in (400, 413, 415)
    assert time.monotonic() - began < 2
    assert not Feedback.objects.exists()


# --- given out again -----


@pytest.fixture
def shown(db) -> Attachment:
    return AttachmentFactory(feedback=FeedbackFactory(product=ProductFactory()), label='é "a"\r\n.png')


def test_a_receipt_gives_its_files_out_from_a_sandbox(shown):
    path = tokens.receipt_path(shown.feedback_id)

    page = Client().get(path)
    file = Client().get(f"{path}files/{shown.key}/")
    small = Client().get(f"{path}files/{shown.key}/preview/")

    assert f"files/{shown.key}/" in page.text
    assert file.headers["Content-Disposition"].startswith("attachment; filename")
    assert "\r" not in file.headers["Content-Disposition"]
    for answer, kind in ((file, "application/octet-stream"), (small, "image/jpeg")):
        assert answer.content == b"picture"
        headers = ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control")
        assert [answer.headers[name] for name in headers] == [
            kind, "nosniff", "sandbox; default-src 'none'; frame-ancestors 'none'", "private, no-store",
        ]  # fmt: skip
        assert not answer.cookies


@pytest.mark.parametrize("change", [{"state": "withdrawn"}, {"redacted_at": "2026-03-02T00:00Z"}])
def test_c087_what_is_gone_has_no_files(shown, change):
    Feedback.objects.filter(pk=shown.feedback_id).update(**change)

    path = tokens.receipt_path(shown.feedback_id)

    assert [Client().get(f"{path}files/{shown.key}/{end}").status_code for end in ("", "preview/")] == [404, 404]


def test_c087_a_guessed_or_foreign_key_is_404(shown):
    other = AttachmentFactory(feedback=FeedbackFactory())
    waiting = AttachmentFactory()
    path = tokens.receipt_path(shown.feedback_id)

    keys = [other.key, waiting.key, "0" * 32, "..%2f..%2fetc", "x"]

    assert [Client().get(f"{path}files/{key}/").status_code for key in keys] == [404] * 5


def staff_path(attachment: Attachment, name: str = "download-file") -> str:
    return reverse(f"workbench:{name}", args=[attachment.feedback_id, attachment.key])


def test_staff_see_files_as_they_see_the_feedback(shown, client):
    product = shown.feedback.product
    reader, stranger = UserFactory(role=Role.SCIENTIST), UserFactory()
    client.force_login(reader)

    assert [client.get(staff_path(shown, name)).status_code for name in ("download-file", "preview-file")] == [200, 200]
    Feedback.objects.filter(pk=shown.feedback_id).update(visibility=Visibility.RESTRICTED)
    assert [client.get(staff_path(shown, name)).status_code for name in ("download-file", "preview-file")] == [404, 404]
    assert client.post(staff_path(shown)).status_code == 405
    client.force_login(stranger)
    assert client.get(staff_path(shown)).status_code == 403
    assert product.pk


def test_held_feedback_hides_its_files_from_those_who_do_not_review(shown, client):
    Feedback.objects.filter(pk=shown.feedback_id).update(state="held")
    client.force_login(UserFactory(role=Role.SCIENTIST))

    assert client.get(staff_path(shown)).status_code == 404


def test_c091_a_page_opens_although_its_file_is_missing(shown, client):
    storage.delete(shown.key)
    client.force_login(UserFactory(role=Role.SCIENTIST))

    assert client.get(reverse("workbench:feedback-detail", args=[shown.feedback_id])).status_code == 200
    assert client.get(staff_path(shown)).status_code == 404


def test_the_page_of_a_feedback_shows_its_files_as_text(client, db):
    row = AttachmentFactory(feedback=FeedbackFactory(), label="<script>alert(1).png")
    client.force_login(UserFactory(role=Role.SCIENTIST))

    page = client.get(reverse("workbench:feedback-detail", args=[row.feedback_id])).text

    assert "&lt;script&gt;alert(1).png" in page
    assert staff_path(row) in page
    assert staff_path(row, "preview-file") in page


@pytest.mark.django_db(transaction=True)
def test_fifty_posts_with_one_file_are_one_feedback_with_one_file(send):
    content = a_picture()

    answers = at_once(50, lambda _: send(("scan.png", content)))

    done = {answer.headers["Location"] for answer in answers if answer.status_code == 303}
    assert {answer.status_code for answer in answers} <= {303, 503}  # 503: too many files at once, send it again
    assert (len(done), Feedback.objects.count(), Attachment.objects.count(), len(stored())) == (1, 1, 1, 2)


def test_a_file_lies_where_backups_look(db, settings):
    from apps.core.backup.archive import media_files

    row = keep("a.txt", b"words")

    assert [name for name, _path in media_files(Path(settings.MEDIA_ROOT))] == [
        f"media/attachments/{row.key[:2]}/{row.key}"
    ]

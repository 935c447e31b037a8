"""PDFs made here, hostile ones too: what is drawn, why not, and that nothing of a PDF is ever shown itself."""

import hashlib
import io
import stat
import zlib
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models.functions import Now
from django.urls import reverse
from PIL import Image

from apps.feedback import tokens
from apps.feedback.attachment_models import Attachment, Preview
from apps.feedback.attachments import draw_pdf, pdf_sandbox, storage
from apps.feedback.attachments.pdf_sandbox import Drawn
from apps.feedback.services import attachments, moderation, previews
from apps.feedback.services.attachments import Incoming
from tests.factories import FeedbackFactory, UserFactory
from tests.feedback.test_races import at_once


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def pdf_of(
    pages: int = 1, *, box: str = "0 0 300 200", content: bytes = b"0 0 1 rg 20 20 100 100 re f", more: str = ""
) -> bytes:
    """A PDF with a table of what is where, as a good program writes it. ``more``: further keys of its catalogue."""
    kids = " ".join(f"{4 + number} 0 R" for number in range(pages))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {more} >>".encode(),
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>".encode(),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        *[f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 3 0 R >>".encode() for _ in range(pages)],
    ]
    return assembled(objects)


def assembled(objects: list[bytes], trailer: str = "") -> bytes:
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def rc4(key: bytes, data: bytes) -> bytes:
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def locked_pdf() -> bytes:
    """A PDF that opens with the password "secret" alone (standard handler, revision 2)."""
    password = (b"secret" + PADDING)[:32]
    owner = rc4(hashlib.md5(password).digest()[:5], password)
    mark = b"0123456789abcdef"
    allowed = (2**32 - 4).to_bytes(4, "little")
    key = hashlib.md5(password + owner + allowed + mark).digest()[:5]
    crypt = f"/Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{rc4(key, PADDING).hex()}> /P -4"
    plain = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>",
        f"<< {crypt} >>".encode(),
    ]
    return assembled(plain, f"/Encrypt 4 0 R /ID [<{mark.hex()}> <{mark.hex()}>]")


def bomb_pdf(megabytes: int = 1_000) -> bytes:
    """A page whose few bytes unpack to very many."""
    packer = zlib.compressobj(9)
    block = b"0 0 m 300 200 l S " * 50_000
    packed = b"".join(packer.compress(block) for _ in range(megabytes * 1_000_000 // len(block))) + packer.flush()
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed)
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            stream,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 3 0 R >>",
        ]
    )


def looping_pdf() -> bytes:
    """A tree of pages that leads back to itself."""
    return assembled([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"])


SCRIPT = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"


def drawn(tmp_path: Path, content: bytes) -> tuple[Drawn, Image.Image | None]:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    found = pdf_sandbox.draw_first_page(source, target)
    return found, Image.open(io.BytesIO(target.read_bytes())) if not found.refused else None


def test_the_first_page_is_drawn_upright_in_its_colours(tmp_path):
    found, image = drawn(tmp_path, pdf_of(3))

    assert found == Drawn("", 3)
    assert image is not None
    assert (image.format, image.size, image.mode) == ("JPEG", (600, 400), "RGB")
    assert image.getpixel((5, 5)) == (255, 255, 255)
    assert image.getpixel((100, 300))[2] > 240


@pytest.mark.parametrize(
    ("case", "content", "refused"),
    [
        ("cut off", pdf_of()[:60], "damaged"),
        ("nothing but its first bytes", b"%PDF-1.7\n", "damaged"),
        ("no PDF inside", b"%PDF-1.4\n" + b"\0" * 10_000, "damaged"),
        ("noise", b"%PDF-1.4\n" + hashlib.sha512(b"x").digest() * 500, "damaged"),
        ("locked", locked_pdf(), "encrypted"),
        ("without pages", pdf_of(0), "damaged"),
        ("larger than a house", pdf_of(box="0 0 9000000 9000000"), "pixels"),
        ("as thin as nothing", pdf_of(box="0 0 0.001 500"), None),
        ("turned inside out", pdf_of(box="300 200 0 0"), None),
        ("leading to itself", looping_pdf(), None),
    ],
)
def test_what_cannot_be_drawn_says_why(tmp_path, case, content, refused):
    found, image = drawn(tmp_path, content)

    if refused is None:  # what the reader makes of it is its affair: a small picture, or a reason
        assert image is None or max(image.size) <= 1_800
    else:
        assert (found.refused, image) == (refused, None), case


def test_thousands_of_pages_cost_no_more_than_one(tmp_path):
    found, image = drawn(tmp_path, pdf_of(5_000))

    assert found == Drawn("", 5_000)
    assert image is not None


def test_a_long_page_is_a_small_picture(tmp_path):
    found, image = drawn(tmp_path, pdf_of(box="0 0 14400 14400"))

    assert found.refused == ""
    assert image is not None
    assert max(image.size) <= 901


def test_a_script_and_a_form_are_not_looked_at(tmp_path):
    assert drawn(tmp_path, pdf_of(more=SCRIPT))[0] == Drawn("", 1)


def test_a_bomb_ends_within_its_limits(tmp_path):
    found, image = drawn(tmp_path, bomb_pdf())

    assert image is None or max(image.size) <= 900
    assert found.refused in ("", "too_slow", "memory", "damaged")


def test_the_reader_ends_by_itself_where_nobody_waits_for_it(monkeypatch):
    monkeypatch.setattr(draw_pdf.resource, "setrlimit", lambda *_args: None)
    alarms = []
    monkeypatch.setattr(draw_pdf.signal, "alarm", alarms.append)

    draw_pdf.limit_process()

    assert alarms == [draw_pdf.CLOCK_SECONDS]
    assert pdf_sandbox.RUN_SECONDS < draw_pdf.CLOCK_SECONDS < previews.LEASE.total_seconds()


def program(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "program.py"
    path.write_text(f"import os, signal, sys, time\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ("time.sleep(60)", "too_slow"),
        ("import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass", "too_slow"),
        ("signal.alarm(1); time.sleep(60)", "too_slow"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "damaged"),
        ("sys.stdout.write('<html>')", "damaged"),
        ("sys.stdout.write('{\"pages\": 1}')", "damaged"),  # says so, but drew nothing
        ("sys.exit(3)", "damaged"),
    ],
)
def test_a_reader_that_hangs_crashes_or_lies_is_no_picture(tmp_path, monkeypatch, body, refused):
    monkeypatch.setattr(pdf_sandbox, "PROGRAM", program(tmp_path, body))
    monkeypatch.setattr(pdf_sandbox, "RUN_SECONDS", 3.0)

    assert drawn(tmp_path, pdf_of())[0].refused == refused


# --- with the database --------------------------------------------------------------------------------------------


def keep(content: bytes, *, name: str = "report.pdf", feedback=None) -> Attachment:
    row = attachments.keep(Incoming(content=io.BytesIO(content), name=name, size_bytes=len(content)))
    if feedback is not None:
        attachments.attach([(feedback.pk, None, row.key)])
    row.refresh_from_db()
    return row


def now_of(row: Attachment) -> Attachment:
    return Attachment.objects.get(pk=row.pk)


@pytest.fixture
def report(db) -> Attachment:
    return keep(pdf_of(2), feedback=FeedbackFactory())


def test_a_pdf_gets_its_picture_once_its_feedback_is_there(db):
    row = keep(pdf_of(2))
    assert (row.preview, previews.has_work(), previews.work()) == (Preview.WAITING, False, 0)

    attachments.attach([(FeedbackFactory().pk, None, row.key)])

    assert previews.has_work()
    assert (previews.work(), previews.work()) == (1, 0)
    assert not previews.has_work()
    row = now_of(row)
    assert (row.preview, row.page_count, row.preview_note, row.has_preview) == (Preview.READY, 2, "", True)
    assert storage.path_of(row.key).read_bytes() == pdf_of(2)  # the file itself is as it was sent
    assert storage.path_of(row.key, is_preview=True).read_bytes().startswith(b"\xff\xd8\xff")


def test_pictures_and_text_ask_for_nothing(db):
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    feedback = FeedbackFactory()

    rows = [keep(out.getvalue(), name="a.png", feedback=feedback), keep(b"words", name="a.txt", feedback=feedback)]

    assert [(row.preview, row.has_preview, row.preview_note) for row in rows] == [("", True, ""), ("", False, "")]
    assert not previews.has_work()


@pytest.mark.parametrize(
    ("content", "state"), [(locked_pdf(), Preview.ENCRYPTED), (pdf_of()[:60], Preview.DAMAGED)], ids=["locked", "cut"]
)
def test_a_pdf_without_a_picture_says_why_and_stays_a_file(client, db, content, state):
    feedback = FeedbackFactory()
    row = keep(content, feedback=feedback)
    previews.work()
    client.force_login(UserFactory(is_superuser=True))

    page = client.get(f"/feedback/{feedback.pk}/").text

    assert now_of(row).preview == state
    assert str(state.label) in page
    assert f"{row.key}/preview/" not in page
    assert client.get(reverse("workbench:preview-file", args=[feedback.pk, row.key])).status_code == 404
    assert client.get(reverse("workbench:download-file", args=[feedback.pk, row.key])).content == content


def test_nothing_of_the_pdf_itself_is_shown(client, report):
    address = reverse("workbench:preview-file", args=[report.feedback_id, report.key])
    client.force_login(UserFactory(is_superuser=True))
    before = client.get(address)
    page_before = client.get(f"/feedback/{report.feedback_id}/").text
    previews.work()

    shown, saved = client.get(address), client.get(address.removesuffix("preview/"))

    assert (before.status_code, shown.status_code) == (404, 200)
    assert "The preview is being made." in page_before
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.content.startswith(b"\xff\xd8\xff")
    assert b"%PDF" not in shown.content
    assert shown.headers["Content-Security-Policy"].startswith("sandbox")
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment")
    page = client.get(f"/feedback/{report.feedback_id}/").text
    assert "First page: report.pdf" in page
    assert "2 pages" in page
    assert 'type="application/pdf"' not in page


def test_the_receipt_shows_the_first_page(client, report):
    previews.work()
    token = tokens.receipt_token(report.feedback_id)

    assert "First page: report.pdf" in client.get(f"/r/{token}/").text
    assert client.get(reverse("feedback:receipt-preview", args=[token, report.key])).status_code == 200


def test_one_that_was_killed_half_way_is_drawn_by_the_next(report, monkeypatch):
    def killed(*_args):
        raise SystemExit

    monkeypatch.setattr(pdf_sandbox, "draw_first_page", killed)
    with pytest.raises(SystemExit):
        previews.work()
    monkeypatch.undo()
    assert (previews.has_work(), previews.work()) == (False, 0)  # in hand for a minute

    Attachment.objects.update(preview_leased_until=Now())

    assert previews.work() == 1
    assert now_of(report).preview == Preview.READY
    assert not list(storage.folder().glob(".work-*"))


def test_one_killed_after_the_picture_lay_there_is_drawn_again(report, monkeypatch):
    target = storage.path_of(report.key, is_preview=True)
    target.write_bytes(b"half")

    previews.work()

    assert target.read_bytes().startswith(b"\xff\xd8\xff")


def test_one_that_kills_its_workers_is_left_alone(report):
    Attachment.objects.update(preview_tries=previews.TRIES)

    assert previews.work() == 0
    assert now_of(report).preview == Preview.TOO_SLOW
    assert not previews.has_work()


def test_only_so_many_are_drawn_at_once(db):
    for number in range(3):
        keep(pdf_of(number + 1), feedback=FeedbackFactory())

    claimed = [previews.claim() for _ in range(3)]

    assert [row is not None for row in claimed] == [True, True, False]


def test_one_redacted_while_it_was_drawn_leaves_nothing(report, monkeypatch, django_capture_on_commit_callbacks):
    draw = pdf_sandbox.draw_first_page

    def slowly(source, target):
        found = draw(source, target)
        with django_capture_on_commit_callbacks(execute=True):
            moderation.redact([report.feedback_id])
        return found

    monkeypatch.setattr(pdf_sandbox, "draw_first_page", slowly)

    assert previews.work() == 1
    assert not [path for path in storage.folder().rglob("*") if path.is_file()]


def test_a_file_that_is_missing_is_damaged(report):
    storage.path_of(report.key).unlink()

    previews.work()

    assert now_of(report).preview == Preview.DAMAGED


def test_a_copy_has_the_picture_too(report):
    previews.work()

    fresh = Attachment.objects.get(key=attachments.copy(report.key))

    assert fresh.has_preview
    assert storage.path_of(fresh.key, is_preview=True).exists()


def test_what_came_earlier_is_drawn_too(report):
    Attachment.objects.update(preview="")

    import_module("apps.feedback.migrations.0025_earlier_pdfs").wait_for_pictures(apps, None)

    assert previews.work() == 1
    assert now_of(report).preview == Preview.READY


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_draw_each_once():
    rows = [keep(pdf_of(number + 1), feedback=FeedbackFactory()) for number in range(3)]

    for _ in range(3):
        at_once(3, lambda _number: previews.work())

    assert [(now_of(row).preview, now_of(row).page_count, now_of(row).preview_tries) for row in rows] == [
        (Preview.READY, 1, 1),
        (Preview.READY, 2, 1),
        (Preview.READY, 3, 1),
    ]

"""Files kept: keys, quotas, full disks, decoders in a cage, what is swept and redacted."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.db.models.functions import Now

from apps.feedback.attachments import sandbox, storage
from apps.feedback.models import Attachment
from apps.feedback.services import attachments, moderation
from apps.feedback.services.attachments import QuotaError
from tests.factories import AttachmentFactory, FeedbackFactory, ProductFactory, make_form
from tests.feedback.attachments.uploading import a_picture, keep, stored
from tests.feedback.test_races import at_once


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


def test_a_file_lies_where_backups_look(db, settings):
    from apps.core.backup.archive import media_files

    row = keep("a.txt", b"words")

    assert [name for name, _path in media_files(Path(settings.MEDIA_ROOT))] == [
        f"media/attachments/{row.key[:2]}/{row.key}"
    ]

"""The question for files of a public form: what comes with the words, and that no word is lost."""

import re
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.feedback.attachments import intake, storage
from apps.feedback.models import Answer, Attachment, Feedback, Form
from tests.factories import ProductFactory, make_form
from tests.feedback.attachments.uploading import HTML, a_picture, keep, stored
from tests.feedback.test_races import at_once


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
    answer = send(("run.exe", b"MZ" * 300), ("page.html", HTML), ("scan.txt", b"values"), words="My long story")

    assert answer.status_code == 400
    assert "My long story" in answer.text
    for name in ("run.exe", "page.html"):
        assert f"{name}: This file cannot be taken." in answer.text
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


@pytest.mark.django_db(transaction=True)
def test_fifty_posts_with_one_file_are_one_feedback_with_one_file(send):
    content = a_picture()

    answers = at_once(50, lambda _: send(("scan.png", content)))

    done = {answer.headers["Location"] for answer in answers if answer.status_code == 303}
    assert {answer.status_code for answer in answers} <= {303, 503}  # 503: too many files at once, send it again
    assert (len(done), Feedback.objects.count(), Attachment.objects.count(), len(stored())) == (1, 1, 1, 2)

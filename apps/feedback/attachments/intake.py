"""Files posted with a public form: read within limits, kept at once, mentioned from then on by signed keys.

Only a form that asks for files has its multipart bodies read at all, and only a few at a time: however slowly somebody
sends, most of the server's threads go on with others.
"""

from collections.abc import Mapping
from functools import lru_cache
from threading import BoundedSemaphore
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest, QueryDict
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.feedback import selectors
from apps.feedback.attachments import keys
from apps.feedback.models import FormVersion
from apps.feedback.questionnaire import definition
from apps.feedback.questionnaire.schema import Kind, Questionnaire
from apps.feedback.selectors import PublicForm
from apps.feedback.services import attachments
from apps.feedback.services.attachments import PER_FEEDBACK, Incoming

MULTIPART = "multipart/form-data"
AT_ONCE = 3  # bodies being read, of a process that has 8 threads

_places = BoundedSemaphore(AT_ONCE)


class LimitedHandler(TemporaryFileUploadHandler):
    """Writes what comes to temporary files, and skips the rest of one too large and all beyond the fifth.

    Skipped, not stopped: the words that follow the file still arrive, and are given back.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.refused: dict[str, str] = {}  # by field
        self.count = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:  # Any: the signature of the base class
        self.field_name = kwargs.get("field_name") or args[0]
        self.count += 1
        if self.count > PER_FEEDBACK:
            self.refused[self.field_name] = _("At most %(most)d files.") % {"most": PER_FEEDBACK}
            raise SkipFile
        try:
            super().new_file(*args, **kwargs)
        except OSError:
            self._refuse(no_room())

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > settings.ATTACHMENT_BYTES:
            self._refuse(attachments.too_large())
        try:
            self.file.write(raw_data)
        except OSError:  # the disk is full
            self._refuse(no_room())

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        """Return the file and let go of it: where the next one is skipped, the parser closes, and so deletes, ours."""
        done = super().file_complete(file_size)
        del self.file
        return done

    def _refuse(self, sentence: str) -> NoReturn:
        self.refused[str(self.field_name)] = sentence
        raise SkipFile  # the parser closes the file, which deletes it


def no_room() -> str:
    return _("No file can be kept at the moment. Send your words without it, or try again later.")


def takes_files(request: HttpRequest, slug: str) -> bool:
    """Return whether the body may be read with its files; the limits stand from then on. One query, or two."""
    if request.content_type != MULTIPART:
        return False
    form = selectors.form_by_slug(slug)
    if form is None or form.is_anonymous or not _asks_for_files(form.pk, form.version_id):
        return False
    request.upload_handlers = [LimitedHandler(request)]
    return True


@lru_cache(maxsize=256)
def _asks_for_files(form_id: int, _newest_version_id: int) -> bool:
    """Return whether a version of the form asks for a file: somebody may still have an older one open."""
    versions = FormVersion.objects.filter(form_id=form_id).values_list("definition", flat=True)
    return any(has_files(definition.read(one)) for one in versions)


def has_files(made: Questionnaire) -> bool:
    return any(question.kind == Kind.FILE for question in made.questions)


def read_body(request: HttpRequest) -> bool:
    """Read what was posted; False, nothing read, where too many bodies with files are being read already."""
    if request.content_type != MULTIPART:
        return True
    if not _places.acquire(blocking=False):
        return False
    try:
        request.POST  # noqa: B018  reads
    finally:
        _places.release()
    return True


def receive(request: HttpRequest, form: PublicForm, made: Questionnaire, *, nonce: str, sender: str) -> dict[str, str]:
    """Keep the files that came, and put their signed keys into what was posted, after those kept before.

    Returns why by question, where one was not taken. The same post sent again keeps nothing twice.
    """
    if request.content_type != MULTIPART:
        return {}
    refused = _refused_while_reading(request)
    posted = request.POST.copy()
    seed = nonce or salted_hmac("feedback.raw", sender, algorithm="sha256").hexdigest()
    for question in made.questions:
        if question.kind != Kind.FILE or form.is_anonymous:
            continue
        for file in request.FILES.getlist(question.key):
            if mentioned(posted, made) >= PER_FEEDBACK:
                _note(refused, question.key, _("At most %(most)d files.") % {"most": PER_FEEDBACK})
                break
            try:
                mention = _keep(file, form, question.key, seed=seed)
            except ValidationError as error:
                _note(refused, question.key, _about(file, error.messages[0]))
            except (DomainError, OSError) as error:
                _note(refused, question.key, str(error) if isinstance(error, DomainError) else no_room())
            else:
                if mention not in posted.getlist(question.key):
                    posted.appendlist(question.key, mention)
    request.POST = posted  # type: ignore[assignment]  # a copy is a mutable one
    return refused


def _note(refused: dict[str, str], key: str, sentence: str) -> None:
    """Add why a file was not taken to what was said of others of the same question."""
    said = refused.get(key, "")
    if sentence not in said:
        refused[key] = f"{said} {sentence}".strip()


def mentioned(posted: QueryDict, made: Questionnaire) -> int:
    """Return how many files were kept for this feedback so far."""
    return sum(len(set(posted.getlist(one.key))) for one in made.questions if one.kind == Kind.FILE)


def _refused_while_reading(request: HttpRequest) -> dict[str, str]:
    found: Mapping[str, str] = {}
    for handler in request.upload_handlers:
        if isinstance(handler, LimitedHandler):
            found = handler.refused
    return dict(found)


def _keep(file: "UploadedFile[bytes]", form: PublicForm, question: str, *, seed: str) -> str:
    """Return the signed key of the file, which is kept by now."""
    content: IO[bytes] = file.file  # type: ignore[assignment]  # an open binary file
    row = attachments.keep(
        Incoming(
            content=content,
            name=file.name or "",
            size_bytes=file.size or 0,
            form_id=form.pk,
            question=question,
            seed=seed,
        )
    )
    return keys.sign(keys.Kept(row.key, row.label, question, form.pk))


def _about(file: "UploadedFile[bytes]", sentence: str) -> str:
    return _("%(file)s: %(sentence)s") % {"file": file.name, "sentence": sentence}

"""The files of a mail: made harmless and kept by feedback's own service, one outcome each."""

import io
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from apps.core.errors import DomainError
from apps.feedback.attachments.sandbox import BusyError
from apps.feedback.services import attachments
from apps.integrations.mail.letter import File
from apps.integrations.models import InboundMail


class Kept(NamedTuple):
    keys: list[str]  # of the files that wait for their feedback
    told: list[dict[str, object]]  # as InboundMail.files has it


def keep_files(mail: InboundMail, files: tuple[File, ...]) -> Kept:
    """Keep what can be kept of ``files``: the same mail again keeps nothing twice. Outside a transaction.

    Raises BusyError, after which it can be done again.
    """
    keys: list[str] = []
    told: list[dict[str, object]] = []
    for number, file in enumerate(files):
        reason = _too_many() if len(keys) >= attachments.PER_FEEDBACK else ""
        try:
            if not reason:
                keys.append(_keep(mail, number, file))
        except BusyError:
            raise
        except ValidationError as error:
            reason = error.messages[0]
        except DomainError as error:
            reason = str(error)
        told.append({"name": file.name, "size_bytes": len(file.content), "refused": reason})
    return Kept(keys, told)


def _keep(mail: InboundMail, number: int, file: File) -> str:
    incoming = attachments.Incoming(
        content=io.BytesIO(file.content),
        name=file.name,
        size_bytes=len(file.content),
        seed=f"mail:{mail.pk}:{number}",
    )
    return attachments.keep(incoming).key


def _too_many() -> str:
    limit = attachments.PER_FEEDBACK
    told = ngettext("Only %(limit)d file is taken.", "Only %(limit)d files are taken.", limit)
    return told % {"limit": limit}

"""Setting up the addresses that customers write to. The only writer of what a mailbox is."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.catalog.models import Product
from apps.core.email_address import normalise_email
from apps.core.errors import DomainError
from apps.integrations import sealing
from apps.integrations.mail.imap import MailboxError, opened
from apps.integrations.mail.polling import login_of
from apps.integrations.models import Mailbox, MailSource, Security
from apps.integrations.tokens import make_token

TEST_SECONDS = 30.0  # a person waits for it


class MailboxInUseError(DomainError):
    """A mailbox that took mail is switched off, never deleted: its mail says where feedback came from."""


class NoPostsError(DomainError):
    """The mailbox is fetched from its server; nobody posts to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxWishes:
    """What an administrator says of a mailbox; secrets blank: as they are.

    ``imap_secret_variable`` None: as it is, for who may not name one, and gone with the server that it was named for.
    """

    product: Product
    address: str
    source: str = MailSource.IMAP
    imap_host: str = ""
    imap_port: int = 993
    imap_security: str = Security.TLS
    imap_user: str = ""
    imap_folder: str = "INBOX"
    imap_password: str = ""
    imap_secret_variable: str | None = None
    reads_old: bool = False
    hook_sender: str = ""
    hook_secret: str = ""
    trusted_server: str = ""


_PLAIN = (
    "product", "source", "imap_host", "imap_port", "imap_security", "imap_user", "imap_folder", "reads_old",
    "hook_sender", "trusted_server",
)  # fmt: skip
# Another place is read from its beginning, and no password typed for one is ever sent to another.
_WHERE = (
    "source",
    "imap_host",
    "imap_port",
    "imap_security",
    "imap_user",
    "imap_folder",
)


@transaction.atomic
def create_mailbox(wishes: MailboxWishes) -> tuple[Mailbox, str]:
    """Make a mailbox that is on; return it with the token of its address for posts, "" where none posts.

    Raises ValidationError by field.
    """
    mailbox = Mailbox(**{name: getattr(wishes, name) for name in _PLAIN})
    _take_over(mailbox, wishes)
    token = _give_token(mailbox)
    _save(mailbox)
    return mailbox, token


@transaction.atomic
def update_mailbox(*, mailbox: Mailbox, wishes: MailboxWishes) -> str:
    """Change a mailbox, and look into it soon; return a fresh token where it is the first. Raises ValidationError."""
    row = Mailbox.objects.select_for_update(no_key=True).get(pk=mailbox.pk)
    where = [getattr(row, name) for name in _WHERE]
    for name in _PLAIN:
        setattr(row, name, getattr(wishes, name))
    has_moved = where != [getattr(row, name) for name in _WHERE]
    if has_moved and not wishes.imap_password:
        # A secret is for the server it was given for: else whoever may edit could read it at one of their own.
        row.imap_secret = row.imap_secret_variable = ""
    _take_over(row, wishes)
    token = "" if row.hook_token_sha256 else _give_token(row)
    if has_moved:
        row.uid_validity, row.last_uid = None, 0
    row.lease, row.leased_until, row.failures, row.last_error = "", None, 0, ""
    row.next_poll_at = Now()
    _save(row)
    return token


def set_mailbox_on(*, mailbox: Mailbox, is_on: bool) -> None:
    """Switch a mailbox on or off; again changes nothing."""
    Mailbox.objects.filter(pk=mailbox.pk).update(is_on=is_on, next_poll_at=Now())


def look_soon(*, mailbox: Mailbox) -> None:
    """Have a worker look into the mailbox within seconds. Again changes nothing."""
    Mailbox.objects.filter(pk=mailbox.pk).update(next_poll_at=Now())


@transaction.atomic
def renew_token(*, mailbox: Mailbox) -> str:
    """Return a new token for the address of posts; the old one is refused from now on.

    Raises NoPostsError for a mailbox that is fetched: nothing would answer there.
    """
    row = Mailbox.objects.select_for_update(no_key=True).get(pk=mailbox.pk)
    if row.source != MailSource.HOOK:
        raise NoPostsError(_("Mail of this address is fetched, not posted: it has no address for posts."))
    token = _give_token(row)
    row.save(update_fields=["hook_token_sha256"])
    return token


@transaction.atomic
def delete_mailbox(*, mailbox: Mailbox) -> None:
    """Delete a mailbox that never took mail. Raises MailboxInUseError."""
    row = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    if row.mail.exists():
        raise MailboxInUseError(_("Mail came in by this address: switch it off instead."))
    row.delete()


def test_connection(mailbox: Mailbox) -> int:
    """Sign in and open the folder; return how many mails are in it. Raises MailboxError. Takes up to half a minute."""
    try:
        with opened(login_of(mailbox), seconds=TEST_SECONDS) as box:
            return box.count
    except sealing.SealBrokenError as error:
        raise MailboxError(str(error)) from None


def _take_over(mailbox: Mailbox, wishes: MailboxWishes) -> None:
    """Set address and secrets. Raises ValidationError by field for what could never work."""
    mailbox.address = normalise_email(wishes.address)
    mailbox.trusted_server = wishes.trusted_server.strip().lower()
    if wishes.imap_password:
        mailbox.imap_secret, mailbox.imap_secret_variable = sealing.seal(wishes.imap_password), ""
    if wishes.imap_secret_variable is not None:
        mailbox.imap_secret_variable = wishes.imap_secret_variable
    if wishes.hook_secret:
        mailbox.hook_secret = sealing.seal(wishes.hook_secret)
    try:
        sealing.check_variable(mailbox.imap_secret_variable)
    except ValidationError as error:
        raise ValidationError({"imap_secret_variable": error.messages}) from None
    faults = _faults(mailbox)
    if faults:
        raise ValidationError(faults)


def _faults(mailbox: Mailbox) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    if mailbox.source == MailSource.IMAP:
        if not mailbox.imap_host:
            faults["imap_host"] = [_("Name the mail server.")]
        if not mailbox.imap_user:
            faults["imap_user"] = [_("Give the user name.")]
        if not mailbox.imap_secret and not mailbox.imap_secret_variable:
            faults["imap_password"] = [_("Type the password, or name a variable that holds it.")]
    else:
        if not mailbox.hook_sender:
            faults["hook_sender"] = [_("Choose who posts.")]
        if not mailbox.hook_secret:
            faults["hook_secret"] = [_("Type the secret, which proves who posts.")]
    return faults


def _give_token(mailbox: Mailbox) -> str:
    if mailbox.source != MailSource.HOOK:
        return ""
    fresh = make_token()
    mailbox.hook_token_sha256 = fresh.sha256
    return fresh.token


def _save(mailbox: Mailbox) -> None:
    try:
        with transaction.atomic():
            mailbox.save()
    except IntegrityError as error:
        if "address" not in str(error):
            raise
        raise ValidationError({"address": [_("A mailbox has this address already.")]}) from None


def note_post_error(*, mailbox: Mailbox, told: str) -> None:
    """Keep why a post was refused, for who set the mailbox up; "" where the last one was taken."""
    if mailbox.last_error != told[:500]:
        Mailbox.objects.filter(pk=mailbox.pk).update(last_error=told.replace("\0", "")[:500])

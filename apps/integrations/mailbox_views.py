"""Pages of mail in: the mailboxes, what came by them, and one mail."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core import limits
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.integrations import mailboxes, selectors
from apps.integrations.addresses import mail_address
from apps.integrations.form_page import form_page
from apps.integrations.forms import MailboxForm
from apps.integrations.mail import quoting
from apps.integrations.mail.capturing import replay
from apps.integrations.mail.imap import MailboxError
from apps.integrations.mail.letter import Letter, TooComplexError, read_letter
from apps.integrations.mail.receiving import original_of
from apps.integrations.models import InboundMail, Mailbox, MailState

TEST_LIMIT = "10/m"  # connections that one person has tried out
ORIGINAL_CHARACTERS = 200_000  # shown on the page; the file has all


@require_safe
@require(Permission.MANAGE_INTEGRATIONS)
def overview(request: AuthedRequest) -> HttpResponse:
    """Every mailbox and webhook of the person's teams, with how it goes."""
    context = {
        "mailboxes": selectors.mailboxes_of(request.user),
        "hooks": selectors.hooks_of(request.user),
        "has_products": selectors.products_of(request.user).exists(),
    }
    return render(request, "integrations/overview.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_INTEGRATIONS)
def set_up_mailbox(request: AuthedRequest, mailbox_id: int | None = None) -> HttpResponse:
    """What a mailbox is. Secrets are kept where nothing is typed; an address for posts is shown this once."""
    shown = None if mailbox_id is None else _mailbox(request, mailbox_id)
    form = MailboxForm(request.POST or None, user=request.user, mailbox=shown)

    def save() -> HttpResponse:
        if shown is None:
            return _made(request, *mailboxes.create_mailbox(form.wishes()))
        return _made(request, shown, mailboxes.update_mailbox(mailbox=shown, wishes=form.wishes()))

    return form_page(request, form, save, "integrations/mailbox_form.html", mailbox=shown)


def _made(request: AuthedRequest, mailbox: Mailbox, token: str) -> HttpResponse:
    if not token:
        messages.success(request, _("Saved. Mail is looked for within a minute."))
        return redirect("integrations:mailbox", mailbox.pk)
    context = {
        "mailbox": mailbox,
        "url": mail_address(token),
        "back": reverse("integrations:mailbox", args=[mailbox.pk]),
    }
    return render(request, "integrations/address_once.html", context)


@require_safe
@require(Permission.MANAGE_INTEGRATIONS)
def mailbox(request: AuthedRequest, mailbox_id: int) -> HttpResponse:
    """What came by a mailbox, what became of it, and why not."""
    shown = _mailbox(request, mailbox_id)
    state = request.GET.get("state", "")
    if state not in MailState.values:
        state = ""
    mail = selectors.mail_of(shown, state=state, before=read_id(request.GET.get("before", "")))
    readable = selectors.readable_ids(request.user, (one.feedback_id for one in mail))
    context = {
        "mailbox": shown,
        "mail": [(one, _is_open(one, readable)) for one in mail[: selectors.SHOWN]],
        "older_url": _older_url(mail, state),
        "state": state,
        "states": MailState.choices,
        "is_first": "before" not in request.GET,
    }
    return render(request, "integrations/mailbox.html", context)


@never_cache
@require_POST
@require(Permission.MANAGE_INTEGRATIONS)
def mailbox_action(request: AuthedRequest, mailbox_id: int) -> HttpResponse:
    """Switch a mailbox on or off, try its connection, look into it now, renew its address, or delete it."""
    shown = _mailbox(request, mailbox_id)
    action = request.POST.get("action", "")
    if action == "token":
        return _made(request, shown, mailboxes.renew_token(mailbox=shown))
    if action == "delete":
        mailboxes.delete_mailbox(mailbox=shown)
        messages.success(request, _("“%(mailbox)s” is deleted.") % {"mailbox": shown})
        return redirect("integrations:overview")
    if action == "test":
        _test(request, shown)
    elif action in ("on", "off"):
        mailboxes.set_mailbox_on(mailbox=shown, is_on=action == "on")
        on, off = _("“%(mailbox)s” takes mail."), _("“%(mailbox)s” takes no more mail; what came in stays.")
        messages.success(request, (on if action == "on" else off) % {"mailbox": shown})
    elif action == "poll":
        mailboxes.look_soon(mailbox=shown)
        messages.success(request, _("A worker looks into it within seconds."))
    else:
        raise BadRequest("An action is on, off, test, poll, token or delete.")
    return redirect("integrations:mailbox", shown.pk)


def _test(request: AuthedRequest, shown: Mailbox) -> None:
    if not limits.take(purpose="mailbox test", client=str(request.user.pk), limit=TEST_LIMIT).is_allowed:
        messages.error(request, _("That was tried often just now. Wait a minute."))
        return
    try:
        count = mailboxes.test_connection(shown)
    except MailboxError as error:
        messages.error(request, str(error))
    else:
        told = ngettext("It works: %(count)s mail is there.", "It works: %(count)s mails are there.", count)
        messages.success(request, told % {"count": count})


# --- one mail ------------------------------------------------------------------------------------------------------


@require_safe
@require(Permission.MANAGE_INTEGRATIONS)
def mail(request: AuthedRequest, mail_id: int) -> HttpResponse:
    """One mail: what became of it, its words apart from what was folded, and its head."""
    shown = _mail(request, mail_id)
    content = original_of(shown)
    letter = _letter(content) if content is not None else None
    context = {
        "mail": shown,
        "letter": letter,
        "folded": quoting.fold(letter.text, subject=letter.subject) if letter else None,
        "has_original": content is not None,
        "head": _head(content) if content is not None else "",
        "can_replay": content is not None and shown.state in (MailState.IGNORED, MailState.FAILED),
    }
    return render(request, "integrations/mail.html", context)


@require_safe
@require(Permission.MANAGE_INTEGRATIONS)
def mail_original(request: AuthedRequest, mail_id: int) -> HttpResponse:
    """The mail as it came, as a file: never shown, for it may hold anything."""
    shown = _mail(request, mail_id)
    content = original_of(shown)
    if content is None:
        raise Http404
    headers = {
        "Content-Disposition": f'attachment; filename="mail-{shown.pk}.eml"',
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type="message/rfc822", headers=headers)


@require_POST
@require(Permission.MANAGE_INTEGRATIONS)
def replay_mail(request: AuthedRequest, mail_id: int) -> HttpResponse:
    """Take a mail after all."""
    shown = _mail(request, mail_id)
    if replay(mail=shown):
        messages.success(request, _("It is read again: in a few seconds it is feedback."))
    else:
        messages.error(request, _("It cannot be taken: it is feedback already, or not kept any more."))
    return redirect("integrations:mail", shown.pk)


def _mailbox(request: AuthedRequest, mailbox_id: int) -> Mailbox:
    mine = Mailbox.objects.filter(product__in=selectors.products_of(request.user)).select_related("product__team")
    return get_object_or_404(mine, pk=mailbox_id)


def _mail(request: AuthedRequest, mail_id: int) -> InboundMail:
    """Raises Http404 also where its feedback is closed to the person."""
    mine = InboundMail.objects.filter(mailbox__product__in=selectors.products_of(request.user))
    shown = get_object_or_404(mine.select_related("mailbox__product"), pk=mail_id)
    if not _is_open(shown, selectors.readable_ids(request.user, [shown.feedback_id])):
        raise Http404
    return shown


def _older_url(mail: list[InboundMail], state: str) -> str:
    if len(mail) <= selectors.SHOWN:
        return ""
    return "?" + urlencode({"state": state, "before": mail[selectors.SHOWN - 1].pk})


def _is_open(one: InboundMail, readable: set[int]) -> bool:
    return one.feedback_id is None or one.feedback_id in readable


def _letter(content: bytes) -> Letter | None:
    try:
        return read_letter(content)
    except TooComplexError:
        return None


def _head(content: bytes) -> str:
    return content[:ORIGINAL_CHARACTERS].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0].decode("utf-8", "replace")

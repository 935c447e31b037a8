"""Every write to invitations: a mailed link, of which only the hash is kept, good for seven days and once."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.adapter import public_url
from apps.accounts.errors import InvitationGoneError
from apps.accounts.grants import Grant, may_grant
from apps.accounts.models import Invitation, Role, User
from apps.accounts.permissions import Permission, may, teams_where
from apps.accounts.services import create_user, set_everywhere_role, set_membership

LINK_AGE = timedelta(days=7)
MOST_ADDRESSES = 50  # in one go
OPEN = Q(accepted_at__isnull=True, revoked_at__isnull=True)


class Invited(NamedTuple):
    """What became of each address of one go."""

    invitations: list[Invitation]
    with_account: list[str]  # nothing was sent to these
    waiting: list[str]  # nor to these: an invitation is open


@transaction.atomic
def invite(*, addresses: Sequence[str], invited_by: User, grant: Grant) -> Invited:
    """Mail a link to each address (normal, plain ASCII) that has neither an account nor an open invitation.

    The same again sends nothing. Raises PermissionDenied where ``invited_by`` may not give all of ``grant``.
    """
    if not may_grant(invited_by, grant):
        raise PermissionDenied
    unique = list(dict.fromkeys(addresses))
    known = set(User.objects.filter(email__in=unique).values_list("email", flat=True))
    asked = Invitation.objects.filter(OPEN, email__in=unique)
    asked.filter(expires_at__lte=timezone.now()).update(revoked_at=timezone.now())  # a new one takes their place
    waiting = set(asked.values_list("email", flat=True))
    made = [_make(address, invited_by, grant) for address in unique if address not in known | waiting]
    get_connection().send_messages([mail for _row, mail in filter(None, made)])
    rows = [row for row, _mail in filter(None, made)]
    sent = {row.email for row in rows}
    return Invited(
        invitations=rows,
        with_account=[one for one in unique if one in known],
        waiting=[one for one in unique if one not in known | sent],
    )


def _make(address: str, invited_by: User, grant: Grant) -> tuple[Invitation, EmailMessage] | None:
    """Return the invitation and its mail; None where somebody else was first."""
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            row = Invitation.objects.create(
                email=address,
                invited_by=invited_by,
                token_sha256=_digest(token),
                expires_at=timezone.now() + LINK_AGE,
                **grant._asdict(),
            )
    except IntegrityError:
        return None
    return row, _mail(row, token)


@transaction.atomic
def resend(*, invitation: Invitation, sent_by: User) -> bool:
    """Mail a new link, and the old one dies; return False for one that is accepted or revoked.

    From now on ``sent_by`` vouches for it. Raises PermissionDenied where they may not give what it gives.
    """
    _check_giver(invitation, sent_by)
    token = secrets.token_urlsafe(32)
    sent = Invitation.objects.filter(OPEN, pk=invitation.pk).update(
        token_sha256=_digest(token), expires_at=timezone.now() + LINK_AGE, invited_by=sent_by
    )
    if sent:
        invitation.refresh_from_db()
        get_connection().send_messages([_mail(invitation, token)])
    return bool(sent)


def revoke(*, invitation: Invitation, revoked_by: User) -> bool:
    """Let the link die; return False where it is accepted or revoked already."""
    _check_giver(invitation, revoked_by)
    return bool(Invitation.objects.filter(OPEN, pk=invitation.pk).update(revoked_at=timezone.now()))


def find_usable(token: str, *, as_of: datetime) -> Invitation:
    """Return the invitation that ``token`` opens. Raises InvitationGoneError, the same for every reason."""
    row = Invitation.objects.select_related("team", "invited_by").filter(token_sha256=_digest(token)).first()
    if row is None or not is_usable(row, as_of=as_of) or User.objects.filter(email=row.email).exists():
        raise InvitationGoneError
    return row


@transaction.atomic
def accept(*, token: str, name: str, password: str) -> User:
    """Return the new person, with what the invitation gives. Of two at once, one succeeds.

    Raises InvitationGoneError, the same for every reason: wrong, used, revoked, too old, whoever invited may no
    longer give that, or the address has an account by now.
    """
    Invitation.objects.select_for_update().filter(token_sha256=_digest(token)).first()
    row = find_usable(token, as_of=timezone.now())
    try:
        with transaction.atomic():
            user = create_user(email=row.email, name=name, password=password, is_administrator=row.is_administrator)
    except (IntegrityError, ValidationError):  # an account was made in the meantime
        raise InvitationGoneError from None
    if row.team is not None:
        set_membership(user=user, team=row.team, role=Role(row.role))
    if row.everywhere_role:
        set_everywhere_role(user=user, role=Role(row.everywhere_role))
    row.accepted_at, row.accepted_by = timezone.now(), user
    row.save(update_fields=["accepted_at", "accepted_by"])
    return user


def is_usable(invitation: Invitation, *, as_of: datetime) -> bool:
    """Return whether the link may be used: open, young enough, and its giver may still give all of it."""
    is_open = invitation.accepted_at is None and invitation.revoked_at is None and invitation.expires_at > as_of
    return is_open and invitation.invited_by is not None and _may_give(invitation, invitation.invited_by)


def managed_by(user: User) -> QuerySet[Invitation]:
    """Return the invitations that wait, newest first: all of them, or those into the teams that ``user`` manages."""
    rows = Invitation.objects.filter(OPEN).select_related("team", "invited_by").order_by("-invited_at", "-id")
    if may(user, Permission.MANAGE_ACCOUNTS):
        return rows
    teams = teams_where(user, Permission.MANAGE_PEOPLE)
    return rows.filter(team__in=teams, everywhere_role="", is_administrator=False)


def _may_give(invitation: Invitation, giver: User) -> bool:
    given = Grant(invitation.team, invitation.role, invitation.everywhere_role, invitation.is_administrator)
    return may_grant(giver, given)


def _check_giver(invitation: Invitation, giver: User) -> None:
    if not _may_give(invitation, giver):
        raise PermissionDenied


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _mail(invitation: Invitation, token: str) -> EmailMessage:
    link = public_url(reverse("people:join", args=[token]))
    body = render_to_string("people/email/invitation.txt", {"invitation": invitation, "link": link})
    return EmailMessage(_("You are invited to the feedback platform"), body, None, [invitation.email])

"""The rows and the actors of the permission matrix: two teams, and words that must not be seen by the wrong one."""

import time
import zlib
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from apps.accounts.models import ApiKey, Invitation, Role, Team, User
from apps.accounts.permissions import PERMISSIONS, Permission
from apps.accounts.scopes import SCOPES, SESSION_PERMISSIONS
from apps.accounts.services import create_api_key
from apps.catalog.models import Product, Visibility
from apps.dialogue.models import Mail, Note, Notification, NotificationKind
from apps.feedback.import_models import ImportMapping, ImportProblem, Upload
from apps.feedback.models import Import, WidgetSecret
from apps.integrations.models import HookDelivery, InboundHook, InboundMail, Mailbox, OriginalMail, Outcome
from apps.tagging.models import KeywordRule
from apps.workbench.models import SavedView
from tests.factories import (
    AttachmentFactory,
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    ProductVersionFactory,
    SegmentFactory,
    TagFactory,
    UserFactory,
    make_form,
)
from tests.permission_rooms import ROOM_SECRETS, ROOMS

OWN, FOREIGN, MISSING = 4242, 4243, 4299  # ids
SLUGS = {OWN: "optics", FOREIGN: "lasers", MISSING: "nowhere"}
SESSION, BEARER = "session", "HTTP_AUTHORIZATION"


@dataclass
class Actor:
    """Somebody who asks. ``roles`` by where they are held: own, other, everywhere."""

    name: str
    user: User | None = None
    roles: dict[str, Role] = field(default_factory=dict)
    scopes: tuple[str, ...] | None = None  # of an API key
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))
    cookies: str = ""

    @property
    def is_signed_in(self) -> bool:
        return self.user is not None and self.user.is_active

    def holds(self, permission: Permission, *, where: tuple[str, ...] = ("own", "other", "everywhere")) -> bool:
        if self.user is not None and self.user.is_superuser and self.user.is_active:
            return True
        return any(permission in PERMISSIONS[role] for place, role in self.roles.items() if place in where)

    def may_scope(self, scope: str) -> bool:
        if self.scopes is not None:
            return scope in self.scopes
        permission = SESSION_PERMISSIONS.get(scope)  # type: ignore[call-overload]  # a StrEnum is its string
        return permission is not None and self.holds(permission)


def make_actors(own: Team, other: Team) -> list[Actor]:
    actors = [Actor("anonymous"), Actor("nobody", UserFactory())]
    for role in Role:
        pk = OWN if role == Role.SCIENTIST else None
        actors.append(Actor(role.value, UserFactory(role=role, team=own, **({"pk": pk} if pk else {})), {"own": role}))
        pk = FOREIGN if role == Role.SCIENTIST else None
        user = UserFactory(role=role, team=other, **({"pk": pk} if pk else {}))
        actors.append(Actor(f"other {role.value}", user, {"other": role}))
        if role != Role.ADMINISTRATOR:
            actors.append(Actor(f"everywhere {role.value}", UserFactory(everywhere_role=role), {"everywhere": role}))
    disabled = UserFactory(is_superuser=True, is_staff=True)
    actors.append(Actor("disabled", disabled))
    actors.append(Actor("installation", UserFactory(is_superuser=True, is_staff=True)))
    for actor in actors:
        if actor.user is not None:
            _sign_in(actor)
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    disabled.is_active = False
    actors.append(_keyed("key without scopes", ()))
    actors.extend(_keyed(f"key {scope}", (scope.value,)) for scope in SCOPES)
    return actors


def _sign_in(actor: Actor) -> None:
    actor.client.force_login(actor.user)
    session = actor.client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]  # a moment ago
    session.save()
    actor.cookies = actor.client.cookies[SESSION].value


def _keyed(name: str, scopes: tuple[str, ...]) -> Actor:
    row, secret = create_api_key(name=name, scopes=scopes or ["feedback:read"])
    ApiKey.objects.filter(pk=row.pk).update(scopes=list(scopes))
    return Actor(name, scopes=scopes, client=Client(**{BEARER: f"Bearer {secret}"}))


# A word, and which actors may meet it anywhere: by (role, where) or the installation's administrator.
SECRETS = {
    "zebrarestricted": {"other administrator", "installation"},
    "zebrateam": {
        "installation",
        *(f"other {role.value}" for role in Role),
        *(f"everywhere {role}" for role in PERMISSIONS),
    },
    "zebrainvited": {"other administrator", "installation"},
    "zebramail": {"installation"},
    "zebrapost": {"other administrator", "installation"},
    "zebrakey": {"installation"},
    "zebraview": {"other scientist"},
    "zebranotice": {"other scientist"},
    "zebraimport": {"other analyst", "installation"},
    **ROOM_SECRETS,
}


def make_imports(mine: User, theirs: User) -> None:
    """An import by an analyst of each team, over, its file gone; and saved mappings, which are everybody's."""
    for pk, user in ((OWN, mine), (FOREIGN, theirs)):
        name = "ours.csv" if pk == OWN else "zebraimport.csv"
        row = Import.objects.create(pk=pk, file_name=name, started_by=user, status="done", rejected_count=1)
        Upload.objects.create(source=row, size_bytes=1)
        ImportProblem.objects.create(source=row, line=2, reason="" if pk == OWN else "zebraimport")
        ImportMapping.objects.create(pk=pk, name=SLUGS[pk], plan={})


def _make_ways_in(pk: int, product: Product, word: str) -> None:
    mailbox = Mailbox.objects.create(pk=pk, product=product, address=f"{word}@example.com", imap_host=word)
    mail = InboundMail.objects.create(pk=pk, mailbox=mailbox, key=str(pk), subject=word, sender=word, size_bytes=9)
    OriginalMail.objects.create(mail=mail, content=zlib.compress(f"Subject: {word}".encode()), stored_bytes=9)
    hook = InboundHook.objects.create(pk=pk, product=product, name=word, token_sha256=str(pk), token_prefix="x")
    HookDelivery.objects.create(
        pk=pk, hook=hook, outcome=Outcome.REFUSED, reason=word, body={"text": word}, body_sha256=str(pk)
    )


def make_rows(own: Team, other: Team, mine: User, theirs: User) -> None:
    """Two of everything, OWN's and FOREIGN's; what is the other team's holds words of SECRETS."""
    for pk, team, user in ((OWN, own, mine), (FOREIGN, other, theirs)):
        slug, is_own = SLUGS[pk], pk == OWN
        segment = SegmentFactory(pk=pk, slug=slug)
        organisation = OrganisationFactory(pk=pk, segment=segment)
        customer = CustomerFactory(pk=pk, organisation=organisation)
        product = ProductFactory(pk=pk, slug=slug, name=slug.title(), team=team)
        ProductVersionFactory(pk=pk, product=product)
        make_form(pk=pk, product=product, slug=slug, title=slug)
        WidgetSecret.objects.create(pk=pk, product=product, nonce=slug)
        feedback = FeedbackFactory(
            pk=pk,
            product=product,
            customer=customer,
            text="The lens is fine." if is_own else "zebrarestricted",
            visibility=Visibility.EVERYONE if is_own else Visibility.RESTRICTED,
        )
        AttachmentFactory(feedback=feedback, key=("a" if is_own else "b") * 32)
        tag = TagFactory(name=slug.title(), team=team)
        KeywordRule.objects.create(pk=pk, tag=tag, phrases=["lens"])
        Note.objects.create(pk=pk, feedback=feedback, author=user, text="ours" if is_own else "zebrarestricted")
        SavedView.objects.create(pk=pk, owner=user, name="ours" if is_own else "zebraview")
        Notification.objects.create(
            pk=pk,
            user=user,
            kind=NotificationKind.values[0],
            about=f"note:{pk}",
            subject="ours" if is_own else "zebranotice",
            path="/home/",
        )
        Invitation.objects.create(
            pk=pk,
            email="asked@example.com" if is_own else "zebrainvited@example.com",
            team=team,
            role=Role.SCIENTIST,
            token_sha256=str(pk),
            invited_by=user,
            expires_at=timezone.now() + timedelta(days=1),
        )
        Mail.objects.create(
            pk=pk, sender="a@b.example", recipients=["c@d.example"], subject="zebramail", body="zebramail"
        )
        _make_ways_in(pk, product, "ours" if is_own else "zebrapost")
        UserSession.objects.filter(user=user).update(id=pk)
        for room in ROOMS:
            room.make_rows(pk=pk, team=team, user=user, is_own=is_own)
    FeedbackFactory(product_id=FOREIGN, text="zebrateam", visibility=Visibility.TEAM)
    ApiKey.objects.create(pk=OWN, name="zebrakey", prefix="fbk_zebra", key_sha256="0" * 64, scopes=["feedback:read"])

"""Plain rows for tests: every default is fixed or counted, nothing is random or made on the side.

Each function takes the model's fields by keyword and returns the saved row.
"""

# ruff: noqa: N802 (they read as what they make)

import hashlib
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from apps.accounts.models import ApiKey, Membership, Role, Team, User
from apps.catalog.models import Product, ProductVersion
from apps.customers.models import Customer, Organisation, Segment
from apps.feedback.models import Attachment, Channel, Feedback, Form, Identity
from apps.feedback.questionnaire import definition, purposes
from apps.feedback.services.form_versions import add_version
from apps.tagging.models import Tag

PASSWORD = "correct horse battery staple"
_number = count(1)


def UserFactory(*, role: Role | None = None, team: Team | None = None, password: str = "", **fields) -> User:
    """A member of staff; with ``role`` also its membership of ``team`` (a new one where none is given).

    Without ``password`` the account has none (hashing takes a while): use ``client.force_login``.
    """
    fields.setdefault("email", f"person{next(_number)}@example.com")
    user = User.objects.create_user(password=password or None, **fields)
    if role is not None:
        MembershipFactory(user=user, team=team or TeamFactory(), role=role)
    return user


def AdministratorFactory(**fields) -> User:
    """The administrator of the whole installation."""
    return UserFactory(**{"is_superuser": True, "is_staff": True, **fields})


def TeamFactory(**fields) -> Team:
    number = next(_number)
    return Team.objects.create(**{"name": f"Team {number}", "slug": f"team-{number}", **fields})


def MembershipFactory(*, user: User, team: Team, role: Role = Role.SCIENTIST) -> Membership:
    return Membership.objects.create(user=user, team=team, role=role)


def ApiKeyFactory(*, scopes: list[str], **fields) -> tuple[ApiKey, dict[str, str]]:
    """A key and the headers that a test client sends with it (``client.get(url, headers=headers)``)."""
    from apps.accounts.services import create_api_key

    row, secret = create_api_key(**{"name": f"Key {next(_number)}", "scopes": scopes, **fields})
    return row, {"Authorization": f"Bearer {secret}"}


def ProductFactory(**fields) -> Product:
    number = next(_number)
    return Product.objects.create(**{"name": f"Product {number}", "slug": f"product-{number}", **fields})


def ProductVersionFactory(*, product: Product | None = None, **fields) -> ProductVersion:
    return ProductVersion.objects.create(**{"product": product or ProductFactory(), "name": "1.0", **fields})


def SegmentFactory(**fields) -> Segment:
    number = next(_number)
    return Segment.objects.create(**{"name": f"Segment {number}", "slug": f"segment-{number}", **fields})


def OrganisationFactory(**fields) -> Organisation:
    return Organisation.objects.create(**{"name": f"Organisation {next(_number)}", **fields})


def CustomerFactory(**fields) -> Customer:
    """A customer with an address of its own; pass ``email=""`` for one without."""
    email = fields.setdefault("email", f"customer{next(_number)}@example.org")
    return Customer.objects.create(**{"email_key": email.lower() or None, "name": "A customer", **fields})


def TagFactory(*, team: Team | None = None, **fields) -> Tag:
    """A tag of ``team``, through the service, so that its slug and effective team are right."""
    from apps.tagging.services import create_tag

    return create_tag(**{"name": f"Tag {next(_number)}", "team": team, **fields})


def FeedbackFactory(*, captured_on: date = date(2026, 3, 2), **fields) -> Feedback:
    """A fact straight in the table, live and read by nobody; with ``customer`` it is verified.

    The capture service is the door for everything that wants outbox rows.
    """
    customer = fields.get("customer")
    return Feedback.objects.create(
        **{
            "product": fields.get("product") or ProductFactory(),
            "channel": Channel.API,
            "text": "The stage drifts after an hour.",
            "identity": Identity.VERIFIED if customer else Identity.ANONYMOUS,
            "dedupe_key": f"factory-{next(_number)}",
            "captured_at": datetime.combine(captured_on, time(12), tzinfo=UTC),
            "day": captured_on,
            **fields,
        }
    )


def AttachmentFactory(*, feedback: Feedback | None = None, content: bytes = b"picture", **fields) -> Attachment:
    """A picture of ``feedback`` with its file and its small copy, both of them ``content``."""
    from apps.feedback.attachments import storage

    key = fields.setdefault("key", f"{next(_number):032x}")
    for is_preview in (False, True):
        path = storage.path_of(key, is_preview=is_preview)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    sums = {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    plain = {"label": "screenshot.png", "kind": "image", "extension": "png", **sums}
    return Attachment.objects.create(**{"feedback": feedback, **plain, **fields})


def make_form(*, purpose: str = "product", **fields: Any) -> Form:  # Any: the model's own fields
    """Return a form with a first version, as ``services.public_forms.create_form`` makes it."""
    form = Form.objects.create(**{"title": "How is it?", **fields})
    made = purposes.definition_of(purpose, ["en", "de"])
    add_version(form, definition.read({**made, "title": {"en": form.title}}), None)
    return form

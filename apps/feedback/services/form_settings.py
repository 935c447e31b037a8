"""Under what name, when, for whom and where a form is open. Every write to that, with what refuses it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.catalog.models import Product
from apps.feedback.models import Feedback, Form, FormAddress, FormDraft
from apps.feedback.questionnaire import checking
from apps.feedback.questionnaire.definition import DefinitionError, read

ORIGINS = 20
SLUG_CHARACTERS = 80


class FormSettings(NamedTuple):
    """All that is set beside the questions. Times are aware; ``frame_origins`` as typed."""

    slug: str
    product: Product
    opens_at: datetime | None
    closes_at: datetime | None
    response_limit: int | None
    needs_link: bool
    is_anonymous: bool
    frame_origins: Sequence[str]


@transaction.atomic
def set_form_settings(*, form: Form, wanted: FormSettings) -> None:
    """Set everything at once; the same again changes nothing.

    The old address goes on working, for this form alone. Raises ValidationError by field: an address that is taken, a
    product or anonymity changed after the first answer, a form made anonymous that asks who one is, an end before the
    beginning, an origin that is none.
    """
    locked = Form.objects.select_for_update(no_key=True, of=("self",)).select_related("current").get(pk=form.pk)
    errors = {**_time_errors(wanted), **_answered_errors(locked, wanted), **_address_errors(locked, wanted.slug)}
    origins: list[str] = []
    try:
        origins = normalise_origins(wanted.frame_origins)
    except ValidationError as error:
        errors["frame_origins"] = error.messages[0]
    if errors:
        raise ValidationError({name: [reason] for name, reason in errors.items()})
    if wanted.slug != locked.slug:
        _keep_address(locked, wanted.slug)
    for name, value in {**wanted._asdict(), "frame_origins": origins}.items():
        setattr(locked, name, value)
        setattr(form, name, value)
    locked.save(update_fields=[*FormSettings._fields])


def _time_errors(wanted: FormSettings) -> dict[str, str]:
    if wanted.opens_at and wanted.closes_at and wanted.opens_at >= wanted.closes_at:
        return {"closes_at": _("It has to close after it opens.")}
    if wanted.response_limit is not None and wanted.response_limit < 1:
        return {"response_limit": _("At least 1, or leave it empty for no limit.")}
    if wanted.needs_link and wanted.is_anonymous:  # who got which link would lead from an answer to its person
        return {"needs_link": _("An anonymous form cannot open by links of one's own: choose one of the two.")}
    return {}


def _answered_errors(form: Form, wanted: FormSettings) -> dict[str, str]:
    """Return what cannot be changed once somebody answered, and what an anonymous form must not ask."""
    changes_product = wanted.product.pk != form.product_id
    if not changes_product and wanted.is_anonymous == form.is_anonymous:
        return {}
    errors = {}
    if Feedback.objects.filter(form=form).exists():
        if changes_product:
            errors["product"] = _("There are answers, and they are about this product. Make a new form for another.")
        if wanted.is_anonymous != form.is_anonymous:
            errors["is_anonymous"] = _("There are answers, and they were given under what the form said then.")
    elif wanted.is_anonymous and not form.is_anonymous and _asks_who(form):
        errors["is_anonymous"] = _("Take out what asks for a name, an address or a file, publish that, then set this.")
    return errors


def _asks_who(form: Form) -> bool:
    """Tell whether what is live, or the draft, asks what an anonymous form must not ask."""
    drafts = FormDraft.objects.filter(form=form).values_list("definition", flat=True)
    for raw in [*([form.current.definition] if form.current else []), *drafts]:
        try:
            made = read(raw)
        except DefinitionError:
            continue  # a draft with faults: they are named where it is published, these too
        if len(checking.check(made, is_anonymous=True)) > len(checking.check(made, is_anonymous=False)):
            return True
    return False


def _address_errors(form: Form, slug: str) -> dict[str, str]:
    if not slug or slug != slugify(slug) or len(slug) > SLUG_CHARACTERS:
        return {"slug": _("Small letters, digits and hyphens, up to %(most)s.") % {"most": SLUG_CHARACTERS}}
    is_taken = Form.objects.exclude(pk=form.pk).filter(slug=slug).exists()
    if is_taken or FormAddress.objects.exclude(form=form).filter(slug=slug).exists():
        return {"slug": _("Another form has this address, or had it: what was shared must not lead elsewhere.")}
    return {}


def _keep_address(form: Form, slug: str) -> None:
    """Let the address that was shared lead to the form for good; one taken up again is no old one any more."""
    FormAddress.objects.filter(form=form, slug=slug).delete()
    FormAddress.objects.get_or_create(slug=form.slug, defaults={"form": form})


def normalise_origins(typed: Sequence[str]) -> list[str]:
    """Return the origins as a policy names them, each once. Raises ValidationError for the first that is none."""
    found = list(dict.fromkeys(_origin(one.strip()) for one in typed if one.strip()))
    if len(found) > ORIGINS:
        raise ValidationError(_("At most %(most)s sites.") % {"most": ORIGINS})
    return found


def _origin(typed: str) -> str:
    refusal = ValidationError(
        _("“%(site)s” is no site: write it like https://www.example.org, without a path.") % {"site": typed[:100]}
    )
    try:
        parts = urlsplit(typed)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:  # a bad port, a bracket left open, a label that is no name; UnicodeError is one
        raise refusal from None
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username or parts.password)
    is_host = bool(host) and all(part and part.replace("-", "").isalnum() for part in host.split("."))
    if parts.scheme not in ("https", "http") or not is_bare or not is_host or len(host) > 150:
        raise refusal
    return f"{parts.scheme}://{host.lower()}{f':{port}' if port else ''}"

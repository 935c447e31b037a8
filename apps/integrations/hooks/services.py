"""Setting up webhooks in. The only writer of what a webhook is."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.catalog.models import Product
from apps.integrations import sealing
from apps.integrations.hooks import mapping as mappings
from apps.integrations.hooks.presets import GENERIC, PRESETS
from apps.integrations.models import Algorithm, InboundHook
from apps.integrations.tokens import make_token


@dataclass(frozen=True, slots=True, kw_only=True)
class HookWishes:
    """What an administrator says of a webhook; ``signature_secret`` blank: as it is."""

    product: Product
    name: str
    preset: str = GENERIC
    signature_header: str = ""
    signature_algorithm: str = Algorithm.SHA256
    signature_secret: str = ""
    is_trusted: bool = False


@transaction.atomic
def create_hook(wishes: HookWishes) -> tuple[InboundHook, str]:
    """Make a webhook with the mapping of its preset; return it with its token, shown this once.

    Raises ValidationError by field.
    """
    if wishes.preset not in PRESETS:
        raise ValidationError({"preset": [_("Choose what posts.")]})
    fresh = make_token()
    hook = InboundHook(
        preset=wishes.preset,
        mapping=mappings.dump(PRESETS[wishes.preset].mapping),
        token_sha256=fresh.sha256,
        token_prefix=fresh.prefix,
    )
    _take_over(hook, wishes)
    hook.save()
    return hook, fresh.token


@transaction.atomic
def update_hook(*, hook: InboundHook, wishes: HookWishes) -> None:
    """Change name, product, signature and trust; the mapping stays. Raises ValidationError by field."""
    row = InboundHook.objects.select_for_update(no_key=True).get(pk=hook.pk)
    _take_over(row, wishes)
    row.save(
        update_fields=["name", "product", "signature_header", "signature_algorithm", "signature_secret", "is_trusted"]
    )


@transaction.atomic
def set_mapping(*, hook: InboundHook, mapping: mappings.Mapping) -> None:
    """Have posts read by ``mapping`` from now on. Raises ValidationError by field."""
    mappings.check(mapping)
    InboundHook.objects.filter(pk=hook.pk).update(mapping=mappings.dump(mapping))


def set_hook_on(*, hook: InboundHook, is_on: bool) -> None:
    """Switch a webhook on or off: off, its address is not there. Again changes nothing."""
    InboundHook.objects.filter(pk=hook.pk).update(is_on=is_on)


def renew_token(*, hook: InboundHook) -> str:
    """Return a new token; the old address is refused from now on."""
    fresh = make_token()
    InboundHook.objects.filter(pk=hook.pk).update(token_sha256=fresh.sha256, token_prefix=fresh.prefix)
    return fresh.token


def delete_hook(*, hook: InboundHook) -> None:
    """Delete a webhook with its deliveries; what it brought stays."""
    InboundHook.objects.filter(pk=hook.pk).delete()


def _take_over(hook: InboundHook, wishes: HookWishes) -> None:
    hook.name, hook.product = wishes.name.strip(), wishes.product
    hook.is_trusted = wishes.is_trusted
    hook.signature_header = wishes.signature_header.strip()
    hook.signature_algorithm = wishes.signature_algorithm
    if wishes.signature_secret:
        hook.signature_secret = sealing.seal(wishes.signature_secret)
    if not hook.signature_header:
        hook.signature_secret = ""
    if not hook.name:
        raise ValidationError({"name": [_("Give it a name.")]})
    if hook.signature_header and not hook.signature_secret:
        raise ValidationError({"signature_secret": [_("Type the secret that posts are signed with.")]})

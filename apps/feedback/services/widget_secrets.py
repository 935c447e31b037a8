"""Every write to the secrets by which host pages vouch for people."""

import secrets

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.catalog.models import Product
from apps.core.errors import DomainError
from apps.feedback.widget.identity import secret_of
from apps.feedback.widget_models import WidgetSecret

MOST = 3  # in force at once: the old one, the new one, and one forgotten


class TooManySecretsError(DomainError):
    """A product has as many secrets in force as it may have."""


@transaction.atomic
def make_secret(*, product: Product, user: User) -> str:
    """Return a new secret of ``product``: shown now and never again. Those it has go on working.

    Raises TooManySecretsError where three are in force.
    """
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)  # two at once would make four
    if WidgetSecret.objects.filter(product=product, ended_at=None).count() >= MOST:
        raise TooManySecretsError(_("Three secrets are in force. End one that nothing uses any more."))
    made = WidgetSecret.objects.create(product=product, nonce=secrets.token_urlsafe(18), made_by=user)
    return secret_of(product.pk, made.nonce)


@transaction.atomic
def end_secret(*, secret: WidgetSecret) -> None:
    """Let a secret prove nothing from now on. What came by it stays as it is. Again changes nothing."""
    WidgetSecret.objects.filter(pk=secret.pk, ended_at=None).update(ended_at=Now())

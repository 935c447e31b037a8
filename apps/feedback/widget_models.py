"""What host pages sign identities with. Written only by ``services.widget_secrets``."""

from django.conf import settings
from django.db import models

from apps.core import audit


class WidgetSecret(models.Model):
    """A secret by which a product's own pages vouch for who is signed in there. Of it nothing but ``nonce`` is kept.

    The secret is made of the installation's key and the nonce, so a copy of this table signs nothing.
    """

    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=32, unique=True)
    made_at = models.DateTimeField(db_default=models.functions.Now())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)  # from then on it proves nothing

    class Meta:
        triggers = audit.history("product", "ended_at", identity=["product"])
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Widget secret {self.pk}"

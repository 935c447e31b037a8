"""What feedback is about: products with versions and an owning team."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import audit


class Visibility(models.TextChoices):
    EVERYONE = "everyone", _("All staff")
    TEAM = "team", _("The owning team")
    RESTRICTED = "restricted", _("Restricted")


class Product(models.Model):
    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=300, blank=True, default="")
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    default_visibility = models.CharField(max_length=12, choices=Visibility.choices, default=Visibility.EVERYONE)
    archived_at = models.DateTimeField(null=True, blank=True)  # takes no new feedback of its own forms, offered nowhere
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history(
            "name", "slug", "description", "team", "default_visibility", "archived_at", identity=["name"]
        )
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProductVersion(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="versions")
    name = models.CharField(max_length=60)
    released_on = models.DateField(null=True, blank=True)

    class Meta:
        triggers = audit.history("product", "name", "released_on", identity=["product", "name"])
        ordering = ["-released_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["product", "name"], name="version_once_per_product")]

    def __str__(self) -> str:
        return self.name

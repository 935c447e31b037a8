"""What a customer may consent to, in words that they read."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """What a consent is given for."""

    CONTACT = "contact", _("To be contacted")
    INTERNAL_QUOTE = "internal_quote", _("To be quoted inside the organisation")
    PUBLIC_QUOTE = "public_quote", _("To be quoted in public")
    RECORDING = "recording", _("To be recorded")
    STORY = "story", _("To appear in a customer story")
    RETENTION = "retention", _("To have it kept longer")

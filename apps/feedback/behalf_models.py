"""What staff recorded on a customer's behalf: where it was said, and who wrote it down."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceKind(models.TextChoices):
    CALL = "call", _("Call")
    VISIT = "visit", _("Visit")
    CONFERENCE = "conference", _("Conference")
    MEETING = "meeting", _("Meeting")
    MESSAGE = "message", _("Message or chat")
    OTHER = "other", _("Elsewhere")


class Recording(models.Model):
    """Beside a feedback of the channel "on behalf": its source, with a link to where it was said."""

    feedback = models.OneToOneField(
        "feedback.Feedback", on_delete=models.CASCADE, primary_key=True, related_name="recording"
    )
    source_kind = models.CharField(max_length=12, choices=SourceKind.choices)
    link = models.URLField(max_length=500, blank=True, default="")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"Recording of {self.feedback_id}"

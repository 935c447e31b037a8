"""The files that came with feedback: facts, like the feedback. Written only by ``services.attachments``."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AttachmentKind(models.TextChoices):
    IMAGE = "image", _("Picture")
    PDF = "pdf", _("PDF")
    TEXT = "text", _("Text")


class Attachment(models.Model):
    """One file, made harmless, at ``attachments.storage.path_of(key)``: gone with the words of its feedback.

    Without ``feedback`` it waits for its form to be sent, for two days at most.
    """

    key = models.CharField(max_length=32, unique=True)  # ours, not to be guessed
    feedback = models.ForeignKey(
        "feedback.Feedback", on_delete=models.CASCADE, null=True, blank=True, related_name="attachments", db_index=False
    )
    form = models.ForeignKey(  # None: it came by another channel
        "feedback.Form", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    question = models.CharField(max_length=40, blank=True, default="")
    label = models.CharField(max_length=120)  # what the sender called it: shown, never used as a path
    kind = models.CharField(max_length=10, choices=AttachmentKind.choices)
    extension = models.CharField(max_length=10)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)  # pixels, of a picture
    height = models.PositiveIntegerField(null=True, blank=True)
    uploaded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [
            models.Index(fields=["feedback", "id"], name="attachment_of", condition=Q(feedback__isnull=False)),
            models.Index(
                fields=["uploaded_at"], name="attachment_waiting", condition=Q(feedback__isnull=True)
            ),  # sweep
            models.Index(
                fields=["form", "uploaded_at"], name="attachment_by_form", include=["size_bytes"]
            ),  # the quota
        ]

    def __str__(self) -> str:
        return self.label

"""The files that came with feedback: facts, like the feedback.

Written only by ``services.attachments``, and what is drawn of a PDF by ``services.previews``.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AttachmentKind(models.TextChoices):
    IMAGE = "image", _("Picture")
    PDF = "pdf", _("PDF")
    TEXT = "text", _("Text")


class Preview(models.TextChoices):
    """Whether a PDF has a picture of its first page, and why not. A picture has its small copy from the first."""

    NOTHING = "", _("None")
    WAITING = "waiting", _("The preview is being made.")
    READY = "ready", _("Preview")
    ENCRYPTED = "encrypted", _("No preview: it is locked with a password.")
    DAMAGED = "damaged", _("No preview: it is damaged.")
    PIXELS = "pixels", _("No preview: its first page is too large.")
    MEMORY = "memory", _("No preview: it takes too much memory.")
    TOO_SLOW = "too_slow", _("No preview: it takes too long to draw.")


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
    preview = models.CharField(
        max_length=10, choices=Preview.choices, blank=True, db_default=Preview.NOTHING
    )  # of a PDF
    preview_tries = models.PositiveSmallIntegerField(db_default=0)
    preview_leased_until = models.DateTimeField(null=True, blank=True)  # a worker has it in hand
    page_count = models.PositiveIntegerField(null=True, blank=True)  # of a PDF that was drawn
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
            models.Index(  # what workers draw
                fields=["id"], name="attachment_undrawn", condition=Q(preview="waiting", feedback__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def has_preview(self) -> bool:
        """Whether there is a small picture of our own making to look at."""
        return self.kind == AttachmentKind.IMAGE or self.preview == Preview.READY

    @property
    def preview_note(self) -> str:
        """Why there is no small picture, or not yet; "" where there is one or none could be."""
        return "" if self.preview in (Preview.NOTHING, Preview.READY) else self.get_preview_display()

"""Mail to people: written in the transaction of its cause, delivered behind it or kept for the mail page."""

from django.db import models
from django.db.models import Q


class MailState(models.TextChoices):
    KEPT = "kept", "Kept here"  # no EMAIL_URL is set
    QUEUED = "queued", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up"


class Mail(models.Model):
    sender = models.CharField(max_length=254)
    recipients = models.JSONField()  # addresses
    recipient_key = models.CharField(  # dialogue.recipients; blank for mail to several
        max_length=254, blank=True, default="", db_default=""
    )
    subject = models.CharField(max_length=998)
    body = models.TextField()  # blanked once sent: it may hold a link that signs in
    purpose = models.CharField(max_length=40, blank=True, default="")  # what kind of mail, for its limits
    about_id = models.BigIntegerField(null=True, blank=True)  # what it is about: one mail per purpose and thing
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.KEPT)
    tries = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(db_default=models.functions.Now())  # not tried before
    leased_until = models.DateTimeField(null=True, blank=True)  # somebody is sending it
    last_error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "about_id"], condition=Q(about_id__isnull=False), name="mail_once_about"
            )
        ]
        indexes = [
            models.Index(fields=["available_at"], name="mail_queue", condition=Q(state="queued")),  # delivery
            models.Index(fields=["recipient_key", "created_at"], name="mail_to_one"),  # limits, erasure
            models.Index(fields=["created_at"], name="mail_age"),  # the limit of an hour, retention
        ]

    def __str__(self) -> str:
        return self.subject

"""Mail kept for the staff-only outbox page while no EMAIL_URL is set."""

from django.db import models


class Mail(models.Model):
    sender = models.CharField(max_length=254)
    recipients = models.JSONField()  # addresses
    subject = models.CharField(max_length=998)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject

"""The API's memory of its writes, so that a call made again gets the same answer."""

from django.db import models


class BulkCall(models.Model):
    """An Idempotency-Key that came with many rows at once, and what became of each; kept at least seven days.

    Apart from ``IdempotencyKey``: the same key at another address is another key.
    """

    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    outcomes = models.JSONField()  # services.bulk: [[status, feedback's id, errors by name], …]
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        app_label = "feedback"
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="bulk_call_once")]
        indexes = [models.Index(fields=["created_at"], name="bulk_call_age")]  # the purge

    def __str__(self) -> str:
        return self.key

"""What a machine reads in feedback: derived, versioned, rebuildable. Written only by ``insight.services``."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Sentiment(models.TextChoices):
    NEGATIVE = "negative", _("Negative")
    NEUTRAL = "neutral", _("Neutral")
    POSITIVE = "positive", _("Positive")


class Reading(models.Model):
    feedback = models.OneToOneField(
        "feedback.Feedback", on_delete=models.CASCADE, primary_key=True, related_name="reading"
    )
    language = models.CharField(max_length=8, blank=True, default="")  # ISO 639-1; blank: unsure
    sentiment = models.CharField(max_length=10, choices=Sentiment.choices)
    sentiment_milli = models.SmallIntegerField()  # -1000 (bad) to 1000 (good)
    reader_version = models.CharField(max_length=40)
    read_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [models.Index(fields=["language", "feedback"], name="reading_by_language")]  # the rare ones

    def __str__(self) -> str:
        return f"Reading of {self.feedback_id}"


class SearchDocument(models.Model):
    feedback = models.OneToOneField(
        "feedback.Feedback", on_delete=models.CASCADE, primary_key=True, related_name="search_document"
    )
    document = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["document"], name="search_document_gin")]

    def __str__(self) -> str:
        return f"Search document of {self.feedback_id}"

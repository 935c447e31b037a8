"""How far people came in a form: derived figures, without history and without anybody's name or address."""

from django.db import models


class FormView(models.Model):
    """How often a version's first page was shown on a day."""

    pk = models.CompositePrimaryKey("version_id", "day")
    version = models.ForeignKey("feedback.FormVersion", on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    view_count = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.version_id} on {self.day}"


class FormVisit(models.Model):
    """One person's way through a version, from its first answer on; ``key`` is a hash of the form token alone.

    The token is kept nowhere, and what it captured carries another hash of it: nothing leads from here to an answer.
    """

    key = models.CharField(max_length=64, primary_key=True)
    version = models.ForeignKey("feedback.FormVersion", on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    reached = models.PositiveSmallIntegerField()  # the place of the last question touched, the first is 1
    is_complete = models.BooleanField(default=False)
    seconds = models.JSONField(default=dict)  # spent on each question, by its key

    class Meta:
        indexes = [  # a form's results are marked by it alone
            models.Index(fields=["version", "day"], name="form_visit_by_version", include=["reached", "is_complete"])
        ]

    def __str__(self) -> str:
        return f"{self.version_id} up to {self.reached}"

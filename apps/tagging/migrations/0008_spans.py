"""A tagging may be of a span of the words; the once-constraint takes it in."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("tagging", "0007_import_source")]

    operations = [
        migrations.AddField("tagging", "span_start", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("tagging", "span_end", models.PositiveIntegerField(blank=True, null=True)),
        migrations.RemoveConstraint("tagging", "one_statement_each"),
        migrations.AddConstraint(
            "tagging",
            models.UniqueConstraint(
                fields=["feedback", "tag", "source", "user", "rule", "span_start", "span_end"],
                name="one_statement_each",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            "tagging",
            models.CheckConstraint(
                condition=Q(span_start__isnull=True, span_end__isnull=True)
                | Q(span_start__gte=0, span_end__gt=F("span_start"), span_end__lte=20_000),
                name="span_within_a_text",
            ),
        ),
    ]

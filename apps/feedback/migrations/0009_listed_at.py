"""The place of feedback in lists, and the indexes that lists walk. Rewrites the table once."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Least


class Migration(migrations.Migration):
    dependencies = [("feedback", "0008_history")]

    operations = [
        migrations.AddField(
            model_name="feedback",
            name="listed_at",
            field=models.GeneratedField(
                expression=Least("captured_at", "received_at"), output_field=models.DateTimeField(), db_persist=True
            ),
        ),
        migrations.AddIndex(
            model_name="feedback",
            index=models.Index(
                fields=["-listed_at", "-id"],
                name="feedback_listed",
                include=["product", "version", "channel", "rating", "state", "visibility", "identity", "customer"],
            ),
        ),
        migrations.AddIndex(
            model_name="feedback",
            index=models.Index(fields=["product", "-listed_at", "-id"], name="feedback_product_listed"),
        ),
        migrations.AddIndex(
            model_name="feedback",
            index=models.Index(
                fields=["version", "-listed_at", "-id"],
                name="feedback_version_listed",
                condition=Q(version__isnull=False),
            ),
        ),
        migrations.RemoveIndex(model_name="feedback", name="feedback_newest"),
        migrations.RemoveIndex(model_name="feedback", name="feedback_product_newest"),
    ]

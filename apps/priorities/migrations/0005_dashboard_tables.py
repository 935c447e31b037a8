"""What dashboards ask: an index of the backlog, ticks of the volume cells, waits for a first look."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("priorities", "0004_history")]

    operations = [
        migrations.CreateModel(
            name="VolumeTick",
            fields=[
                ("product_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("tick_count", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="FirstLookCell",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "product_id", "day", "bucket", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("product_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("bucket", models.SmallIntegerField()),
                ("feedback_count", models.IntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="volumecell",
            index=models.Index(
                fields=["product_id", "day"],
                name="volume_untagged",
                condition=Q(is_tagged=False, feedback_count__gt=0),
            ),
        ),
    ]

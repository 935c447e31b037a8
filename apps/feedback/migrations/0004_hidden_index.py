"""An index of the feedback that not everybody may open, for counting what of a tag is hidden."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0003_held_index")]

    operations = [
        migrations.AddIndex(
            model_name="feedback",
            index=models.Index(
                condition=models.Q(("visibility", "everyone"), _negated=True), fields=["id"], name="feedback_hidden"
            ),
        ),
    ]

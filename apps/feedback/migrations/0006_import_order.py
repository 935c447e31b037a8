from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0005_import_fed_at")]

    operations = [
        migrations.AddIndex(
            model_name="feedback",
            index=models.Index(
                condition=models.Q(("source_import__isnull", False)),
                fields=["source_import", "id"],
                name="feedback_by_import",
            ),
        ),
        migrations.RemoveIndex(model_name="feedback", name="feedback_of_import"),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0009_listed_at"),
        ("insight", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="reading",
            index=models.Index(fields=["language", "feedback"], name="reading_by_language"),
        ),
    ]

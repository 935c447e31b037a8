from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0016_attachments"),
    ]

    operations = [
        migrations.AlterField(
            model_name="feedback",
            name="held_reason",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
    ]

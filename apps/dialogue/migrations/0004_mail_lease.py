from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0003_recipient_key")]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="leased_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]

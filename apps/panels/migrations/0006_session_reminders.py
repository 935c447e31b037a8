"""Of which moment people were last reminded of a session."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("panels", "0005_ballot_results_shown")]

    operations = [
        migrations.AddField(
            model_name="researchsession",
            name="reminded_from",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0004_hidden_index")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="fed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0006_import_order")]

    operations = [
        migrations.AddIndex(
            model_name="idempotencykey",
            index=models.Index(fields=["created_at"], name="idempotency_age"),
        ),
    ]

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0015_bulk_calls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32, unique=True)),
                ("question", models.CharField(blank=True, default="", max_length=40)),
                ("label", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(choices=[("image", "Picture"), ("pdf", "PDF"), ("text", "Text")], max_length=10),
                ),
                ("extension", models.CharField(max_length=10)),
                ("size_bytes", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("uploaded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "feedback",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="feedback.feedback",
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="feedback.form",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("feedback__isnull", False)), fields=["feedback", "id"], name="attachment_of"
                    ),
                    models.Index(
                        condition=models.Q(("feedback__isnull", True)),
                        fields=["uploaded_at"],
                        name="attachment_waiting",
                    ),
                    models.Index(fields=["form", "uploaded_at"], include=("size_bytes",), name="attachment_by_form"),
                ],
            },
        ),
    ]

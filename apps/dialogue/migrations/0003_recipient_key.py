from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0002_mail_queue")]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="recipient_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=254),
        ),
        migrations.RunSQL(
            "UPDATE dialogue_mail SET recipient_key ="
            " left(translate(btrim(recipients->>0),"
            " 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), 254)"
            " WHERE jsonb_array_length(recipients) = 1",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["recipient_key", "created_at"], name="mail_to_one"),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["created_at"], name="mail_age"),
        ),
    ]

"""PDFs that came before there were pictures of them get one too."""

from django.db import migrations


def wait_for_pictures(apps, schema_editor):
    apps.get_model("feedback", "Attachment").objects.filter(kind="pdf", preview="").update(preview="waiting")


class Migration(migrations.Migration):
    dependencies = [("feedback", "0024_pdf_previews")]
    operations = [migrations.RunPython(wait_for_pictures, migrations.RunPython.noop, elidable=True)]

"""Give every form that was made before versions its first one: what its page asked until now."""

from typing import Any

from django.db import migrations

PRODUCT_FEEDBACK: dict[str, Any] = {
    "pages": [
        {
            "key": "page-1",
            "questions": [
                {
                    "key": "text",
                    "kind": "long_text",
                    "label": {"en": "What happened?", "de": "Was ist geschehen?"},
                    "role": "words",
                    "is_required": True,
                    "help": {
                        "en": "In your own words, up to 20,000 characters. Please leave out "
                        "passwords and patient data.",
                        "de": "In Ihren eigenen Worten, bis zu 20.000 Zeichen. Bitte keine "
                        "Passwörter oder Patientendaten.",
                    },
                },
                {
                    "key": "rating",
                    "kind": "smileys",
                    "label": {"en": "How did it feel?", "de": "Wie war das für Sie?"},
                    "role": "rating",
                    "low_label": {"en": "Very bad", "de": "Sehr schlecht"},
                    "high_label": {"en": "Very good", "de": "Sehr gut"},
                },
                {
                    "key": "name",
                    "kind": "short_text",
                    "label": {"en": "Your name", "de": "Ihr Name"},
                    "role": "name",
                    "characters": 150,
                },
                {
                    "key": "email",
                    "kind": "email",
                    "label": {"en": "E-mail", "de": "E-Mail"},
                    "role": "email",
                    "help": {
                        "en": "We write to you only about what you tell us here.",
                        "de": "Wir schreiben Ihnen nur zu dem, was Sie uns hier sagen.",
                    },
                },
                {
                    "key": "version",
                    "kind": "short_text",
                    "label": {"en": "Version", "de": "Version"},
                    "role": "version",
                    "help": {
                        "en": "Of the software or firmware, such as 4.2.1",
                        "de": "Der Software oder Firmware, zum Beispiel 4.2.1",
                    },
                    "characters": 60,
                },
                {
                    "key": "instrument",
                    "kind": "short_text",
                    "label": {"en": "Instrument", "de": "Gerät"},
                    "role": "context",
                    "help": {"en": "Model or serial number", "de": "Modell oder Seriennummer"},
                },
                {
                    "key": "method",
                    "kind": "short_text",
                    "label": {"en": "Method", "de": "Methode"},
                    "role": "context",
                    "help": {
                        "en": "What you were measuring or preparing",
                        "de": "Was Sie gemessen oder vorbereitet haben",
                    },
                },
            ],
        }
    ]
}


def make_first_versions(apps: Any, schema_editor: Any) -> None:
    form_model, version_model = apps.get_model("feedback", "Form"), apps.get_model("feedback", "FormVersion")
    for form in form_model.objects.filter(current=None):
        said = {"title": {"en": form.title}, **({"intro": {"en": form.intro}} if form.intro else {})}
        made = {"languages": ["en", "de"], **said, **PRODUCT_FEEDBACK}
        form.current = version_model.objects.create(form=form, number=1, definition=made)
        form.save(update_fields=["current"])


class Migration(migrations.Migration):
    dependencies = [("feedback", "0011_form_versions")]

    operations = [migrations.RunPython(make_first_versions, migrations.RunPython.noop)]

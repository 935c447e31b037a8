"""Pages answer in the reader's language: that of the browser for strangers, of the profile for staff."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.feedback.services.public_forms import create_form
from tests.factories import AdministratorFactory, ProductFactory

ALIAS = re.compile(r"import \w*gettext\w* as (?!_$)\w+$", re.MULTILINE)  # makemessages does not know it


@pytest.mark.parametrize(
    ("header", "lang", "said"),
    [
        ("en", "en", "Send feedback"),
        ("de-AT,fr;q=0.5", "de", "Feedback senden"),
        ("fr", "fr", "Envoyer"),
        ("es-MX", "es", "Enviar"),
        ("ar", "ar", "إرسال"),
        ("xx,*", "en", "Send feedback"),
    ],
)
@pytest.mark.django_db
def test_the_public_form_speaks_the_browsers_language(client: Client, header: str, lang: str, said: str) -> None:
    with translation.override("en"):
        form = create_form(product=ProductFactory(), title="How is it?")

    page = client.get(reverse("feedback:form", args=[form.slug]), headers={"accept-language": header}).content.decode()

    assert f'<html lang="{lang}"' in page
    assert said in page


@pytest.mark.django_db
def test_right_to_left_scripts_run_so(client: Client) -> None:
    assert '<html lang="ar" dir="rtl">' in client.get("/", {"lang": "ar"}).text
    assert '<html lang="en" dir="ltr">' in client.get("/", {"lang": "xx"}).text


@pytest.mark.parametrize("header", ["fr", "ar", "es"])
@pytest.mark.django_db
def test_staffs_pages_speak_what_is_translated_for_staff(client: Client, header: str) -> None:
    client.cookies["language"] = header
    page = client.get("/accounts/login/", headers={"accept-language": header}).text

    assert re.search('<html lang="en"', page)
    assert re.findall('name="language" value="([a-z]+)"', page) == ["en", "de"]


@pytest.mark.parametrize(("language", "said"), [("de", "<h1>Start</h1>"), ("", "<h1>Home</h1>")])
@pytest.mark.django_db
def test_home_speaks_the_persons_language(client: Client, language: str, said: str) -> None:
    client.force_login(AdministratorFactory(language=language))

    assert said in client.get(reverse("dashboard:home"), headers={"accept-language": "en"}).content.decode()


def test_figures_are_written_as_the_language_writes_them() -> None:
    figures = "{% load ui %}{{ 1234.5|score }} {{ 0.462|percent }}"

    with translation.override("de"):
        assert Template(figures).render(Context()) == "1.234,5 46 %"
    assert Template(figures).render(Context()) == "1,234.5 46%"


@pytest.mark.parametrize("template", ["components/_meter.html", "components/_mood.html"])
def test_a_drawing_keeps_the_points_of_its_numbers(template: str) -> None:
    with translation.override("de"):
        drawn = render_to_string(template, {"width": 12.5, "x": 12.5, "length": 12.5, "word": "neutral"})

    assert '"12.5"' in drawn
    assert "12,5" not in drawn


def test_makemessages_finds_every_call_of_gettext() -> None:
    sources = (Path(settings.BASE_DIR) / "apps").rglob("*.py")

    assert [str(path) for path in sources if ALIAS.search(path.read_text())] == []

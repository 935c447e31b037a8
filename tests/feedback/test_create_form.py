"""create_form: from the shell to an open form."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.feedback.models import Form

pytestmark = pytest.mark.django_db


def run(*args) -> str:
    out = StringIO()
    call_command("create_form", *args, stdout=out)
    return out.getvalue()


def test_a_form_is_made_and_its_address_printed_and_works(product, client, settings):
    settings.PUBLIC_URL = "https://feedback.example.org"

    printed = run("spectrometer", "--title", "Tell us about it", "--intro", "Anything helps.")

    assert printed == "https://feedback.example.org/f/spectrometer/\n"
    assert list(Form.objects.values_list("product", "title", "intro", "is_open")) == [
        (product.pk, "Tell us about it", "Anything helps.", True)
    ]
    assert b"Tell us about it" in client.get("/f/spectrometer/").content


def test_a_second_form_has_an_address_of_its_own_and_may_be_closed(product, client):
    run("spectrometer", "--title", "First")

    path = run("spectrometer", "--title", "Second", "--closed").strip().removeprefix("http://localhost:8000")

    assert path not in ("", "/f/spectrometer/")
    assert Form.objects.get(title="Second").is_open is False


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["laser", "--title", "T"], "There is no product 'laser'; there are: spectrometer."),
        (["spectrometer", "--title", " "], "1 to 120 characters"),
        (["spectrometer", "--title", "T", "--intro", "x" * 401], "400 characters"),
    ],
)
def test_what_cannot_be_is_said(product, args, message):
    with pytest.raises(CommandError, match=message):
        run(*args)
    assert not Form.objects.exists()

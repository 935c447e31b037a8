"""The style guide shows every piece, twice."""

import pytest
from django.conf import settings

from apps.accounts.models import Role
from apps.dashboard import styleguide
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_every_section_stands_once_light_and_once_dark(client):
    client.force_login(UserFactory(role=Role.SCIENTIST))

    html = client.get("/styleguide/").content.decode()

    assert [html.count(f'<section class="guide-section" id="{section.key}"') for section in styleguide.SECTIONS] == [
        1 for _ in styleguide.SECTIONS
    ]
    assert (
        html.count('class="guide-pane" data-theme="light"') == html.count('class="guide-pane" data-theme="dark"') == 10
    )
    assert "style=" not in html


def test_every_section_has_its_template():
    folder = settings.BASE_DIR / "templates" / "dashboard" / "guide"

    assert {path.name for path in folder.glob("*.html")} == {f"_{section.key}.html" for section in styleguide.SECTIONS}


def test_every_colour_shown_is_a_token_and_has_its_swatch():
    css = settings.BASE_DIR / "static" / "css"
    tokens, swatches = (css / "tokens.css").read_text(), (css / "rooms" / "styleguide.css").read_text()

    assert [name for name in styleguide.COLOURS if f"  --{name}: light-dark(" not in tokens] == []
    assert [name for name in styleguide.COLOURS if f".guide-{name} " not in swatches] == []


def test_a_refused_form_names_each_error_once_on_top_and_once_at_its_field(client):
    client.force_login(UserFactory())

    html = client.get("/styleguide/").content.decode()

    assert html.count('<a href="#id_light-refused-email">') == 1
    assert html.count('id="id_light-refused-email_error"') == 1
    assert 'aria-describedby="id_light-refused-email_error"' in html


def test_the_guide_is_for_staff_and_reading(client):
    assert client.get("/styleguide/").status_code == 302
    client.force_login(UserFactory())

    assert client.post("/styleguide/").status_code == 405

"""A form that the widget asks."""

import pytest

from apps.feedback.models import Form
from tests.factories import make_form
from tests.feedback.widget.posting import SITE


@pytest.fixture
def nps(product, settings) -> Form:
    settings.FORM_MIN_SECONDS = 0.0
    return make_form(product=product, slug="nps", purpose="nps", frame_origins=[SITE])

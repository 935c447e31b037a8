"""Making public forms."""

import pytest
from django.core.exceptions import ValidationError

from apps.feedback.models import Form
from apps.feedback.services.public_forms import create_form
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def test_a_form_takes_its_address_from_its_product():
    product = ProductFactory(name="pH Meter")

    first = create_form(product=product, title=" How is it? ", intro=" Half a minute. ")
    second = create_form(product=product, title="After service", is_open=False)

    assert [(form.slug, form.title, form.intro, form.is_open) for form in (first, second)] == [
        ("ph-meter", "How is it?", "Half a minute.", True),
        ("ph-meter-2", "After service", "", False),
    ]


@pytest.mark.parametrize(
    ("title", "intro", "field"), [(" ", "", "title"), ("x" * 121, "", "title"), ("Fine", "x" * 401, "intro")]
)
def test_a_form_is_refused_by_field(title, intro, field):
    with pytest.raises(ValidationError) as refused:
        create_form(product=ProductFactory(), title=title, intro=intro)

    assert list(refused.value.message_dict) == [field]
    assert not Form.objects.exists()


def test_a_form_that_keeps_its_templates_title_speaks_every_language():
    kept = create_form(product=ProductFactory(), title="Report a problem", purpose="bug")
    own = create_form(product=ProductFactory(), title="My own title", purpose="bug")

    assert kept.current.definition["title"]["ar"] == "الإبلاغ عن مشكلة"
    assert sorted(kept.current.definition["title"]) == ["ar", "de", "en", "es", "fr"]
    assert own.current.definition["title"] == {"en": "My own title"}

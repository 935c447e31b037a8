"""What a form's questions were answered, beside the feedback: shown, found, read, and erased."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.feedback.models import Answer, Channel, Feedback
from apps.feedback.questionnaire.values import Value
from apps.feedback.services import Capture, capture, redact
from apps.feedback.services.capture import Answered
from apps.insight.services import read_feedback
from tests.factories import make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(product) -> Feedback:
    """An answer to the NPS form without words of its own, and a complaint in its other question."""
    form = make_form(purpose="nps", product=product, slug="nps", title="Recommend?")
    outcome = capture(
        Capture(
            product_id=product.pk,
            channel=Channel.FORM,
            text="",
            form_id=form.pk,
            form_version_id=form.current_id,
            answers=[
                Answered("recommend", Value(number=Decimal(2))),
                Answered("missed", Value(text="The zirconium lens is terrible and broke again.")),
            ],
        )
    )
    read_feedback([outcome.feedback_id])
    return Feedback.objects.get(pk=outcome.feedback_id)


def test_the_page_of_a_feedback_shows_its_answers(client, scientist, answered):
    client.force_login(scientist)

    page = client.get(reverse("workbench:feedback-detail", args=[answered.pk])).text

    assert "How likely are you to recommend us to a colleague?" in page
    assert "The zirconium lens is terrible and broke again." in page
    assert "Answered without words." in page


def test_the_list_says_that_there_are_no_words(client, scientist, answered):
    client.force_login(scientist)

    assert "Answered without words" in client.get("/feedback/").text


def test_words_of_answers_are_found_and_read(client, scientist, answered):
    client.force_login(scientist)

    assert [row.feedback for row in client.get("/feedback/?q=zirconium").context["rows"]] == [answered]
    assert answered.reading.sentiment == "negative"


def test_redaction_blanks_the_words_of_answers_and_keeps_the_rest(client, scientist, answered):
    redact([answered.pk])
    read_feedback([answered.pk])
    client.force_login(scientist)

    left = list(Answer.objects.order_by("id").values_list("question", "number", "text"))
    assert left == [("recommend", Decimal(2), ""), ("missed", None, "")]
    assert client.get("/feedback/?q=zirconium").context["rows"] == []


def test_an_anonymous_form_keeps_the_day_alone(product):
    form = make_form(purpose="anonymous", product=product, slug="quiet", title="Say it", is_anonymous=True)

    outcome = capture(
        Capture(
            product_id=product.pk,
            channel=Channel.FORM,
            text="Too loud.",
            form_id=form.pk,
            form_version_id=form.current_id,
            is_coarse=True,
        )
    )

    kept = Feedback.objects.get(pk=outcome.feedback_id)
    assert {kept.received_at.minute, kept.received_at.second, kept.captured_at.second} == {0}
    assert kept.received_at == kept.captured_at == kept.listed_at

"""Tags on words: chosen or typed, shown in the text, rejected, undone; never more than the text, never unescaped."""

import pytest

from apps.catalog.models import Visibility
from apps.feedback.services import redact
from apps.tagging.models import Tagging
from apps.tagging.services import confirm_tag
from apps.tagging.spans import Span
from apps.workbench.room.passages import Passage, shown_words
from tests.factories import FeedbackFactory, TagFactory, UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TEXT = "The <b>stage</b> drifts. Else it is fine."


@pytest.fixture
def feedback(product):
    return FeedbackFactory(product=product, text=TEXT)


def told() -> list[tuple]:
    return list(Tagging.objects.order_by("id").values_list("tag__name", "state", "span_start", "span_end"))


def test_words_are_tagged_as_typed_or_by_their_place_and_shown_escaped(client, scientist, feedback):
    tag = TagFactory(name="<i>Drift</i>")
    client.force_login(scientist)
    address = f"/feedback/{feedback.pk}/tags/"

    typed = client.post(address, {"slug": tag.slug, "quoted": "the <b>stage</b>"}, headers=HTMX)
    placed = client.post(address, {"slug": tag.slug, "quoted": "drifts", "span_start": "17", "span_end": "24"})

    assert (typed.status_code, placed.status_code) == (200, 302)
    assert told() == [(tag.name, "confirmed", 0, 16), (tag.name, "confirmed", 17, 24)]
    pk = Tagging.objects.earliest("id").pk
    mark = f'<span class="span-begin" id="span-{pk}"><mark class="span-mark">The &lt;b&gt;stage&lt;/b&gt;</mark></span>'
    assert mark in typed.content.decode()
    assert 'hx-swap-oob="true"' in typed.content.decode()
    page = client.get(f"/feedback/{feedback.pk}/").content.decode()
    assert mark in page
    assert f'href="#span-{pk}" data-not-words>&lt;i&gt;Drift&lt;/i&gt;</a>' in page
    assert "<i>Drift" not in page
    assert "<b>stage" not in page


@pytest.mark.parametrize(
    "sent",
    [
        {"quoted": "not there"},
        {"quoted": "it", "span_start": "0", "span_end": "9999"},
        {"quoted": "x" * 2001},
        {"span_start": "-1", "span_end": "4"},
        {"span_start": "5", "span_end": "5"},
    ],
)
def test_words_that_are_not_there_are_told_and_nothing_is_said(client, scientist, feedback, sent):
    client.force_login(scientist)

    page = client.post(f"/feedback/{feedback.pk}/tags/", {"slug": TagFactory().slug, **sent})

    assert (page.status_code, told()) == (422, [])


def test_one_passage_is_rejected_by_itself_and_that_is_undone(client, scientist, feedback):
    tag, other = TagFactory(), UserFactory()
    first = confirm_tag(feedback_id=feedback.pk, tag=tag, user=other, span=Span(0, 3))
    confirm_tag(feedback_id=feedback.pk, tag=tag, user=other, span=Span(17, 24))
    client.force_login(scientist)
    address = f"/feedback/{feedback.pk}/spans/{first.pk}/reject/"

    answers = [client.post(address, headers=HTMX).status_code for _ in range(2)]
    page = client.get(f"/feedback/{feedback.pk}/").content.decode()

    assert answers == [200, 200]
    assert [row[1:] for row in told()] == [("rejected", 0, 3), ("confirmed", 17, 24), ("rejected", 0, 3)]
    assert f'id="span-{first.pk}"' not in page
    assert 'name="span_start" value="0"' in page
    client.post(f"/feedback/{feedback.pk}/tags/", {"slug": tag.slug, "span_start": "0", "span_end": "3"})
    assert f'id="span-{first.pk}"' in client.get(f"/feedback/{feedback.pk}/").content.decode()


def test_a_tagging_of_the_whole_or_of_other_feedback_is_no_passage_of_this(client, scientist, feedback):
    tag = TagFactory()
    whole = confirm_tag(feedback_id=feedback.pk, tag=tag, user=scientist)
    hidden = FeedbackFactory(text=TEXT, visibility=Visibility.RESTRICTED)
    elsewhere = confirm_tag(feedback_id=hidden.pk, tag=tag, user=UserFactory(), span=Span(0, 3))
    client.force_login(scientist)

    statuses = [
        client.post(f"/feedback/{feedback_id}/spans/{tagging_id}/reject/").status_code
        for feedback_id, tagging_id in ((feedback.pk, whole.pk), (feedback.pk, elsewhere.pk), (hidden.pk, elsewhere.pk))
    ]

    assert statuses == [404, 404, 404]
    assert {row[1] for row in told()} == {"confirmed"}
    assert client.get(f"/feedback/{feedback.pk}/spans/{whole.pk}/reject/").status_code == 405


def test_erased_words_show_no_passage_even_before_the_tagging_heard_of_it(client, scientist, feedback):
    confirm_tag(feedback_id=feedback.pk, tag=TagFactory(), user=scientist, span=Span(0, 3))
    redact([feedback.pk])
    client.force_login(scientist)

    page = client.get(f"/feedback/{feedback.pk}/").content.decode()

    assert "span-mark" not in page
    assert "id_quoted" not in page


def test_a_search_and_passages_are_marked_together_and_join_to_the_text():
    tag = TagFactory()
    passage = Passage(1, tag, Span(7, 22), "", [], is_confirmed=True)

    runs = shown_words(TEXT, "drifts", [passage])

    assert "".join(run.text for run in runs) == TEXT
    assert [(run.text, run.is_match, bool(run.covers)) for run in runs if run.is_match or run.covers] == [
        ("stage</b> ", False, True),
        ("drift", True, True),
        ("s", True, False),
    ]

"""What the script needs to know of a form: its questions where it can ask them itself, its words in one language."""

from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.core.languages import platform_language
from apps.feedback.pages import RIGHT_TO_LEFT
from apps.feedback.questionnaire.answers import most_characters
from apps.feedback.questionnaire.schema import Kind, Question, Questionnaire, Rule, say
from apps.feedback.selectors import PublicForm, questionnaire_of

Json = dict[str, object]

MOST = 6  # questions: what asks for more opens as a page of its own, in a frame
KINDS = frozenset(
    {
        Kind.SHORT_TEXT,
        Kind.LONG_TEXT,
        Kind.EMAIL,
        Kind.SINGLE_CHOICE,
        Kind.STARS,
        Kind.SMILEYS,
        Kind.NPS,
        Kind.CSAT,
        Kind.CES,
        Kind.CONSENT,
    }
)


def can_be_asked_inline(made: Questionnaire) -> bool:
    """Tell whether the script asks these questions itself: few, simple, one after the other."""
    asked = list(made.questions)
    return (
        0 < len(asked) <= MOST
        and all(one.kind in KINDS and not one.has_other for one in asked)
        and not any(page.jumps or page.title or page.intro for page in made.pages)
        and not any("[[" in words for one in asked for words in (*one.label.values(), *one.help.values()))
    )


@lru_cache(maxsize=256)
def description(form: PublicForm, language: str) -> Json:
    """Return all that the script shows of a form which is open, in ``language``, one of the form's."""
    made = questionnaire_of(form.version_id)
    is_inline = can_be_asked_inline(made)
    with override(platform_language(language)):
        return {
            "form": form.slug,
            "is_open": True,
            "language": language,
            "is_right_to_left": language.partition("-")[0] in RIGHT_TO_LEFT,
            "title": say(made.title, language) or form.title,
            "intro": say(made.intro, language),
            "thanks": say(made.thanks, language),
            "is_anonymous": form.is_anonymous,
            "questions": list(_questions(made, language)) if is_inline else [],
            "cooldown_days": settings.WIDGET_COOLDOWN_DAYS,
            "words": _words(),
        }


def _questions(made: Questionnaire, language: str) -> Iterator[Json]:
    for one in made.questions:
        yield {
            "key": one.key,
            "kind": one.kind.value,
            "label": say(one.label, language),
            "help": say(one.help, language),
            "is_required": one.is_required,
            "scale": list(one.scale) if one.scale else [],
            "low": say(one.low_label, language),
            "high": say(one.high_label, language),
            "choices": [[choice.key, say(choice.label, language)] for choice in one.choices],
            "characters": _characters(one),
            "role": one.role.value,
            "when": _rule(one.show_when),
        }


def _characters(question: Question) -> int:
    """Return the most that a line takes; 0 for long words, of which nothing is cut while they are typed."""
    return most_characters(question) if question.kind in (Kind.SHORT_TEXT, Kind.EMAIL) else 0


def _rule(rule: Rule | None) -> Json | None:
    if rule is None:
        return None
    return {"any": rule.is_any, "of": [[one.question, one.test.value, one.value] for one in rule.conditions]}


def _words() -> dict[str, str]:
    """Return what the script says itself. The active language counts."""
    return {
        "button": _("Feedback"),
        "close": _("Close"),
        "answer": _("Answer"),
        "not_now": _("Not now"),
        "send": _("Send feedback"),
        "sending": _("Sending…"),
        "optional": _("(optional)"),
        "missing": _("Answer this question."),
        "problem": _("There is a problem"),
        "thanks": _("Thank you, we have it"),
        "receipt": _("See what you sent"),
        "kept": _("Thank you. This browser keeps it and sends it as soon as we can be reached."),
        "not_kept": _("This could not be sent, and there is no room to keep it here. Please try again later."),
        "closed": _("This form takes no answers any more."),
        "wait": _("That was a lot at once. Please wait a minute and send it again."),
        "anonymous": _("This form is anonymous: no name, no address and no hour is kept."),
        "new_window": _("Open the form in a new window"),
    }

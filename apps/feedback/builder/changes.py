"""What a new version asks otherwise than the old one, in words. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.feedback.pages import language_name
from apps.feedback.questionnaire.schema import (
    KIND_LABELS,
    PURPOSE_LABELS,
    ROLE_LABELS,
    Choice,
    Page,
    Question,
    Questionnaire,
    Text,
    say,
)


class Change(NamedTuple):
    """``kind``: added, removed, changed; ``question``: the key of a question that goes, else ""."""

    kind: str
    text: str
    details: tuple[str, ...] = ()
    question: str = ""


def compare(old: Questionnaire, new: Questionnaire) -> list[Change]:
    """Return what somebody who publishes ``new`` after ``old`` should know; empty: the two ask the same."""
    return [*_removed(old, new), *_added(old, new), *_altered(old, new), *_pages(old, new), *_whole(old, new)]


def _name(question: Question, made: Questionnaire) -> str:
    return say(question.label, made.language) or question.key


def _removed(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    for question in old.questions:
        if question.key not in new.by_key:
            told = _("“%(question)s” is asked no longer.") % {"question": _name(question, old)}
            yield Change("removed", told, question=question.key)


def _added(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    for question in new.questions:
        if question.key not in old.by_key:
            values = {"question": _name(question, new), "kind": KIND_LABELS[question.kind]}
            yield Change("added", _("“%(question)s” is asked, as: %(kind)s.") % values)


def _altered(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    for question in new.questions:
        before = old.by_key.get(question.key)
        details = tuple(_details(before, question, old, new)) if before else ()
        if details:
            told = _("“%(question)s” is asked differently.") % {"question": _name(question, new)}
            yield Change("changed", told, details)


def _details(old: Question, new: Question, before: Questionnaire, after: Questionnaire) -> Iterator[str]:
    language = after.language
    if say(old.label, language) != say(new.label, language):
        yield _("It read “%(old)s”.") % {"old": say(old.label, language)}
    if old.kind != new.kind:
        values = {"old": KIND_LABELS[old.kind], "new": KIND_LABELS[new.kind]}
        yield _("It was %(old)s and becomes %(new)s.") % values
    if old.is_required != new.is_required:
        yield _("It has to be answered.") if new.is_required else _("It no longer has to be answered.")
    yield from _choices(old.choices, new.choices, language, is_rows=False)
    yield from _choices(old.rows, new.rows, language, is_rows=True)
    if old.show_when != new.show_when:
        yield _("It is shown under another condition.") if new.show_when else _("It is always shown.")
    if old.role != new.role:
        yield _("It means: %(role)s.") % {"role": ROLE_LABELS[new.role]}
    if old.purpose != new.purpose and new.purpose:
        yield _("The consent is: %(purpose)s.") % {"purpose": PURPOSE_LABELS[new.purpose]}
    if _limits(old) != _limits(new):
        yield _("What may be answered has other limits.")
    if say(old.help, language) != say(new.help, language) or _ends(old, language) != _ends(new, language):
        yield _("Its help text or the names of its ends read differently.")
    yield from _words(_texts_of(old), _texts_of(new), before, after)


def _limits(question: Question) -> tuple[object, ...]:
    return (
        question.at_least,
        question.at_most,
        question.unit,
        question.characters,
        question.picks,
        question.has_other,
    )


def _ends(question: Question, language: str) -> tuple[str, str]:
    return say(question.low_label, language), say(question.high_label, language)


def _choices(old: tuple[Choice, ...], new: tuple[Choice, ...], language: str, *, is_rows: bool) -> Iterator[str]:
    before = {choice.key: say(choice.label, language) for choice in old}
    after = {choice.key: say(choice.label, language) for choice in new}
    for key in before.keys() - after.keys():
        yield (_("Row taken out: “%(name)s”.") if is_rows else _("Choice taken out: “%(name)s”.")) % {
            "name": before[key]
        }
    for key in (key for key in after if key not in before):
        yield (_("New row: “%(name)s”.") if is_rows else _("New choice: “%(name)s”.")) % {"name": after[key]}
    for key in (key for key in after if before.get(key, after[key]) != after[key]):
        yield _("“%(old)s” becomes “%(new)s”.") % {"old": before[key], "new": after[key]}
    kept = [key for key in before if key in after]
    if kept != [key for key in after if key in before]:
        yield _("They stand in another order.")


def _texts_of(question: Question) -> list[Text]:
    labels = [choice.label for choice in (*question.choices, *question.rows)]
    return [question.label, question.help, question.low_label, question.high_label, *labels]


def _words(old: list[Text], new: list[Text], before: Questionnaire, after: Questionnaire) -> Iterator[str]:
    """Tell of translations that changed, in the languages that both have."""
    for language in after.languages[1:]:
        is_known = language in before.languages
        if is_known and [text.get(language, "") for text in old] != [text.get(language, "") for text in new]:
            yield _("Its translation (%(language)s) reads differently.") % {"language": language_name(language)}


def _pages(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    before = {page.key: page for page in old.pages}
    after = {page.key: page for page in new.pages}
    for key, page in after.items():
        if key not in before:
            yield Change("added", _("A page is added: %(page)s.") % {"page": _page_name(page, new)})
        elif before[key].jumps != page.jumps:
            yield Change("changed", _("%(page)s leads on in another way.") % {"page": _page_name(page, new)})
    for key in before:
        if key not in after:
            yield Change("removed", _("A page is gone: %(page)s.") % {"page": _page_name(before[key], old)})
    if _order(old, new) != _order(new, old):
        yield Change("changed", _("Questions stand in another order or on another page."))
    if any(_heads(before[key], old, new) != _heads(page, old, new) for key, page in after.items() if key in before):
        yield Change("changed", _("The words at the head of pages read differently."))


def _page_name(page: Page, made: Questionnaire) -> str:
    return say(page.title, made.language) or _("Page %(number)s") % {"number": made.pages.index(page) + 1}


def _order(made: Questionnaire, other: Questionnaire) -> list[tuple[str, str]]:
    pages = {page.key for page in other.pages}
    return [
        (page.key if page.key in pages else "", question.key)
        for page in made.pages
        for question in page.questions
        if question.key in other.by_key
    ]


def _heads(page: Page, old: Questionnaire, new: Questionnaire) -> list[Mapping[str, str]]:
    return [_in_both(page.title, old, new), _in_both(page.intro, old, new)]


def _in_both(text: Text, old: Questionnaire, new: Questionnaire) -> Mapping[str, str]:
    """Return what ``text`` says in the languages that both have: of others it is told that they come or go."""
    return {language: words for language, words in text.items() if language in {*old.languages} & {*new.languages}}


def _whole(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    for name, told in (
        ("title", _("The title reads differently.")),
        ("intro", _("The introduction reads differently.")),
        ("thanks", _("The words of thanks read differently.")),
    ):
        if _in_both(getattr(old, name), old, new) != _in_both(getattr(new, name), old, new):
            yield Change("changed", told)
    for language in new.languages:
        if language not in old.languages:
            yield Change("added", _("A language is added: %(language)s.") % {"language": language_name(language)})
    for language in old.languages:
        if language not in new.languages:
            yield Change("removed", _("A language is gone: %(language)s.") % {"language": language_name(language)})
    if old.hidden != new.hidden:
        yield Change("changed", _("Other hidden fields are taken from the address."))

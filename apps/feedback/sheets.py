"""A form as it comes in: one page of it, or all at once. Read by hand: Django forms cost more than all the rest.

Every page posts what the pages before it were given, in hidden fields, so nothing is kept here in between and it works
without scripts. What counts in the end is read again from the beginning, along the path that the answers lead.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.feedback.normalise import LINE_LIMIT, normalise_line
from apps.feedback.questionnaire import answers, logic
from apps.feedback.questionnaire.answers import Sent, Values
from apps.feedback.questionnaire.schema import OTHER, TEXT_KINDS, Kind, Question, Questionnaire, Role, say
from apps.feedback.services.capture import Answered, Consented
from apps.feedback.services.people import Person, normalise_person
from apps.feedback.services.submission import Entry

TRAP = "website"  # hidden from people
HIDDEN = "hidden."  # before the name of a hidden field
CARRIED_CHARACTERS = 25_000  # of one field that is handed on to the next page
# What has a column of the feedback's own is not kept a second time as an answer.
COLUMNS = frozenset({Role.WORDS, Role.RATING, Role.NAME, Role.EMAIL, Role.VERSION, Role.CONTEXT})


@dataclass
class Sheet:
    """What was sent of ``made``: read page by page until one has errors, or all of it.

    ``page`` is the page that was sent, None for all at once. ``errors`` are by question, of page ``wrong_page``.
    """

    made: Questionnaire
    sent: Sent
    page: int | None
    given: dict[str, Values] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    wrong_page: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)  # why a question's files were not taken

    def __post_init__(self) -> None:
        number = logic.first_page(self.made, {})
        self.seen: list[int] = []
        while number is not None and not self.errors:
            self.seen.append(number)
            self._read_page(number)
            if number == self.page:
                return
            number = logic.next_page(self.made, number, self.given)

    def _read_page(self, number: int) -> None:
        for question in self.made.pages[number].questions:
            if not logic.holds(question.show_when, self.given):
                continue
            try:
                if question.key in self.refused:
                    raise ValidationError(self.refused[question.key])
                values = answers.read(question, self.sent)
            except ValidationError as error:
                self.errors[question.key], self.wrong_page = error.messages[0], number
            else:
                if values:
                    self.given[question.key] = values

    @property
    def is_trap_sprung(self) -> bool:
        return bool(self.sent.get(TRAP, ""))

    @cached_property
    def next_page(self) -> int | None:
        """The page after the one that was sent; None: this was the last, or all.

        Of a page that these answers do not lead to: the next one they do.
        """
        if self.page is None or self.page in self.seen:
            return None if self.page is None else logic.next_page(self.made, self.page, self.given)
        return next((number for number in self.seen if number > self.page), None)

    @property
    def page_before(self) -> int:
        """The page to go back to, by the way the answers led here."""
        return self.seen[-2] if len(self.seen) > 1 else self.seen[0] if self.seen else 0

    def entry(self, *, is_anonymous: bool, language: str = "") -> Entry | None:
        """Return what was sent as one thing to capture; None, with ``errors``, where nothing is in it.

        ``language``: that in which the form was shown, whose words a consent was given to.
        """
        texts = {role: self._text(role) for role in (Role.WORDS, Role.NAME, Role.EMAIL, Role.VERSION)}
        person = self._person(texts[Role.NAME], texts[Role.EMAIL]) if not is_anonymous else None
        if not (self.given or self.errors):
            self._refuse_nothing()
        if self.errors:
            return None
        return Entry(
            text=texts[Role.WORDS],
            rating=self._rating(),
            person=person,
            version=texts[Role.VERSION],
            context=self._context(is_anonymous=is_anonymous),
            answers=tuple(self._kept(is_anonymous=is_anonymous)),
            consents=tuple(self._consents(language or self.made.language)),
            files=() if is_anonymous else tuple(self._files()),
        )

    def _consents(self, language: str) -> Iterator[Consented]:
        """Yield the consents given, each with the words that stood beside its box."""
        for question in self.made.questions:
            if question.purpose and question.key in self.given:
                words = logic.pipe(say(question.label, language), self.made, self.given, language)
                yield Consented(question.purpose.value, words, language)

    def _refuse_nothing(self) -> None:
        asked = logic.asked(self.made, self.given) or list(self.made.questions)
        first = next((one for one in asked if one.role == Role.WORDS), asked[0])
        self.errors[first.key] = _("Answer at least one question.")
        self.wrong_page = _page_of(self.made, first)

    def _text(self, role: Role) -> str:
        question = self.made.by_role.get(role)
        values = self.given.get(question.key, ()) if question else ()
        if question is None or not values:
            return ""
        if role == Role.VERSION:  # may be chosen; what the column cannot take is cut: it says where, not what
            return logic.spell(question, values, self.made.language)[: answers.ROLE_CHARACTERS[role]]
        return values[0].text

    def _person(self, name: str, email: str) -> Person | None:
        try:
            return normalise_person(Person(email=email, name=name))
        except ValidationError as error:
            for wrong in error.message_dict:
                role = Role.EMAIL if wrong == "customer_email" else Role.NAME
                question = self.made.by_role.get(role)
                if question:
                    self.errors[question.key] = error.message_dict[wrong][0]
                    self.wrong_page = _page_of(self.made, question)
            return None

    def _rating(self) -> int | None:
        question = self.made.by_role.get(Role.RATING)
        values = self.given.get(question.key, ()) if question else ()
        return int(values[0].number) if values and values[0].number is not None else None

    def _context(self, *, is_anonymous: bool) -> dict[str, str]:
        """Return the circumstances; an anonymous form's without what its address brought: that may lead to a person."""
        found = {
            question.key: _line(logic.spell(question, self.given[question.key], self.made.language)[:LINE_LIMIT])
            for question in self.made.questions
            if question.role == Role.CONTEXT and question.key in self.given
        }
        for name in () if is_anonymous else self.made.hidden:
            line = _line(self.sent.get(f"{HIDDEN}{name}", ""))
            if line:
                found[name] = line
        return found

    def _files(self) -> Iterator[str]:
        for question in self.made.questions:
            if question.kind == Kind.FILE:
                yield from (value.choice for value in self.given.get(question.key, ()))

    def _kept(self, *, is_anonymous: bool) -> Iterator[Answered]:
        for question in self.made.questions:
            if question.role not in COLUMNS and not (is_anonymous and question.is_personal):
                for value in self.given.get(question.key, ()):
                    yield Answered(question.key, value)


def carried(made: Questionnaire, sent: Sent, *, but: Iterable[Question]) -> Iterator[tuple[str, str]]:
    """Return the names and values of every answer sent, but for those asked anew: what the next page hands on."""
    anew = {question.key for question in but}
    for question in made.questions:
        if question.key in anew:
            continue
        for name in names_of(question):
            for value in sent.getlist(name)[:60]:
                if value:
                    yield name, value[:CARRIED_CHARACTERS]
    for name in made.hidden:
        value = sent.get(f"{HIDDEN}{name}", "")
        if value:
            yield f"{HIDDEN}{name}", value[:CARRIED_CHARACTERS]


def words_in(made: Questionnaire, sent: Sent) -> list[str]:
    """Return what somebody wrote in their own words: for a page that takes nothing, and gives them back."""
    written = [question for question in made.questions if question.kind in TEXT_KINDS or question.has_other]
    names = [f"{one.key}.{OTHER}" if one.has_other else one.key for one in written]
    return [value for name in names for value in sent.getlist(name)[:1] if value.strip()]


def names_of(question: Question) -> list[str]:
    """Return the names of the fields that answer ``question``."""
    if question.kind == Kind.MATRIX:
        return [f"{question.key}.{row.key}" for row in question.rows]
    if question.kind == Kind.RANKING:
        return [f"{question.key}.{choice.key}" for choice in question.choices]
    return [question.key, f"{question.key}.{OTHER}"] if question.has_other else [question.key]


def read_page_number(raw: str, made: Questionnaire) -> int | None:
    """Return the page that was sent, None for all at once, or for what is no page."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 and int(raw) < len(made.pages) else None


def _page_of(made: Questionnaire, question: Question) -> int:
    return next(number for number, page in enumerate(made.pages) if question in page.questions)


def _line(raw: str) -> str:
    """Return a hidden field's value; what cannot be kept was not typed by a person, and is left out."""
    try:
        return normalise_line(raw)
    except ValidationError:
        return ""

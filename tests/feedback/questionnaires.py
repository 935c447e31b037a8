"""Questionnaires for tests: short ways to write one, and Hypothesis strategies for any that can be published."""

from decimal import Decimal
from typing import Any

from django.http import QueryDict
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from apps.feedback.questionnaire import definition
from apps.feedback.questionnaire.schema import (
    CAN_HAVE_OTHER,
    CHOICE_KINDS,
    END,
    OTHER,
    SCALES,
    TESTS_WITHOUT_VALUE,
    YES,
    Choice,
    Condition,
    Jump,
    Kind,
    Page,
    Purpose,
    Question,
    Questionnaire,
    Role,
    Rule,
    Test,
)

Json = dict[str, Any]  # Any: a definition as JSON

# A busy machine is slow at making questionnaires; that is no fault of theirs.
calmly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ask(key: str, kind: str = "short_text", **more: Any) -> Json:  # Any: whatever a question holds
    return {"key": key, "kind": kind, "label": {"en": f"Label of {key}"}, **more}


def choices(*keys: str) -> list[Json]:
    return [{"key": key, "label": {"en": f"Choice {key}"}} for key in keys]


def when(question: str, test: str, value: str = "", **more: Any) -> Json:  # Any: further conditions
    return {"all": [{"question": question, "test": test, "value": value}], **more}


def page(key: str, *questions: Json, **more: Any) -> Json:  # Any: whatever a page holds
    return {"key": key, "questions": list(questions), **more}


def defined(*pages: Json, **more: Any) -> Json:  # Any: whatever a definition holds
    return {"languages": ["en"], "title": {"en": "A form"}, "pages": list(pages), **more}


def made_of(*pages: Json, **more: Any) -> Questionnaire:  # Any: whatever a definition holds
    return definition.read(defined(*pages, **more))


def question_of(kind: str, **more: Any) -> Question:  # Any: whatever a question holds
    return made_of(page("page-1", ask("q", kind, **more))).by_key["q"]


def sent(**fields: str | list[str]) -> QueryDict:
    """Return what a browser posts; a name's first ``__`` is the dot."""
    posted = QueryDict(mutable=True)
    for name, value in fields.items():
        posted.setlist(name.replace("__", ".", 1), value if isinstance(value, list) else [value])
    return posted


# --- any questionnaire that can be published ----------------------------------------------------------------------

LANGUAGES = ("en", "de")
plain = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@st.composite
def texts(draw: st.DrawFn, *, is_required: bool = True) -> dict[str, str]:
    said = {language: draw(plain) for language in LANGUAGES}
    if draw(st.booleans()):
        del said["de"]
    return said if is_required or draw(st.booleans()) else {}


def choices_of(prefix: str) -> st.SearchStrategy[tuple[Choice, ...]]:
    labels = st.lists(texts(), min_size=2, max_size=4)
    return labels.map(lambda found: tuple(Choice(f"{prefix}{n}", label) for n, label in enumerate(found)))


@st.composite
def questions(draw: st.DrawFn, key: str, earlier: list[Question]) -> Question:
    kind = draw(st.sampled_from(Kind))
    numbers = sorted(draw(st.lists(st.decimals(-1000, 1000, places=3), min_size=2, max_size=2)))
    return Question(
        key=key,
        kind=kind,
        label=draw(texts()),
        help=draw(texts(is_required=False)),
        role=draw(st.sampled_from([Role.NONE, Role.CONTEXT])) if kind == Kind.SHORT_TEXT else Role.NONE,
        is_required=draw(st.booleans()) and kind != Kind.FILE,  # a file has to be there first
        choices=draw(choices_of("c")) if kind in CHOICE_KINDS else (),
        rows=draw(choices_of("r")) if kind == Kind.MATRIX else (),
        has_other=kind in CAN_HAVE_OTHER and draw(st.booleans()),
        at_least=numbers[0] if kind == Kind.NUMBER else None,
        at_most=numbers[1] if kind == Kind.NUMBER else None,
        unit=draw(plain) if kind == Kind.NUMBER else "",
        picks=draw(st.integers(0, 2)) if kind == Kind.MULTIPLE_CHOICE else 0,
        low_label=draw(texts(is_required=False)),
        purpose=draw(st.sampled_from(Purpose)) if kind == Kind.CONSENT else None,
        show_when=draw(rules(earlier)) if earlier and draw(st.booleans()) else None,
    )


@st.composite
def rules(draw: st.DrawFn, earlier: list[Question]) -> Rule:
    return Rule(tuple(draw(st.lists(conditions(earlier), min_size=1, max_size=2))), draw(st.booleans()))


@st.composite
def conditions(draw: st.DrawFn, earlier: list[Question]) -> Condition:
    asked = draw(st.sampled_from(earlier))
    sized = asked.scale is not None or asked.kind == Kind.NUMBER
    tests = [one for one in Test if sized or one not in (Test.AT_LEAST, Test.AT_MOST)]
    test = draw(st.sampled_from(tests))
    if test in TESTS_WITHOUT_VALUE:
        return Condition(asked.key, test)
    if asked.choices:
        return Condition(asked.key, test, draw(st.sampled_from(asked.choice_keys)))
    return Condition(asked.key, test, str(draw(st.integers(0, 10))))


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """Any questionnaire of up to four pages, with conditions and jumps."""
    count = draw(st.integers(1, 4))
    earlier: list[Question] = []
    pages = []
    for number in range(count):
        here = []
        for index in range(draw(st.integers(0 if number else 1, 3))):
            one = draw(questions(f"q{number}{index}", earlier))
            here.append(one)
            earlier.append(one)
        targets = [*(f"page-{later}" for later in range(number + 1, count)), END]
        jump = st.builds(Jump, rules(list(earlier)), st.sampled_from(targets))
        pages.append(
            Page(
                key=f"page-{number}",
                title=draw(texts(is_required=False)),
                intro=draw(texts()) if not here else {},
                questions=tuple(here),
                jumps=tuple(draw(st.lists(jump, max_size=2))),
            )
        )
    return Questionnaire(LANGUAGES, draw(texts()), draw(texts(is_required=False)), tuple(pages), hidden=("case",))


@st.composite
def posts(draw: st.DrawFn, made: Questionnaire) -> QueryDict:
    """What somebody could have answered: each question well, or not at all."""
    posted = QueryDict(mutable=True)
    for question in made.questions:
        if question.is_required or draw(st.booleans()):
            for name, value in draw(fields_of(question)):
                posted.appendlist(name, value)
    return posted


@st.composite
def fields_of(draw: st.DrawFn, question: Question) -> list[tuple[str, str]]:
    key, keys = question.key, list(question.choice_keys)
    if question.kind == Kind.FILE:
        return []
    if question.kind in SCALES:
        return [(key, str(draw(st.sampled_from(list(SCALES[question.kind])))))]
    if question.kind in CAN_HAVE_OTHER:
        most = question.picks or len(keys) if question.kind == Kind.MULTIPLE_CHOICE else 1
        picked = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=most, unique=True))
        other = [(f"{key}.{OTHER}", draw(plain))] if OTHER in picked and draw(st.booleans()) else []
        return [*((key, one) for one in picked), *other]
    if question.kind == Kind.MATRIX:
        return [(f"{key}.{row.key}", draw(st.sampled_from(keys))) for row in question.rows]
    if question.kind == Kind.RANKING:
        order = draw(st.permutations(keys))
        return [(f"{key}.{one}", str(place)) for place, one in enumerate(order, start=1)]
    simple: dict[Kind, st.SearchStrategy[str]] = {
        Kind.NUMBER: st.decimals(question.at_least or Decimal(0), question.at_most or Decimal(1), places=3).map(str),
        Kind.DATE: st.dates().filter(lambda day: 1900 <= day.year < 2100).map(str),
        Kind.EMAIL: st.just("ada@example.org"),
        Kind.CONSENT: st.just(YES),
    }
    return [(key, draw(simple.get(question.kind, plain)))]

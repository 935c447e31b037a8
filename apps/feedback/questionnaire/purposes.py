"""Forms to begin with, one for each common purpose, with their words in every language that is translated."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from apps.feedback.questionnaire.schema import Kind

Words = str | Promise
Json = dict[str, Any]  # Any: a definition as JSON, see ``definition``

ENDS: Mapping[Kind, tuple[Words, Words]] = {
    Kind.SMILEYS: (_("Very bad"), _("Very good")),
    Kind.NPS: (_("Not at all likely"), _("Extremely likely")),
    Kind.CSAT: (_("Very dissatisfied"), _("Very satisfied")),
    Kind.CES: (_("Strongly disagree"), _("Strongly agree")),
}


class Template(NamedTuple):
    """``make`` returns a definition whose texts are still lazy; ``is_anonymous`` is how such a form begins."""

    name: Words
    about: Words
    make: Callable[[], Json]
    is_anonymous: bool = False


def definition_of(purpose: str, languages: Iterable[str]) -> Json:
    """Return the definition for ``purpose`` with its texts in ``languages``; the first is the form's own."""
    codes = list(languages)
    return {**_said(TEMPLATES[purpose].make(), codes), "languages": codes}


def ends_of(kind: Kind, languages: Iterable[str]) -> Json:
    """Return the usual words at the ends of a scale of ``kind``, in ``languages``; {} where there are none."""
    ends = ENDS.get(kind)
    return _said({"low_label": ends[0], "high_label": ends[1]}, list(languages)) if ends else {}


def _said(found: Any, languages: list[str]) -> Any:  # Any: JSON with lazy texts in it
    if isinstance(found, Promise):
        said = {}
        for language in languages:
            with override(language):
                said[language] = str(found)
        return said
    if isinstance(found, Mapping):
        return {name: _said(value, languages) for name, value in found.items()}
    if isinstance(found, list):
        return [_said(one, languages) for one in found]
    return found


def _ask(key: str, kind: str, label: Words, **more: Any) -> Json:  # Any: whatever a question holds
    return {"key": key, "kind": kind, "label": label, **more}


def _choice(key: str, label: Words) -> Json:
    return {"key": key, "label": label}


def _page(key: str, *questions: Json, **more: Any) -> Json:  # Any: whatever a page holds
    return {"key": key, "questions": list(questions), **more}


def _form(title: Words, intro: Words, *pages: Json, **more: Any) -> Json:  # Any: whatever a definition holds
    return {"title": title, "intro": intro, "pages": list(pages), **more}


def _words(label: Words, **more: Any) -> Json:  # Any: whatever a question holds
    asked = _("In your own words, up to 20,000 characters. Please leave out passwords and patient data.")
    return _ask("text", "long_text", label, **{"role": "words", "is_required": True, "help": asked, **more})


def _about_you() -> list[Json]:
    return [
        _ask("name", "short_text", _("Your name"), role="name", characters=150),
        _ask("email", "email", _("E-mail"), role="email", help=_("We write to you only about what you tell us here.")),
    ]


def _where_it_was() -> list[Json]:
    return [
        _ask(
            "version",
            "short_text",
            _("Version"),
            role="version",
            help=_("Of the software or firmware, such as 4.2.1"),
            characters=60,
        ),
        _ask("instrument", "short_text", _("Instrument"), role="context", help=_("Model or serial number")),
        _ask("method", "short_text", _("Method"), role="context", help=_("What you were measuring or preparing")),
    ]


def _consent(purpose: str, label: Words) -> Json:
    return _ask(f"consent-{purpose.replace('_', '-')}", "consent", label, purpose=purpose)


def _contact() -> Json:
    return _consent("contact", _("You may contact me about what I have said here."))


def product_feedback() -> Json:
    return _form(
        _("Tell us what you think"),
        "",
        _page(
            "page-1",
            _words(_("What happened?")),
            _ask(
                "rating",
                "smileys",
                _("How did it feel?"),
                role="rating",
                low_label=_("Very bad"),
                high_label=_("Very good"),
            ),
            *_about_you(),
            *_where_it_was(),
        ),
    )


def bug_report() -> Json:
    often = [
        _choice("always", _("Every time")),
        _choice("often", _("Often")),
        _choice("sometimes", _("Now and then")),
        _choice("once", _("Once")),
    ]
    stops = [
        _choice("stops", _("I cannot work")),
        _choice("slows", _("I can work around it")),
        _choice("annoys", _("It is a nuisance")),
    ]
    return _form(
        _("Report a problem"),
        _("The more we can reproduce, the sooner we can mend it."),
        _page(
            "page-1",
            _words(_("What went wrong?"), help=_("What did you do, what did you expect, and what happened instead?")),
            _ask("frequency", "single_choice", _("How often does it happen?"), choices=often),
            _ask("impact", "single_choice", _("What does it keep you from?"), choices=stops, is_required=True),
            _ask("since", "date", _("Since when?")),
            *_where_it_was(),
        ),
        _page("page-2", *_about_you(), _contact(), title=_("May we come back to you?")),
    )


def feature_request() -> Json:
    weight = [
        _choice("must", _("I cannot do my work without it")),
        _choice("helps", _("It would save me time")),
        _choice("nice", _("It would be nice")),
    ]
    return _form(
        _("Suggest an improvement"),
        _("Tell us what you are trying to do, rather than how we should build it."),
        _page(
            "page-1",
            _words(_("What would you like to be able to do?")),
            _ask("today", "long_text", _("How do you do it today?"), characters=4000),
            _ask("weight", "single_choice", _("How much does it matter to you?"), choices=weight),
            *_about_you(),
            _contact(),
        ),
    )


def nps() -> Json:
    return _form(
        _("Would you recommend us?"),
        "",
        _page(
            "page-1",
            _ask(
                "recommend",
                "nps",
                _("How likely are you to recommend us to a colleague?"),
                is_required=True,
                low_label=_("Not at all likely"),
                high_label=_("Extremely likely"),
            ),
        ),
        _page(
            "page-2",
            _ask(
                "missed",
                "long_text",
                _("What disappointed you?"),
                show_when={"all": [{"question": "recommend", "test": "at_most", "value": "6"}]},
                characters=4000,
            ),
            _words(_("What is the main reason for your answer?"), is_required=False),
            *_about_you(),
        ),
    )


def csat_after_support() -> Json:
    solved = [_choice("yes", _("Yes")), _choice("partly", _("In part")), _choice("no", _("No"))]
    return _form(
        _("How did our support do?"),
        "",
        _page(
            "page-1",
            _ask(
                "satisfied",
                "csat",
                _("How satisfied are you with the help you got?"),
                role="rating",
                is_required=True,
                low_label=_("Very dissatisfied"),
                high_label=_("Very satisfied"),
            ),
            _ask("solved", "single_choice", _("Is your problem solved?"), choices=solved),
            _words(_("What should we have done better?"), is_required=False),
            *_about_you(),
        ),
        hidden=["case"],
    )


def ces_after_task() -> Json:
    return _form(
        _("How easy was that?"),
        "",
        _page(
            "page-1",
            _ask("task", "short_text", _("What did you want to do?"), role="context"),
            _ask(
                "effort",
                "ces",
                _("The product made it easy for me to do this."),
                is_required=True,
                low_label=_("Strongly disagree"),
                high_label=_("Strongly agree"),
            ),
            _words(_("What made it easy or hard?"), is_required=False),
        ),
    )


SUS_ITEMS = (
    _("I think that I would like to use this system frequently."),
    _("I found the system unnecessarily complex."),
    _("I thought the system was easy to use."),
    _("I think that I would need the support of a technical person to be able to use this system."),
    _("I found the various functions in this system were well integrated."),
    _("I thought there was too much inconsistency in this system."),
    _("I would imagine that most people would learn to use this system very quickly."),
    _("I found the system very cumbersome to use."),
    _("I felt very confident using the system."),
    _("I needed to learn a lot of things before I could get going with this system."),
)


def usability_sus() -> Json:
    """The System Usability Scale: Brooke, "SUS: a quick and dirty usability scale", 1996."""
    agree = [
        _choice("a1", _("Strongly disagree")),
        _choice("a2", _("Disagree")),
        _choice("a3", _("Neither")),
        _choice("a4", _("Agree")),
        _choice("a5", _("Strongly agree")),
    ]
    rows = [_choice(f"sus-{number}", item) for number, item in enumerate(SUS_ITEMS, start=1)]
    return _form(
        _("How usable is it?"),
        _("Ten short statements. Answer quickly; there is no right answer."),
        _page(
            "page-1",
            _ask("sus", "matrix", _("How far do you agree?"), choices=agree, rows=rows, is_required=True),
            _words(_("What should we change first?"), is_required=False),
        ),
    )


def panel_recruitment() -> Json:
    way = [
        _choice("interview", _("An interview of 30 minutes")),
        _choice("test", _("Trying something new and saying what I think")),
        _choice("workshop", _("A workshop with others")),
        _choice("panel", _("A standing advisory panel")),
    ]
    return _form(
        _("Help us shape what comes next"),
        _("We ask customers like you a few times a year. You decide each time."),
        _page(
            "page-1",
            _ask("ways", "multiple_choice", _("What would you take part in?"), choices=way, is_required=True),
            _words(_("What do you work on, and with what?"), help=""),
            _ask("role", "short_text", _("Your role"), role="context"),
            title=_("What suits you"),
        ),
        _page(
            "page-2",
            *[one | {"is_required": True} for one in _about_you()],
            _contact() | {"is_required": True},
            _consent("recording", _("You may record what we do together, for your team only.")),
            title=_("How we reach you"),
        ),
    )


def session_follow_up() -> Json:
    return _form(
        _("How was our session?"),
        "",
        _page(
            "page-1",
            _ask(
                "worth",
                "stars",
                _("Was it worth your time?"),
                role="rating",
                is_required=True,
            ),
            _words(_("What did you not get to say?"), is_required=False),
            _ask("again", "single_choice", _("Would you come again?"), choices=_yes_or_no()),
            _consent("internal_quote", _("You may quote me inside your organisation.")),
            _consent("public_quote", _("You may quote me in public, after showing me the words.")),
        ),
        hidden=["session"],
    )


def _yes_or_no() -> list[Json]:
    return [_choice("yes", _("Yes")), _choice("no", _("No"))]


def anonymous_suggestion() -> Json:
    about = [
        _choice("product", _("A product")),
        _choice("service", _("Service and support")),
        _choice("people", _("How we work with you")),
    ]
    return _form(
        _("Say it without your name"),
        "",
        _page(
            "page-1",
            _words(_("What should we know?")),
            _ask("about", "single_choice", _("What is it about?"), choices=about, has_other=True),
        ),
    )


def story() -> Json:
    return _form(
        _("Share what you achieved"),
        _("What our products helped you to find out: in your words, with your name only if you say so."),
        _page(
            "page-1",
            _words(_("What did you achieve?")),
            _ask("before", "long_text", _("How was it before?"), characters=4000),
            _ask("picture", "file", _("A picture or a figure")),
        ),
        _page(
            "page-2",
            *_about_you(),
            _consent("story", _("You may write a customer story with me.")),
            _consent("public_quote", _("You may quote me in public, after showing me the words.")),
        ),
    )


def priorities_survey() -> Json:
    things = [
        _choice("accuracy", _("Accuracy")),
        _choice("speed", _("Speed")),
        _choice("ease", _("Ease of use")),
        _choice("service", _("Service and support")),
        _choice("price", _("Price")),
    ]
    return _form(
        _("What matters most to you?"),
        "",
        _page(
            "page-1",
            _ask("order", "ranking", _("Put these in your order, most important first."), choices=things),
            _words(_("What is missing in this list?"), is_required=False),
        ),
    )


TEMPLATES: dict[str, Template] = {
    "product": Template(_("Product feedback"), _("What happened, how it felt, and with what."), product_feedback),
    "bug": Template(_("Bug report"), _("What went wrong, how often, and what it stops."), bug_report),
    "feature": Template(_("Feature request"), _("What they want to do, and how they do it today."), feature_request),
    "nps": Template(_("NPS"), _("Would they recommend you, and why."), nps),
    "csat": Template(_("CSAT after support"), _("How satisfied they are with the help they got."), csat_after_support),
    "ces": Template(_("CES after a task"), _("How easy something was."), ces_after_task),
    "sus": Template(_("Usability test (SUS)"), _("Ten statements that make a score from 0 to 100."), usability_sus),
    "panel": Template(_("Panel recruitment"), _("Who would take part in your research, and how."), panel_recruitment),
    "session": Template(_("Session follow-up"), _("After an interview, a test or a workshop."), session_follow_up),
    "anonymous": Template(
        _("Anonymous suggestion"), _("Nothing kept that leads to a person."), anonymous_suggestion, is_anonymous=True
    ),
    "story": Template(_("Customer story"), _("What customers achieved, with their consent."), story),
    "order": Template(_("Order of priorities"), _("What matters most, put in order."), priorities_survey),
}  # fmt: skip

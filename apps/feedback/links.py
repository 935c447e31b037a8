"""What an address brings to a form: its language, answers filled in before, a signed identity, a link for one response.

Nothing here is trusted but what is signed. Signatures are made with the installation's key (links that we make) or with
the form's own secret (identities that a host page vouches for).
"""

import secrets
from collections.abc import Mapping

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from apps.core import languages
from apps.feedback.questionnaire.answers import Sent
from apps.feedback.questionnaire.schema import Kind, Questionnaire, Role
from apps.feedback.selectors import PublicForm
from apps.feedback.services.people import Person
from apps.feedback.services.submission import STRANGER, Visitor
from apps.feedback.sheets import HIDDEN, names_of

LINK, LANGUAGE = "link", languages.PARAMETER
SWITCH = "lang."  # begins what the button of another language posts
PARAMETER_CHARACTERS = 2_000


def asked_language(request: HttpRequest) -> str:
    """Return the language that somebody chose: by the switch, by the address, or on the page before; "" for none."""
    if request.method != "POST":
        return request.GET.get(LANGUAGE, "")
    go = request.POST.get("go", "")
    return go.removeprefix(SWITCH) if go.startswith(SWITCH) else request.POST.get(LANGUAGE, "")


def language_of(request: HttpRequest, made: Questionnaire) -> str:
    """Return the language to show ``made`` in: asked for by the address or the page before, by the browser, its own."""
    asked = asked_language(request)
    if asked in made.languages:
        return asked
    if len(made.languages) == 1:
        return made.language
    for wanted in languages.accepted(request.headers.get("Accept-Language", "")):
        if wanted in made.languages:
            return wanted
        for code in made.languages:
            if code.partition("-")[0] == wanted.partition("-")[0]:
                return code
    return made.language


def prefilled(made: Questionnaire, query: QueryDict, person: Person | None) -> Sent:
    """Return the answers and hidden fields that an address fills in: a person sees them, and may change them.

    ``person``: whom a signed link speaks for. They see as whom they are asked, and need not write it.
    """
    sent = QueryDict(mutable=True)
    known = {Role.NAME: person.name, Role.EMAIL: person.email} if person else {}
    for question in made.questions:
        if known.get(question.role):
            sent[question.key] = known[question.role]
            continue
        if question.kind == Kind.CONSENT or question.kind == Kind.FILE:
            continue  # given by the person alone
        for name in names_of(question):
            values = [value[:PARAMETER_CHARACTERS] for value in query.getlist(name)[:60]]
            if values:
                sent.setlist(name, values)
    for name in made.hidden:
        value = query.get(name, "")
        if value:
            sent[f"{HIDDEN}{name}"] = value[:PARAMETER_CHARACTERS]
    return sent


def is_embedded(request: HttpRequest) -> bool:
    """Tell whether the form is shown in a frame on another site, and its answers come by the widget."""
    return request.resolver_match is not None and request.resolver_match.view_name == "widget:embed"


def brought(request: HttpRequest, *, language: str) -> list[tuple[str, str]]:
    """Return the hidden fields that carry a chosen language and a signed link from page to page."""
    found = [(LANGUAGE, language)] if asked_language(request) else []
    link = (request.POST if request.method == "POST" else request.GET).get(LINK, "")
    if link:
        found.append((LINK, link[:PARAMETER_CHARACTERS]))
    return found


def visitor_of(form: PublicForm, sent: Mapping[str, str]) -> Visitor:
    """Return what a signed link says of who comes by it; a stranger without one, or with one that is not ours."""
    raw = sent.get(LINK, "")
    if not raw:
        return STRANGER
    try:
        told = _signer().unsign_object(raw[:PARAMETER_CHARACTERS])
        form_id, nonce, email, name, organisation = told
    except (BadSignature, ValueError, TypeError):
        return STRANGER
    if form_id != form.pk:
        return STRANGER
    person = Person(email=email, name=name, organisation=organisation) if email else None
    return Visitor(person=None if form.is_anonymous else person, link_nonce=nonce)


def make_link(form_id: int, slug: str, *, person: Person | None = None, nonce: str = "") -> str:
    """Return a full address that opens the form for one response, of ``person`` where that is given.

    Whoever holds the link speaks for that person: it is to be sent to their address and nowhere else. Links made with
    the same ``nonce`` are one response together (``submission.answered_links`` tells whether it was given).
    """
    who = person or Person()
    told = (form_id, nonce or secrets.token_urlsafe(12), who.email, who.name, who.organisation)
    path = reverse("feedback:form", args=[slug])
    return f"{settings.PUBLIC_URL}{path}?{LINK}={_signer().sign_object(told)}"


def _signer() -> Signer:
    return Signer(salt="feedback.link", sep=".")

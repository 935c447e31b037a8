"""What an address brings to a form: its language, answers filled in before, a signed identity, a link for one response.

Nothing here is trusted but what is signed. Signatures are made with the installation's key (links that we make) or with
the form's own secret (identities that a host page vouches for).
"""

import secrets
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import get_language_from_request

from apps.feedback.questionnaire.answers import Sent
from apps.feedback.questionnaire.schema import Kind, Questionnaire
from apps.feedback.selectors import PublicForm
from apps.feedback.services.people import Person
from apps.feedback.services.submission import STRANGER, Visitor
from apps.feedback.sheets import HIDDEN, names_of

LINK, LANGUAGE = "link", "lang"
PARAMETER_CHARACTERS = 2_000


def language_of(request: HttpRequest, made: Questionnaire) -> str:
    """Return the language to show ``made`` in: asked for by the address or the page before, by the browser, its own."""
    sent = request.POST if request.method == "POST" else request.GET
    asked = sent.get(LANGUAGE, "")
    if asked in made.languages:
        return asked
    if len(made.languages) == 1:
        return made.language
    for wanted in _accepted(request):
        for code in made.languages:
            if code == wanted or code.partition("-")[0] == wanted.partition("-")[0]:
                return code
    return made.language


def wanted_language(request: HttpRequest) -> str:
    return request.GET.get(LANGUAGE, "") or get_language_from_request(request)


def _accepted(request: HttpRequest) -> Iterator[str]:
    """Yield the languages of the browser's header, the best first."""
    from django.utils.translation.trans_real import parse_accept_lang_header

    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500].lower()):
        yield code


def prefilled(made: Questionnaire, query: QueryDict) -> Sent:
    """Return the answers and hidden fields that an address fills in: a person sees them, and may change them."""
    sent = QueryDict(mutable=True)
    for question in made.questions:
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


def brought(sent: Mapping[str, str], *, language: str) -> list[tuple[str, str]]:
    """Return the hidden fields that carry the language and a signed link from page to page."""
    found = [(LANGUAGE, language)] if sent.get(LANGUAGE) else []
    if sent.get(LINK):
        found.append((LINK, sent[LINK][:PARAMETER_CHARACTERS]))
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


def make_link(form_id: int, slug: str, *, person: Person | None = None) -> str:
    """Return a full address that opens the form for one response, of ``person`` where that is given.

    Whoever holds the link speaks for that person: it is to be sent to their address and nowhere else.
    """
    who = person or Person()
    told = (form_id, secrets.token_urlsafe(12), who.email, who.name, who.organisation)
    path = reverse("feedback:form", args=[slug])
    return f"{settings.PUBLIC_URL}{path}?{LINK}={_signer().sign_object(told)}"


def _signer() -> Signer:
    return Signer(salt="feedback.link", sep=".")

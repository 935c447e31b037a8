"""Sharing a form: its address, a code to print, a frame for another page, links that are good for one answer."""

import io
from collections.abc import Iterator

import segno
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.core.spreadsheet import csv_line
from apps.feedback.builder.rooms import managed_form, room_context
from apps.feedback.links import make_link
from apps.feedback.models import Form
from apps.feedback.selectors import draft_of
from apps.feedback.services.people import Person, normalise_person
from apps.feedback.widget.snippets import script_of

LINKS = 1_000  # at once
CODES = {"svg": "image/svg+xml", "png": "image/png"}
FRAME_HEIGHT = 720  # pixels


class LinksForm(forms.Form):
    """How many links, or for whom: one address a line, then name and organisation after commas."""

    amount = forms.IntegerField(
        required=False, min_value=1, max_value=LINKS, initial=25, label=gettext_lazy("How many links")
    )
    people = forms.CharField(
        required=False,
        strip=True,
        label=gettext_lazy("Or one for each of these people"),
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "ada@example.org, Ada Byron, Analytical Society"}),
        help_text=gettext_lazy(
            "One a line: address, name, organisation. Who comes by such a link counts as that person, so send it to "
            "their address and nowhere else."
        ),
    )

    def clean_people(self) -> list[Person]:
        lines = [line for line in str(self.cleaned_data["people"]).splitlines() if line.strip()]
        if len(lines) > LINKS:
            raise ValidationError(_("At most %(most)s at once.") % {"most": LINKS})
        return [_person(line, number) for number, line in enumerate(lines, start=1)]

    def clean(self) -> dict[str, object]:
        found = self.cleaned_data
        if not self.errors and not found.get("people") and not found.get("amount"):
            raise ValidationError(_("Say how many links, or for whom."))
        return found


def _person(line: str, number: int) -> Person:
    email, name, organisation, *_rest = [*(part.strip() for part in line.split(",", 2)), "", "", ""]
    try:
        person = normalise_person(Person(email=email, name=name, organisation=organisation))
    except ValidationError as error:
        reason = next(iter(error.message_dict.values()))[0]
        raise ValidationError(_("Line %(number)s: %(reason)s") % {"number": number, "reason": reason}) from None
    if person is None or not person.email:
        raise ValidationError(_("Line %(number)s begins with no e-mail address.") % {"number": number})
    return person


@require_safe
@require(Permission.MANAGE_FORMS)
def share(request: AuthedRequest, form_id: int) -> HttpResponse:
    """Every way to let people know of a form."""
    return _page(request, managed_form(request, form_id), LinksForm())


def _page(request: AuthedRequest, form: Form, links_form: LinksForm, *, status: int = 200) -> HttpResponse:
    if form.is_anonymous:
        del links_form.fields["people"]  # an anonymous form keeps nobody
    context = {
        **room_context(form, draft_of(form), "share"),
        "links_form": links_form,
        "frame_snippet": _frame_snippet(form),
        "codes": [(kind, kind.upper()) for kind in CODES],
        "widget_snippet": script_of(form.slug),
        "languages": form.current.definition["languages"] if form.current else [],
        "prefills": list(_prefills(form)),
    }
    return render(request, "builder/share.html", context, status=status)


def _frame_snippet(form: Form) -> str:
    """Return the markup that puts the form into a page; shown as text, to be copied."""
    address = f"{settings.PUBLIC_URL}{reverse('feedback:form', args=[form.slug])}embed/"
    markup = '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy"></iframe>'
    return format_html(markup, address, form.title, FRAME_HEIGHT)


def _prefills(form: Form) -> Iterator[tuple[str, str]]:
    """Yield what an address can fill in: a question's key and its words, then the names of hidden fields."""
    made = form.current.definition if form.current else {}
    for page in made.get("pages", ()):
        for question in page.get("questions", ()):
            if question["kind"] not in ("consent", "file", "matrix", "ranking"):
                yield question["key"], question["label"][made["languages"][0]]
    for name in made.get("hidden", ()):
        yield name, _("Hidden field")


@require_POST
@require(Permission.MANAGE_FORMS)
def make_links(request: AuthedRequest, form_id: int) -> HttpResponse:
    """Links for one answer each, as a CSV file. Nothing is stored: a link is its own proof."""
    form = managed_form(request, form_id)
    links_form = LinksForm(request.POST)
    if not links_form.is_valid():
        return _page(request, form, links_form, status=422)
    people = [] if form.is_anonymous else links_form.cleaned_data["people"]
    whom = people or [Person()] * int(links_form.cleaned_data["amount"] or 0)
    if not whom:
        links_form.add_error("amount", _("Say how many links."))
        return _page(request, form, links_form, status=422)
    lines = [csv_line(["link", "email", "name", "organisation"])]
    for person in whom:
        link = make_link(form.pk, form.slug, person=person if person.email else None)
        lines.append(csv_line([link, person.email, person.name, person.organisation]))
    name = f"{form.slug}-links-{timezone.localdate():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse("".join(lines), content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@require(Permission.MANAGE_FORMS)
def code(request: AuthedRequest, form_id: int, kind: str) -> HttpResponse:
    """The QR code of the form's address, to print: SVG, or PNG at 1,000 pixels and more."""
    form = managed_form(request, form_id)
    if kind not in CODES:
        raise Http404
    made, buffer = segno.make(str(room_context(form, draft_of(form), "share")["form_url"]), error="m"), io.BytesIO()
    made.save(buffer, kind=kind, scale=8 if kind == "svg" else 32, border=4, light="#fff")
    headers = {}
    if "download" in request.GET:
        headers["Content-Disposition"] = f'attachment; filename="{form.slug}.{kind}"'
    return HttpResponse(buffer.getvalue(), content_type=CODES[kind], headers=headers)

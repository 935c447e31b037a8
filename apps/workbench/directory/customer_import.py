"""Customers from a CSV file or vCards: sent, looked at, kept. Between the two nothing of it is stored."""

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.customers import imports

SALT = "customers.import"
SECONDS = 3_600  # how long a preview may be looked at
PACKED_CHARACTERS = 900_000  # what goes back with the preview: under what any post may hold
ROWS_SHOWN = 50  # of each kind


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV with the names of columns in its first line, or vCards (3.0 or 4.0); up to 5 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.vcf,.vcard"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CUSTOMERS)
def import_customers(request: AuthedRequest) -> HttpResponse:
    """Ask for a file, show what it would do, do it: each step is a post of its own."""
    if request.method == "POST" and "rows" in request.POST:
        return _keep(request)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if form.is_valid():
        try:
            return _look(request, form)
        except imports.UnusableFileError as error:
            form.add_error("file", str(error))
    status = 422 if form.errors else 200
    return render(request, "workbench/customer_import.html", {"form": form}, status=status)


def _look(request: AuthedRequest, form: FileForm) -> HttpResponse:
    sent = form.cleaned_data["file"]
    if sent.size > imports.FILE_BYTES:
        raise imports.UnusableFileError(_("The file is over 5 MB: split it."))
    preview = imports.preview(imports.read_file(sent.name, sent.read()))
    packed = signing.dumps([request.user.pk, imports.packed(preview.wanted)], salt=SALT, compress=True)
    if len(packed) > PACKED_CHARACTERS:
        raise imports.UnusableFileError(_("The file holds too much at once: split it."))
    context = {
        "preview": preview,
        "packed": packed,
        "file_name": sent.name,
        "shown": ROWS_SHOWN,
        "wanted_count": len(preview.new) + len(preview.known),
    }
    return render(request, "workbench/customer_import_preview.html", context)


def _keep(request: AuthedRequest) -> HttpResponse:
    try:
        user_id, rows = signing.loads(request.POST["rows"], salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        user_id, rows = None, []
    if user_id != request.user.pk:
        messages.error(request, _("That preview is over an hour old, or not yours. Send the file again."))
        return redirect("workbench:import-customers")
    done = imports.keep(imports.unpacked(rows))
    told = ngettext("%(count)s new customer.", "%(count)s new customers.", done.new_count) % {"count": done.new_count}
    known = ngettext("%(count)s was known.", "%(count)s were known.", done.known_count) % {"count": done.known_count}
    messages.success(request, f"{told} {known}")
    return redirect("workbench:customer-list")

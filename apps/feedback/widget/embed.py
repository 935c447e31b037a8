"""A form in a frame on a site of its own list: the public page, without the bars and with a policy of its own."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.http import keep_private
from apps.feedback import selectors, tokens, views
from apps.feedback.widget import origins


@csrf_exempt  # the form's token is the check, as on its own page
@require_http_methods(["GET", "HEAD", "POST"])
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, shown or taken as at its own address; what is taken leads to thanks within the frame."""
    form = selectors.form_by_slug(slug)
    if form is None:
        raise Http404
    response = views.public_form(request, slug)
    if response.status_code == 303:
        response.headers["Location"] = _done_path(slug, response.headers["Location"])
    return origins.let_frame(request, form, response)


def _done_path(slug: str, receipt: str) -> str:
    """Return where thanks are said in the frame for the receipt at ``receipt``, in its language."""
    path, question, query = receipt.partition("?")
    token = path.strip("/").rpartition("/")[2]
    return f"{reverse('widget:embed-done', args=[slug, token])}{question}{query}"


@csrf_exempt  # nothing is taken here: a POST is told so, and its link does not go to the log of refusals
@require_safe
def done(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Thanks in the frame, with a link to the receipt; nothing of what was said, for the frame stands on any page."""
    form, feedback_id = selectors.form_by_slug(slug), tokens.read_receipt_token(token)
    feedback = selectors.feedback_of_receipt(feedback_id) if feedback_id else None
    if form is None or feedback is None or feedback.form_id != form.pk:
        raise Http404
    language = get_language() or ""
    context = {
        "slug": slug,
        "thanks": selectors.thanks_of(feedback, language),
        "receipt": f"{tokens.receipt_path(feedback.pk)}?lang={language}",
        "sites": " ".join(origins.origins_of(form)),
    }
    response = HttpResponse(render_to_string("feedback/embedded_done.html", context))
    return origins.let_frame(request, form, keep_private(response))

"""Every write to public forms."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.catalog.errors import ProductArchivedError
from apps.catalog.models import Product
from apps.core.slugs import unique_slug
from apps.feedback.models import Form, FormAddress
from apps.feedback.questionnaire import definition, purposes
from apps.feedback.questionnaire.schema import Questionnaire
from apps.feedback.services.form_versions import add_version

TITLE_CHARACTERS = 120
INTRO_CHARACTERS = 400


@transaction.atomic
def create_form(
    *,
    product: Product,
    title: str,
    intro: str = "",
    is_open: bool = True,
    purpose: str = "product",
    slug: str = "",
    user: User | None = None,
) -> Form:
    """Return a new form for ``product`` with a first version made for ``purpose`` (a key of ``purposes.TEMPLATES``).

    Its address is /f/<slug or the product's name>/, numbered where that is taken. Its own language is the active one;
    it speaks the platform's others as far as the purpose's words go. Raises ValidationError for a title blank or too
    long, or an intro too long; ProductArchivedError for a form that would be open for a product that is put away.
    """
    if is_open:
        _check_in_use(product.pk)
    title, intro = title.strip(), intro.strip()
    if not 0 < len(title) <= TITLE_CHARACTERS:
        raise ValidationError(
            {"title": _("A form's title has 1 to %(limit)d characters.") % {"limit": TITLE_CHARACTERS}}
        )
    if len(intro) > INTRO_CHARACTERS:
        raise ValidationError({"intro": _("Shorten this to %(limit)d characters.") % {"limit": INTRO_CHARACTERS}})
    taken = {*Form.objects.values_list("slug", flat=True), *FormAddress.objects.values_list("slug", flat=True)}
    form = Form.objects.create(
        product=product,
        slug=unique_slug(slug or product.name, taken=taken, max_length=80, fallback="form"),
        title=title,
        intro=intro,
        is_open=is_open,
        is_anonymous=purposes.TEMPLATES[purpose].is_anonymous,
    )
    add_version(form, _first(purpose, title, intro), user)
    return form


def _first(purpose: str, title: str, intro: str) -> Questionnaire:
    own = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    languages = [own, *(code for code, _name in settings.LANGUAGES if code != own)]
    made = purposes.definition_of(purpose, languages)
    for name, words in (("title", title), ("intro", intro)):
        if words and (made[name] or {}).get(own) != words:  # the template's own words speak every language
            made[name] = {own: words}
    return definition.read(made)


@transaction.atomic
def set_form_open(*, form: Form, is_open: bool) -> None:
    """Take feedback at the form's address, or no longer; what came in stays. Again changes nothing.

    Raises ProductArchivedError for opening a form of a product that is put away.
    """
    if is_open:
        _check_in_use(form.product_id)
    Form.objects.filter(pk=form.pk).update(is_open=is_open)
    form.is_open = is_open


@transaction.atomic
def close_forms_of(*, product: Product) -> int:
    """Close all forms of a product; return how many were open."""
    return Form.objects.filter(product=product, is_open=True).update(is_open=False)


def _check_in_use(product_id: int) -> None:
    """Locked: a product that is archived meanwhile waits, and closes the form after this."""
    if Product.objects.select_for_update(no_key=True).get(pk=product_id).archived_at is not None:
        raise ProductArchivedError

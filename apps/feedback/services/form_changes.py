"""What may happen to a public form after it was made."""

from django.db import transaction

from apps.feedback.models import Form


@transaction.atomic
def set_form_open(*, form: Form, is_open: bool) -> None:
    """Take feedback at the form's address, or no longer; what came in stays. Again changes nothing."""
    Form.objects.filter(pk=form.pk).update(is_open=is_open)
    form.is_open = is_open

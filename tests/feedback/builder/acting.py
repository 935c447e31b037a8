"""Actions on a draft, as the editor posts them."""

from apps.feedback.models import Form, FormDraft


def seen(form: Form) -> str:
    draft = FormDraft.objects.filter(form=form).first()
    return f"{Form.objects.get(pk=form.pk).current_id}.{draft.revision if draft else 0}"


def act(client, form: Form, action: str, target: str = "", **more):
    data = {"action": action, "target": target, "seen": seen(form), **more}
    headers = more.pop("headers", {})
    return client.post(f"/forms/{form.pk}/edit/", data, headers=headers)


def question(form: Form, key: str) -> dict:
    pages = FormDraft.objects.get(form=form).definition["pages"]
    return next(one for page in pages for one in page["questions"] if one["key"] == key)

"""What people write and ask of findings: cleaned here, saved by services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, teams_where
from apps.catalog.models import Product
from apps.panels.models import Finding
from apps.panels.repository.services import TEXT_CHARACTERS, TITLE_CHARACTERS, Source, Words
from apps.tagging.models import Tag
from apps.tagging.tree import taxonomy


class FindingForm(forms.Form):
    title = forms.CharField(
        max_length=TITLE_CHARACTERS, label=_("Finding"), help_text=_("One sentence that stands by itself.")
    )
    text = forms.CharField(
        max_length=TEXT_CHARACTERS,
        label=_("What it rests on and what it means"),
        help_text=_("In your words; evidence is linked, not copied. All staff who join research read this."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    team = forms.ModelChoiceField(queryset=Team.objects.none(), label=_("Team"))
    product = forms.ModelChoiceField(queryset=Product.objects.none(), required=False, label=_("Product"))
    tag = forms.ModelChoiceField(queryset=Tag.objects.none(), required=False, label=_("Priority or tag"))

    def __init__(self, *args: Any, user: User, finding: Finding | None = None, **kwargs: Any) -> None:  # Any: Django's
        super().__init__(*args, **kwargs)
        if finding is not None:
            del self.fields["team"]  # it stays with its team
        else:
            self._offer("team", teams_where(user, Permission.JOIN_RESEARCH).order_by("name"))
        self._offer("product", Product.objects.filter(archived_at=None))
        nodes = taxonomy()
        self._offer("tag", Tag.objects.all())
        self.fields["tag"].choices = [("", "---------"), *((node.tag.pk, node.path) for node in nodes)]  # type: ignore[attr-defined]

    def _offer(self, name: str, rows: Any) -> None:  # Any: querysets of three models
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    @property
    def words(self) -> Words:
        """Of a valid form."""
        said = self.cleaned_data
        return Words(said["title"], said["text"], said["product"], said["tag"])


class EvidenceForm(forms.Form):
    address = forms.CharField(max_length=500)


class ListForm(forms.Form):
    """What the list is asked for."""

    q = forms.CharField(required=False, max_length=500)
    team = forms.SlugField(required=False, max_length=80)
    withdrawn = forms.BooleanField(required=False)


def initial_of(source: Source | None) -> dict[str, object]:
    """Return what a new finding begins with: team, product and tag of what it is written from."""
    if source is None:
        return {}
    session = source.session or (source.note.session if source.note else None)
    if session is not None:
        tags = list(source.note.tags.all()) if source.note else []
        return {"team": session.team_id, "product": session.product_id, "tag": tags[0].pk if tags else None}
    product = source.feedback.product if source.feedback else None
    return {"team": product.team_id if product else None, "product": product.pk if product else None}

"""The taxonomy's forms: cleaned here, saved by services."""

from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, may, teams_where
from apps.catalog.models import Product
from apps.tagging.models import KeywordRule, Tag
from apps.tagging.tree import TagNode

MAX_PHRASES = 100


def may_manage(user: User | AnonymousUser, tag: Tag, permission: Permission = Permission.MANAGE_TAXONOMY) -> bool:
    """Return whether ``user`` may change ``tag``: in the team that owns it; where none does, in any team."""
    return may(user, permission, team=tag.effective_team)


class TagForm(forms.Form):
    """A tag: its name, its place and who owns it. ``nodes`` are the places to choose from.

    A person puts tags where they manage the taxonomy: below the tags of those teams or nobody's, into the hands of
    those teams. Where ``tag`` is and whose it is may stay.
    """

    name = forms.CharField(max_length=80, label=gettext_lazy("Name"))
    parent = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        label=gettext_lazy("Below"),
        help_text=gettext_lazy("Where it hangs in the tree."),
    )
    team = forms.ModelChoiceField(
        Team.objects.none(),
        required=False,
        label=gettext_lazy("Owner team"),
        empty_label=gettext_lazy("As the tag above"),
        help_text=gettext_lazy("A tag that a team owns is a priority in its queue; so is every tag below it."),
    )
    description = forms.CharField(
        max_length=300, required=False, label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(  # Any: handed on as they came
        self, *args: Any, nodes: list[TagNode], user: User, tag: Tag | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        stays = tag.parent_id if tag else None
        open_nodes = [node for node in nodes if node.tag.pk == stays or may_manage(user, node.tag)]
        places = [(str(node.tag.pk), node.path) for node in open_nodes]
        self.fields["parent"].choices = [("", "The top"), *places]  # type: ignore[attr-defined]  # a choice field
        teams = teams_where(user, Permission.MANAGE_TAXONOMY)
        if tag is not None and tag.team_id is not None:
            teams = teams | Team.objects.filter(pk=tag.team_id)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a ModelChoiceField
        self._tags = {node.tag.pk: node.tag for node in nodes}

    @property
    def parent_tag(self) -> Tag | None:
        return self._tags.get(self.cleaned_data["parent"]) if self.cleaned_data["parent"] else None


class LinesField(forms.CharField):
    """Phrases, one a line; cleaned to a list without blanks and repeats."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # Any as in Django; a list of lines
        text = super().to_python(value) or ""
        return list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))

    def validate(self, value: Any) -> None:  # Any as in Django
        super().validate(value)
        if len(value) > MAX_PHRASES:
            raise forms.ValidationError(_("At most %(limit)d phrases.") % {"limit": MAX_PHRASES})
        if any(len(phrase) > 100 for phrase in value):
            raise forms.ValidationError(_("A phrase has at most 100 characters."))

    def run_validators(self, value: Any) -> None:  # Any as in Django; the list is validated above
        super().run_validators("\n".join(value))


class RuleForm(forms.Form):
    """A keyword rule of one tag."""

    phrases = LinesField(
        max_length=12_000,
        help_text=gettext_lazy("One phrase per line. Feedback that holds any of them gets the tag."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    exclusions = LinesField(
        max_length=12_000,
        required=False,
        label=gettext_lazy("But not with"),
        help_text=gettext_lazy("One phrase per line. Feedback that holds any of these is left alone."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    product = forms.ModelChoiceField(
        Product.objects.all(), required=False, label=gettext_lazy("Product"), empty_label=gettext_lazy("All products")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: the base class's own
        super().__init__(*args, **kwargs)
        kept = Q(archived_at=None) | Q(pk=self.initial.get("product"))  # one that is put away stays where it is chosen
        self.fields["product"].queryset = Product.objects.filter(kept)  # type: ignore[attr-defined]


def rule_initial(rule: KeywordRule) -> dict[str, object]:
    return {
        "phrases": "\n".join(rule.phrases),
        "exclusions": "\n".join(rule.exclusions),
        "product": rule.product_id,
    }

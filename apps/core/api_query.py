"""The query strings of the API: read strictly, and the pages of its short lists, by slug."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.request import Request

from apps.core.problems import InvalidQueryError

M = TypeVar("M", bound=Model)
LIMIT_MAX = 100


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:  # Any: the signature of the base class
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({name: ["There is no such parameter."] for name in unknown})
        return super().to_internal_value(data)


class LimitField(serializers.IntegerField):
    """How many rows a page holds: ASCII digits and nothing else, 1 to LIMIT_MAX."""

    def __init__(self, **options: Any) -> None:  # Any: the base class's many options
        super().__init__(required=False, default=50, min_value=1, max_value=LIMIT_MAX, **options)

    def to_internal_value(self, data: Any) -> int:  # Any: the signature of the base class
        if not (isinstance(data, str) and data.isascii() and data.isdigit()):
            self.fail("invalid")
        return super().to_internal_value(data)


class SlugPageSerializer(StrictSerializer):
    """The place in a list that goes by slug."""

    cursor = serializers.SlugField(
        required=False, max_length=100, help_text="next_cursor of the page before; the first page without."
    )
    limit = LimitField()


def read_query(request: Request, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
    """Return the checked query string; 400 for unknown, repeated or malformed parameters."""
    return check_query(request.query_params, serializer_class)


def check_query(query: QueryDict, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
    """Do the same for a part of it."""
    repeated = [name for name, values in query.lists() if len(values) > 1]
    if repeated:
        raise InvalidQueryError({name: ["Give this once."] for name in repeated})
    serializer = serializer_class(data=query.dict())
    if not serializer.is_valid():
        raise InvalidQueryError(serializer.errors)
    checked: dict[str, Any] = serializer.validated_data
    return checked


def slug_page(request: Request, rows: QuerySet[M], item: Callable[[M], object]) -> dict[str, object]:
    """Return a page of ``rows`` by slug, each as ``item`` tells it, and where the next page begins."""
    place = read_query(request, SlugPageSerializer)
    after = rows.filter(slug__gt=place["cursor"]) if "cursor" in place else rows
    found = list(after.order_by("slug")[: place["limit"] + 1])
    shown = found[: place["limit"]]
    next_cursor = str(getattr(shown[-1], "slug")) if len(found) > len(shown) else None  # noqa: B009 any model with one
    return {"results": [item(row) for row in shown], "next_cursor": next_cursor}

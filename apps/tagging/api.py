"""GET /api/v1/tags/: the taxonomy."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api_view import ApiView
from apps.accounts.scopes import Scope
from apps.core.api_query import SlugPageSerializer, slug_page
from apps.tagging.models import Tag


class TreeTagSerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField()
    name = serializers.CharField()
    description = serializers.CharField()
    parent = serializers.SlugField(  # type: ignore[assignment]  # DRF takes fields out of the class
        allow_null=True, help_text="The slug of the tag above it."
    )
    team = serializers.SlugField(
        allow_null=True, help_text="Whose priority it is, by itself or by a tag above; null: a label for filtering."
    )


class TagPageSerializer(serializers.Serializer[Any]):
    results = TreeTagSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")


class TagsApi(ApiView):
    required_scope = (Scope.FEEDBACK_READ, Scope.QUEUES_READ)

    @extend_schema(operation_id="tags_list", parameters=[SlugPageSerializer], responses={200: TagPageSerializer})
    def get(self, request: Request) -> Response:
        """Return a page of the tags, by slug."""
        tags = Tag.objects.select_related("parent", "effective_team")
        return Response(TagPageSerializer(slug_page(request, tags, _item)).data)


def _item(tag: Tag) -> dict[str, object]:
    return {
        "slug": tag.slug,
        "name": tag.name,
        "description": tag.description,
        "parent": tag.parent.slug if tag.parent else None,
        "team": tag.effective_team.slug if tag.effective_team else None,
    }

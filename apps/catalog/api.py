"""GET /api/v1/products/: what feedback can be about."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api_view import ApiView
from apps.accounts.scopes import Scope
from apps.catalog.models import Product
from apps.core.api_query import SlugPageSerializer, slug_page


class VersionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="What the filter version takes.")
    name = serializers.CharField(help_text="What a capture names.")
    released_on = serializers.DateField(allow_null=True)


class ProductSerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField()
    name = serializers.CharField()
    description = serializers.CharField()
    team = serializers.SlugField(allow_null=True, help_text="The slug of the team whose it is.")
    is_archived = serializers.BooleanField(help_text="Its own forms are closed; programs may still send.")
    versions = VersionSerializer(many=True, help_text="The newest first.")


class ProductPageSerializer(serializers.Serializer[Any]):
    results = ProductSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Null at the end.")


class ProductsApi(ApiView):
    """Open to keys that write as well as to those that read: both name products."""

    required_scope = (Scope.FEEDBACK_READ, Scope.FEEDBACK_WRITE)

    @extend_schema(
        operation_id="products_list", parameters=[SlugPageSerializer], responses={200: ProductPageSerializer}
    )
    def get(self, request: Request) -> Response:
        """Return a page of the products with their versions, by slug."""
        products = Product.objects.select_related("team").prefetch_related("versions")
        return Response(ProductPageSerializer(slug_page(request, products, _item)).data)


def _item(product: Product) -> dict[str, object]:
    return {
        "slug": product.slug,
        "name": product.name,
        "description": product.description,
        "team": product.team.slug if product.team else None,
        "is_archived": product.archived_at is not None,
        "versions": product.versions.all(),
    }

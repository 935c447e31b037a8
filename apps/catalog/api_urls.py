"""URLs of the API's products."""

from django.urls import path

from apps.catalog.api import ProductsApi

urlpatterns = [path("products/", ProductsApi.as_view(), name="api-products")]

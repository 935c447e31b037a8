"""URLs of the API's tags."""

from django.urls import path

from apps.tagging.api import TagsApi

urlpatterns = [path("tags/", TagsApi.as_view(), name="api-tags")]

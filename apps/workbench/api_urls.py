"""URLs of the API's feedback."""

from django.urls import path

from apps.workbench.api import FeedbackApi

urlpatterns = [path("feedback/", FeedbackApi.as_view(), name="api-feedback")]

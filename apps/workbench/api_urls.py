"""URLs of the API's feedback."""

from django.urls import path

from apps.workbench.api import FeedbackApi, FeedbackDetailApi

urlpatterns = [
    path("feedback/", FeedbackApi.as_view(), name="api-feedback"),
    path("feedback/<int:feedback_id>/", FeedbackDetailApi.as_view(), name="api-feedback-detail"),
]

"""URLs of the feedback list and of one feedback."""

from django.urls import path

from apps.workbench import actions, views

app_name = "workbench"
urlpatterns = [
    path("", views.feedback_list, name="feedback-list"),
    path("<int:feedback_id>/", views.feedback_detail, name="feedback-detail"),
    path("<int:feedback_id>/tags/", actions.tag_feedback, name="tag-feedback"),
    path("<int:feedback_id>/tags/<slug:slug>/reject/", actions.reject_tag, name="reject-tag"),
    path("<int:feedback_id>/moderate/", actions.moderate_feedback, name="moderate-feedback"),
]

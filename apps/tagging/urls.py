"""URLs of one tag and its rules; workbench.tag_urls adds the tree."""

from django.urls import path

from apps.tagging import views

urlpatterns = [
    path("new/", views.create_tag, name="create-tag"),
    path("rules/<int:rule_id>/", views.update_rule, name="update-rule"),
    path("rules/<int:rule_id>/run/", views.run_rule, name="run-rule"),
    path("tag/<slug:slug>/", views.tag, name="tag"),
    path("tag/<slug:slug>/edit/", views.update_tag, name="update-tag"),
    path("tag/<slug:slug>/rules/new/", views.create_rule, name="create-rule"),
]

"""The widget's public addresses: no sign-in, no cookie."""

from django.urls import path

from apps.feedback.widget import script, views

app_name = "widget"
urlpatterns = [
    path("widget.js", script.widget_js, name="script"),
    path("w/<slug:slug>/", views.widget, name="widget"),
    path("w/<slug:slug>/token/", views.token, name="token"),
]

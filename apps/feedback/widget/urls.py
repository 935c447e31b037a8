"""The widget's public addresses: no sign-in, no cookie."""

from django.urls import path

from apps.feedback.views import seen
from apps.feedback.widget import embed, script, views

app_name = "widget"
urlpatterns = [
    path("widget.js", script.widget_js, name="script"),
    path("w/<slug:slug>/", views.widget, name="widget"),
    path("w/<slug:slug>/token/", views.token, name="token"),
    path("f/<slug:slug>/embed/", embed.embed, name="embed"),
    path("f/<slug:slug>/embed/seen/", seen, name="embed-seen"),
    path("f/<slug:slug>/embed/done/<str:token>/", embed.done, name="embed-done"),
]

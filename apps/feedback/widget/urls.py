"""The widget's public addresses, without sign-in and cookie, and staff's page of it."""

from django.urls import path

from apps.feedback.views import seen
from apps.feedback.widget import embed, script, staff, views

app_name = "widget"
urlpatterns = [
    path("widget.js", script.widget_js, name="script"),
    path("w/<slug:slug>/", views.widget, name="widget"),
    path("w/<slug:slug>/token/", views.token, name="token"),
    path("f/<slug:slug>/embed/", embed.embed, name="embed"),
    path("f/<slug:slug>/embed/seen/", seen, name="embed-seen"),
    path("f/<slug:slug>/embed/done/<str:token>/", embed.done, name="embed-done"),
    path("forms/<int:form_id>/widget/", staff.widget_page, name="page"),
    path("forms/<int:form_id>/widget/demo/", staff.demo, name="demo"),
    path("forms/<int:form_id>/widget/secrets/", staff.new_secret, name="new-secret"),
    path("forms/<int:form_id>/widget/secrets/<int:secret_id>/end/", staff.stop_secret, name="end-secret"),
]

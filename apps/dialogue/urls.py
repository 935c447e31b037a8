"""Where mail that was kept is read."""

from django.urls import path

from apps.dialogue import views

app_name = "dialogue"
urlpatterns = [
    path("mail/", views.outbox, name="outbox"),
    path("mail/<int:mail_id>/", views.mail, name="mail"),
]

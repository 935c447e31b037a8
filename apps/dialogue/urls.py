"""Where mail that was kept is read, one's own notifications, and links out of mail."""

from django.urls import path

from apps.dialogue import inbox, views

app_name = "dialogue"
urlpatterns = [
    path("mail/", views.outbox, name="outbox"),
    path("mail/<int:mail_id>/", views.mail, name="mail"),
    path("notifications/", inbox.notification_list, name="notifications"),
    path("notifications/bell/", inbox.bell, name="bell"),
    path("notifications/read/", inbox.read_all, name="read-all"),
    path("notifications/preferences/", inbox.preference_page, name="preferences"),
    path("notifications/<int:notification_id>/", inbox.open_notification, name="open-notification"),
    path("notifications/<int:notification_id>/read/", inbox.toggle_read, name="toggle-read"),
    path("unsubscribe/<str:token>/", inbox.unsubscribe, name="unsubscribe"),
]

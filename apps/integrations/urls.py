"""URLs of what comes in from other systems: the pages of staff, and the two doors."""

from django.urls import path

from apps.integrations import doors, hook_views, mailbox_views

app_name = "integrations"
urlpatterns = [
    path("mail-in/<str:token>/", doors.mail_in, name="mail-in"),
    path("hooks/<str:token>/", doors.hook_in, name="hook-in"),
    path("integrations/", mailbox_views.overview, name="overview"),
    path("integrations/mailboxes/new/", mailbox_views.set_up_mailbox, name="create-mailbox"),
    path("integrations/mailboxes/<int:mailbox_id>/", mailbox_views.mailbox, name="mailbox"),
    path("integrations/mailboxes/<int:mailbox_id>/edit/", mailbox_views.set_up_mailbox, name="edit-mailbox"),
    path("integrations/mailboxes/<int:mailbox_id>/do/", mailbox_views.mailbox_action, name="mailbox-action"),
    path("integrations/mail/<int:mail_id>/", mailbox_views.mail, name="mail"),
    path("integrations/mail/<int:mail_id>/original.eml", mailbox_views.mail_original, name="mail-original"),
    path("integrations/mail/<int:mail_id>/replay/", mailbox_views.replay_mail, name="replay-mail"),
    path("integrations/hooks/new/", hook_views.set_up_hook, name="create-hook"),
    path("integrations/hooks/<int:hook_id>/", hook_views.hook, name="hook"),
    path("integrations/hooks/<int:hook_id>/edit/", hook_views.set_up_hook, name="edit-hook"),
    path("integrations/hooks/<int:hook_id>/do/", hook_views.hook_action, name="hook-action"),
    path("integrations/hooks/<int:hook_id>/mapping/", hook_views.hook_mapping, name="hook-mapping"),
    path(
        "integrations/hooks/<int:hook_id>/deliveries/<int:delivery_id>/retry/",
        hook_views.retry_delivery,
        name="retry-delivery",
    ),
]

"""Mail, notes among staff, and notifications.

Mail is written in the transaction of its cause, delivered behind it or kept for the mail page. Notes are written only
by ``dialogue.notes``, notifications by ``dialogue.notifications``, wishes by ``dialogue.preferences``.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MailState(models.TextChoices):
    KEPT = "kept", _("Kept here")  # no EMAIL_URL is set
    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


class Mail(models.Model):
    sender = models.CharField(max_length=254)
    recipients = models.JSONField()  # addresses
    recipient_key = models.CharField(  # dialogue.recipients; blank for mail to several
        max_length=254, blank=True, default="", db_default=""
    )
    subject = models.CharField(max_length=998)
    headers = models.JSONField(default=dict, db_default={}, blank=True)  # beside those that delivery writes
    body = models.TextField()  # blanked once sent: it may hold a link that signs in
    calendar = models.TextField(blank=True, default="", db_default="")  # iCalendar; blanked with the body
    purpose = models.CharField(max_length=40, blank=True, default="")  # what kind of mail, for its limits
    about_id = models.BigIntegerField(null=True, blank=True)  # what it is about: one mail per purpose and thing
    needs_contact = models.BooleanField(default=False, db_default=False)  # given up once that consent is taken back
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.KEPT)
    tries = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(db_default=models.functions.Now())  # not tried before
    leased_until = models.DateTimeField(null=True, blank=True)  # somebody is sending it
    last_error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "about_id"], condition=Q(about_id__isnull=False), name="mail_once_about"
            )
        ]
        indexes = [
            models.Index(fields=["available_at"], name="mail_queue", condition=Q(state="queued")),  # delivery
            models.Index(fields=["recipient_key", "created_at"], name="mail_to_one"),  # limits, erasure
            models.Index(fields=["created_at"], name="mail_age"),  # the limit of an hour, retention
        ]

    def __str__(self) -> str:
        return self.subject


class Note(models.Model):
    """What one member of staff wrote to the others about a feedback. Deleted, the row stays for the undo."""

    CHARACTERS = 4_000

    feedback = models.ForeignKey("feedback.Feedback", on_delete=models.CASCADE, related_name="notes", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=CHARACTERS)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(  # none: deleted before it was kept, or standing
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    erased_at = models.DateTimeField(null=True, blank=True)  # with the customer's words
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["feedback", "created_at", "id"], name="note_of_feedback")]

    def __str__(self) -> str:
        return f"Note {self.pk} on {self.feedback_id}"


class NotificationKind(models.TextChoices):
    MENTION = "mention", _("Somebody mentions me in a note")
    NOTE = "note", _("Somebody answers in a conversation I take part in")
    ASSIGNED = "assigned", _("A priority is given to me")
    ACCESS = "access", _("My teams or roles change")
    EXPOSURE = "exposure", _("A session with customers has a free seat, and I have met few of them lately")
    ERASURE = "erasure", _("A customer asks to be erased")


class Notification(models.Model):
    """One thing one person is told. ``about`` makes it one per person and event, however often it is said."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(max_length=12, choices=NotificationKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    about = models.CharField(max_length=80)  # "note:12", "tag:7:2026-11-22T…": the event, not the thing
    feedback = models.ForeignKey("feedback.Feedback", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    note = models.ForeignKey(Note, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=200, blank=True, default="")  # the name of what it is about, if not feedback
    path = models.CharField(max_length=300)  # where to look, on this installation
    created_at = models.DateTimeField(db_default=models.functions.Now())
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)  # alone or in a digest

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "about"], name="notification_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_newest"),
            models.Index(fields=["user"], name="notification_unread", condition=Q(read_at=None)),  # the bell
            models.Index(fields=["created_at"], name="notification_age"),  # retention
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class MailChoice(models.TextChoices):
    NOW = "now", _("At once")
    DIGEST = "digest", _("In my digest")
    OFF = "off", pgettext_lazy("mail of one kind", "Never")


class Preference(models.Model):
    """How one person hears of one kind; without a row as ``preferences.DEFAULTS`` says."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=NotificationKind.choices)
    is_shown = models.BooleanField(default=True)  # in the app
    mail = models.CharField(max_length=8, choices=MailChoice.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id}: {self.mail}"


class DigestRhythm(models.TextChoices):
    DAILY = "daily", _("Every morning")
    WEEKLY = "weekly", _("Every Monday morning")
    OFF = "off", pgettext_lazy("digest", "Never")


class DigestSchedule(models.Model):
    """When a person's next digest is due, and how far the last one reached."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    rhythm = models.CharField(max_length=8, choices=DigestRhythm.choices, default=DigestRhythm.WEEKLY)
    covered_until = models.DateTimeField(db_default=models.functions.Now())
    due_at = models.DateTimeField(null=True, blank=True)  # null: never

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="digest_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.rhythm} digest of {self.user_id}"

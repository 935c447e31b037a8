"""Ways in from other systems: mailboxes with their mail, webhooks with their deliveries.

Mailboxes are written by ``mailboxes`` and (how far one was read) ``mail.polling``, mail by ``mail.receiving``,
``mail.capturing`` and ``mail.forgetting``, webhooks by ``hooks.services`` and ``hooks.deliveries``.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.core import audit
from apps.feedback.models import Identity


class MailSource(models.TextChoices):
    IMAP = "imap", _("We fetch it from its mailbox (IMAP)")
    HOOK = "hook", _("A mail service posts it to us")


class Security(models.TextChoices):
    TLS = "tls", _("TLS from the start (port 993)")
    STARTTLS = "starttls", _("STARTTLS (port 143)")
    NONE = "none", _("Not encrypted: only for a server that the operator named")


class Sender(models.TextChoices):
    """Mail services whose posts are understood."""

    MAILGUN = "mailgun", "Mailgun"
    POSTMARK = "postmark", "Postmark"
    SENDGRID = "sendgrid", "SendGrid"
    MAILJET = "mailjet", "Mailjet"
    SPARKPOST = "sparkpost", "SparkPost"
    RAW = "raw", _("A script of ours that posts the mail as it is")


class Mailbox(models.Model):
    """An address that customers write to; what comes is about one product, and so the business of its team."""

    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="mailboxes")
    address = models.EmailField(max_length=254, unique=True)  # as core.email_address.normalise_email leaves it
    is_on = models.BooleanField(default=True)
    source = models.CharField(max_length=8, choices=MailSource.choices, default=MailSource.IMAP)
    imap_host = models.CharField(max_length=253, blank=True, default="")
    imap_port = models.PositiveIntegerField(default=993)
    imap_security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    imap_user = models.CharField(max_length=254, blank=True, default="")
    imap_folder = models.CharField(max_length=200, default="INBOX")
    imap_secret = models.TextField(blank=True, default="")  # sealed
    imap_secret_variable = models.CharField(max_length=60, blank=True, default="")  # of the environment, instead
    reads_old = models.BooleanField(default=False)  # what was there before the first look, too
    hook_sender = models.CharField(max_length=12, choices=Sender.choices, blank=True, default="")
    hook_token_sha256 = models.CharField(max_length=64, unique=True, null=True, blank=True)
    hook_secret = models.TextField(blank=True, default="")  # sealed: a signing key, or "user:password"
    trusted_server = models.CharField(max_length=253, blank=True, default="")  # whose Authentication-Results count
    created_at = models.DateTimeField(db_default=models.functions.Now())
    # How far it was read, under a lease.
    uid_validity = models.BigIntegerField(null=True, blank=True)
    last_uid = models.BigIntegerField(default=0)
    polled_at = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(db_default=models.functions.Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    lease = models.CharField(max_length=32, blank=True, default="")  # whose it is
    failures = models.PositiveIntegerField(default=0)  # in a row
    last_error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        triggers = audit.history(
            "product", "address", "is_on", "source", "imap_host", "imap_port", "imap_security", "imap_user",
            "imap_folder", "imap_secret_variable", "hook_sender", "trusted_server", identity=["address"],
        )  # fmt: skip
        ordering = ["address"]
        indexes = [
            models.Index(fields=["next_poll_at"], name="mailbox_due", condition=Q(is_on=True, source="imap")),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def team(self) -> Team | None:
        """Whose business it is. Needs ``product__team``."""
        return self.product.team


class MailState(models.TextChoices):
    RECEIVED = "received", _("Waiting")
    CAPTURED = "captured", _("Feedback")
    REPEATED = "repeated", _("A repeat")
    IGNORED = "ignored", _("Not taken")
    FAILED = "failed", _("Could not be read")
    FORGOTTEN = "forgotten", _("Erased")


class Why(models.TextChoices):
    """Why mail did not become feedback."""

    BOUNCE = "bounce", _("It reports that a mail could not be delivered.")
    AUTO_REPLY = "auto_reply", _("It is an automatic reply.")
    MAILING_LIST = "mailing_list", _("It came over a mailing list or is a newsletter.")
    OWN = "own", _("It was sent by this platform or one of its own addresses.")
    CALENDAR = "calendar", _("It answers an invitation.")
    TOO_MANY = "too_many", _("Its sender wrote more often than a person does within an hour.")
    TOO_LARGE = "too_large", _("It is larger than is taken.")
    TOO_COMPLEX = "too_complex", _("It has more parts, or parts within parts, than is taken.")
    NO_WORDS = "no_words", _("No words were found in it.")
    REFUSED = "refused", _("The feedback was refused.")
    BROKEN = "broken", _("Reading it failed three times.")


class InboundMail(models.Model):
    """A mail that came in, and what became of it. Received once, whatever happens to its sender."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="mail", db_index=False)
    key = models.CharField(max_length=64)  # Message-ID and content: what makes a repeat
    message_id = models.CharField(max_length=400, blank=True, default="")
    sender = models.CharField(max_length=254, blank=True, default="")  # of From, as core.email_address has it
    sender_name = models.CharField(max_length=150, blank=True, default="")
    subject = models.CharField(max_length=400, blank=True, default="")
    envelope_sender = models.CharField(max_length=254, null=True, blank=True)  # noqa: DJ001 "" is a bounce's "<>"
    envelope_recipient = models.CharField(max_length=254, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)  # as it says
    received_at = models.DateTimeField(db_default=models.functions.Now())
    size_bytes = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.RECEIVED)
    why = models.CharField(max_length=16, choices=Why.choices, blank=True, default="")
    detail = models.CharField(max_length=500, blank=True, default="")
    identity = models.CharField(max_length=10, choices=Identity.choices, blank=True, default="")
    proof = models.CharField(max_length=300, blank=True, default="")  # what proves the sender
    feedback = models.ForeignKey(
        "feedback.Feedback", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reply_to = models.ForeignKey(  # the feedback that it goes on about
        "feedback.Feedback", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    files = models.JSONField(default=list, db_default=[])  # name, size_bytes and outcome of each
    is_forced = models.BooleanField(default=False)  # somebody of staff took it although it looked like none
    tries = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(db_default=models.functions.Now())  # not tried before

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["mailbox", "key"], name="mail_once")]
        indexes = [
            models.Index(fields=["mailbox", "-id"], name="mail_of_box"),
            models.Index(fields=["available_at"], name="mail_to_read", condition=Q(state="received")),
            models.Index(fields=["sender", "received_at"], name="mail_from_one"),  # loops, erasure
            models.Index(fields=["message_id"], name="mail_by_message_id", condition=~Q(message_id="")),  # threads
            models.Index(fields=["received_at"], name="mail_in_age"),  # retention
        ]

    def __str__(self) -> str:
        return f"Mail {self.pk}"


class OriginalMail(models.Model):
    """The mail as it came, compressed; in the database, so that it is kept and erased with its row."""

    mail = models.OneToOneField(InboundMail, on_delete=models.CASCADE, primary_key=True, related_name="original")
    content = models.BinaryField()  # zlib
    stored_bytes = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"Original of {self.mail_id}"


class Algorithm(models.TextChoices):
    SHA256 = "sha256", "HMAC-SHA-256"
    SHA1 = "sha1", "HMAC-SHA-1"
    SHA512 = "sha512", "HMAC-SHA-512"


class InboundHook(models.Model):
    """An address to which another system posts its own shape of JSON, and how that becomes feedback."""

    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="inbound_hooks")
    name = models.CharField(max_length=100)
    token_sha256 = models.CharField(max_length=64, unique=True)
    token_prefix = models.CharField(max_length=12)
    signature_header = models.CharField(max_length=100, blank=True, default="")  # blank: not signed
    signature_algorithm = models.CharField(max_length=8, choices=Algorithm.choices, default=Algorithm.SHA256)
    signature_secret = models.TextField(blank=True, default="")  # sealed
    preset = models.CharField(max_length=20, default="generic")
    mapping = models.JSONField(default=dict)  # hooks.mapping.Mapping
    is_trusted = models.BooleanField(default=False)  # it proves who its customers are: they are verified
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    last_received_at = models.DateTimeField(null=True, blank=True)
    received_count = models.BigIntegerField(default=0)
    captured_count = models.BigIntegerField(default=0)

    class Meta:
        triggers = audit.history(
            "product", "name", "token_prefix", "signature_header", "signature_algorithm", "preset", "mapping",
            "is_trusted", "is_on", identity=["name"],
        )  # fmt: skip
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def team(self) -> Team | None:
        """Whose business it is. Needs ``product__team``."""
        return self.product.team


class Outcome(models.TextChoices):
    CAPTURED = "captured", _("Feedback")
    REPEATED = "repeated", _("A repeat")
    SKIPPED = "skipped", _("Left out by the condition")
    REFUSED = "refused", _("Refused")


class HookDelivery(models.Model):
    """One post to a webhook; the last 50 of each are kept, their bodies for seven days."""

    hook = models.ForeignKey(InboundHook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    received_at = models.DateTimeField(db_default=models.functions.Now())
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=500, blank=True, default="")
    feedback = models.ForeignKey(
        "feedback.Feedback", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    body = models.JSONField(null=True, blank=True)  # None: forgotten
    body_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["hook", "-id"], name="delivery_of_hook"),
            models.Index(fields=["received_at"], name="delivery_age", condition=Q(body__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"

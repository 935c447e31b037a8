"""Facts: one Feedback is one thing one customer told us. Written only by ``feedback.services``."""

from datetime import datetime, timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role, User
from apps.catalog.models import Visibility
from apps.core import audit
from apps.feedback.abuse.ladder import in_words


class Channel(models.TextChoices):
    FORM = "form", _("Form")
    WIDGET = "widget", _("Widget")
    API = "api", _("API")
    EMAIL = "email", _("E-mail")
    IMPORT = "import", _("Import")
    SESSION = "session", _("Session")
    BEHALF = "behalf", _("On behalf")


class Identity(models.TextChoices):
    ANONYMOUS = "anonymous", _("Anonymous")
    CLAIMED = "claimed", _("Claimed, not proven")
    VERIFIED = "verified", _("Verified")


class FeedbackState(models.TextChoices):
    LIVE = "live", _("Live")
    HELD = "held", _("Held for review")
    SPAM = "spam", _("Spam")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Form(models.Model):
    """A public form at /f/<slug>/ for one product."""

    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="forms")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    intro = models.CharField(max_length=400, blank=True, default="")
    is_open = models.BooleanField(default=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    response_limit = models.PositiveIntegerField(null=True, blank=True)
    needs_link = models.BooleanField(default=False)  # opens by a signed link alone; each link is one response
    is_anonymous = models.BooleanField(default=False)  # keeps nothing that could lead to a person
    frame_origins = ArrayField(models.CharField(max_length=200), default=list, blank=True)  # sites that may embed it
    current = models.ForeignKey(  # what the public sees; None only inside the service that makes a form
        "FormVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history(
            "product", "slug", "title", "intro", "is_open", "opens_at", "closes_at", "response_limit", "needs_link",
            "is_anonymous", "frame_origins", "current", identity=["title"],
        )  # fmt: skip
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(opens_at__lt=models.F("closes_at")),
                name="form_opens_before_it_closes",
            )
        ]

    def __str__(self) -> str:
        return self.title


class FormVersion(models.Model):
    """What a form asks, as published: never changed, so every answer keeps the words it answered."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    definition = models.JSONField()  # questionnaire.definition
    published_at = models.DateTimeField(db_default=models.functions.Now())
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["form", "-number"]
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="form_version_once")]
        triggers = [
            pgtrigger.Trigger(  # published_by alone may go, with its person
                name="form_version_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("form", "number", "definition", "published_at"),
                func="RAISE EXCEPTION 'A published form version is never changed.';",
            )
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of form {self.form_id}"


class FormDraft(models.Model):
    """What a form will ask next: worked on, then published as a version. One per form."""

    form = models.OneToOneField(Form, on_delete=models.CASCADE, primary_key=True, related_name="draft")
    definition = models.JSONField()
    revision = models.PositiveIntegerField(default=1)  # grows with every change, so that nobody overwrites another's
    edited_at = models.DateTimeField(auto_now=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"Draft of {self.form_id}"


class FormAddress(models.Model):
    """An address that a form had before: it is on codes and in mails, so it leads there for good."""

    slug = models.SlugField(max_length=80, primary_key=True)
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return self.slug


class Import(models.Model):
    """One run of an import of a file; undone as a whole."""

    SILENCE = timedelta(minutes=5)  # longer than an import waits for the database

    class Status(models.TextChoices):
        DRAFT = "draft", _("Being prepared")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped half-way")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    file_name = models.CharField(max_length=255)
    started_at = models.DateTimeField(db_default=models.functions.Now())
    fed_at = models.DateTimeField(db_default=models.functions.Now())  # its last chunk
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    new_count = models.BigIntegerField(default=0)
    repeated_count = models.BigIntegerField(default=0)
    rejected_count = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Import {self.pk}: {self.file_name}"

    def status_label(self, *, as_of: datetime) -> str:
        """Return its status in words; one that runs but was not fed for long was probably killed."""
        if self.status == self.Status.RUNNING and as_of - self.fed_at > self.SILENCE:
            return "Stopped half-way?"
        return self.get_status_display()


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def live(self) -> Self:
        return self.filter(state=FeedbackState.LIVE)

    def of_import(self, import_id: int) -> Self:
        """Rows of one import that are not withdrawn."""
        return self.filter(source_import_id=import_id).exclude(state=FeedbackState.WITHDRAWN)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rows that ``user`` may open, in any state: strangers and disabled people see none.

        "team" opens to members of the product's team and to everywhere roles, "restricted" to the team's
        administrators; administrators of the installation see all. One query for the roles, the first time for a
        user object.
        """
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        return self.all() if user.is_superuser else self.filter(Q(visibility=Visibility.EVERYONE) | _opened_by(user))

    def hidden_from(self, user: User) -> Self:
        """Rows that ``visible_to(user)`` leaves out, for an active user: of the index ``feedback_hidden`` alone."""
        if user.is_superuser:
            return self.none()
        return self.exclude(visibility=Visibility.EVERYONE).exclude(_opened_by(user))


def _opened_by(user: User) -> Q:
    """Return what of the feedback that is not open to everyone opens to ``user`` by a role in its product's team."""
    from apps.accounts.permissions import roles_of  # not above: it needs the models loaded

    roles = roles_of(user)
    led = [team_id for team_id, role in roles.items() if role == Role.ADMINISTRATOR]
    # An everywhere role (the key None) is held in every team; no team, no reader but the administrators.
    in_team = Q(product__team__isnull=False) if None in roles else Q(product__team_id__in=list(roles))
    return Q(in_team, visibility=Visibility.TEAM) | Q(visibility=Visibility.RESTRICTED, product__team_id__in=led)


BROWSED_COLUMNS = ["product", "version", "channel", "rating", "state", "visibility", "identity", "customer"]


class Feedback(models.Model):
    # No index of its own: feedback_product_listed begins with it.
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(
        "catalog.ProductVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    form = models.ForeignKey(Form, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    form_version = models.ForeignKey(
        FormVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source_import = models.ForeignKey(
        Import, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    import_line = models.BigIntegerField(null=True, blank=True)
    text = models.TextField(max_length=20_000)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)  # how it felt, 1 (bad) to 5 (good)
    context = models.JSONField(default=dict, blank=True)  # instrument, method, version …: short strings
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    identity = models.CharField(max_length=10, choices=Identity.choices, default=Identity.ANONYMOUS)
    state = models.CharField(max_length=10, choices=FeedbackState.choices, default=FeedbackState.LIVE)
    held_reason = models.CharField(max_length=200, blank=True, default="")
    visibility = models.CharField(max_length=12, choices=Visibility.choices, default=Visibility.EVERYONE)
    external_id = models.CharField(max_length=200, blank=True, default="")
    dedupe_key = models.CharField(max_length=64)  # what makes a repeat: services.dedupe
    captured_at = models.DateTimeField()  # when it was said
    received_at = models.DateTimeField(db_default=models.functions.Now())
    # Its place in lists: when it was said, but never after we had it, so a wrong clock does not stay on top.
    listed_at = models.GeneratedField(
        expression=models.functions.Least("captured_at", "received_at"),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    day = models.DateField()  # min(captured, received), a day of the installation's time zone
    is_future_dated = models.BooleanField(default=False)
    redacted_at = models.DateTimeField(null=True, blank=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        triggers = audit.history("state", "visibility", "product", "version", updates_only=True)
        constraints = [
            models.UniqueConstraint(fields=["dedupe_key"], condition=~Q(state="withdrawn"), name="feedback_once"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5), name="rating_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(identity="anonymous") | Q(customer__isnull=False), name="identity_has_customer"
            ),
        ]
        indexes = [
            # Walked by browse, facets and counts, which read what they can of the index alone.
            models.Index(fields=["-listed_at", "-id"], name="feedback_listed", include=BROWSED_COLUMNS),
            models.Index(fields=["product", "-listed_at", "-id"], name="feedback_product_listed"),
            models.Index(
                fields=["version", "-listed_at", "-id"],
                name="feedback_version_listed",
                condition=Q(version__isnull=False),
            ),
            models.Index(  # undo goes through an import in order of id
                fields=["source_import", "id"], name="feedback_by_import", condition=Q(source_import__isnull=False)
            ),
            models.Index(fields=["product", "id"], name="feedback_held", condition=Q(state="held")),  # the review
            # What some staff may not open: the few that hidden_from counts.
            models.Index(fields=["id"], name="feedback_hidden", condition=~Q(visibility="everyone")),
            models.Index(  # the same by day, for the dashboards
                fields=["product", "day"],
                name="feedback_hidden_day",
                condition=Q(state="live") & ~Q(visibility="everyone"),
            ),
            BrinIndex(fields=["received_at"], name="feedback_received_brin"),
            models.Index(  # a form's results and how many it has taken, both read of the index alone
                fields=["form", "day"],
                name="feedback_by_form",
                condition=Q(form__isnull=False),
                include=["id", "state", "visibility", "form_version", "version", "redacted_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"Feedback {self.pk}"

    @property
    def held_reasons(self) -> list[str]:
        """Why it is held, in the reader's language."""
        return in_words(self.held_reason)

    @property
    def time_format(self) -> str:
        """The name of the format of its moments: of an anonymous form the day alone is kept. Needs ``form``."""
        return "DATE_FORMAT" if self.form is not None and self.form.is_anonymous else "DATETIME_FORMAT"


class Answer(models.Model):
    """One typed value of one question of the form that a feedback answered (``questionnaire.values.Value``).

    The feedback's words, and the name and address of who spoke, are not here but in their own columns.
    """

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="answers")
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.CharField(max_length=40)  # its key: the same over all versions
    row = models.CharField(max_length=40, blank=True, default="")
    choice = models.CharField(max_length=40, blank=True, default="")
    number = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    text = models.TextField(blank=True, default="")
    day = models.DateField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["form", "question"], name="answer_by_question")]

    def __str__(self) -> str:
        return f"{self.question} of {self.feedback_id}"


class IdempotencyKey(models.Model):
    """A caller's Idempotency-Key with the hash of the body it came with; kept at least seven days."""

    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]  # the purge

    def __str__(self) -> str:
        return self.key


# Last: these refer to what stands above.
from apps.feedback.attachment_models import Attachment  # noqa: E402, F401
from apps.feedback.behalf_models import Recording  # noqa: E402, F401
from apps.feedback.call_models import BulkCall  # noqa: E402, F401
from apps.feedback.import_models import ImportLabels, ImportMapping, ImportProblem, Upload  # noqa: E402, F401
from apps.feedback.visit_models import FormView, FormVisit  # noqa: E402, F401
from apps.feedback.widget_models import WidgetSecret  # noqa: E402, F401

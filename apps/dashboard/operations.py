"""What keeps the platform going, in a few bounded queries: first steps, health, rules, imports."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.core.health import WORKER_SILENT_SECONDS
from apps.feedback.models import Import

COUNT_CAP = 10_000
RULE_SAMPLE = 5_000  # newest pieces of feedback that rules are judged by
RULE_LEAST = 5  # taggings of a rule before it is judged
RULES_SHOWN = 5
IMPORTS_SHOWN = 5
FAILED_IMPORT_DAYS = 14


@dataclass(frozen=True)
class FirstSteps:
    """How far a new installation has come."""

    has_team: bool
    has_product: bool
    form_address: str  # of an open form; "" while there is none
    has_feedback: bool
    has_tag: bool
    has_rule: bool

    @property
    def are_done(self) -> bool:
        return all((self.has_team, self.has_product, self.has_feedback, self.has_tag, self.has_rule))


def first_steps() -> FirstSteps:
    """Return what is there of a team, a product, an open form, feedback, a tag and a rule. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM accounts_team), EXISTS (SELECT FROM catalog_product),"
            " (SELECT slug FROM feedback_form WHERE is_open ORDER BY id LIMIT 1),"
            " EXISTS (SELECT FROM feedback_feedback), EXISTS (SELECT FROM tagging_tag),"
            " EXISTS (SELECT FROM tagging_keywordrule)"
        )
        has_team, has_product, slug, has_feedback, has_tag, has_rule = cursor.fetchone()
    address = f"{settings.PUBLIC_URL}{reverse('feedback:form', args=[slug])}" if slug else ""
    return FirstSteps(has_team, has_product, address, has_feedback, has_tag, has_rule)


class Health(NamedTuple):
    """How the background work is, without asking the broker; counts stop at ``COUNT_CAP`` + 1."""

    worker_age_seconds: float | None
    waiting_count: int
    lag_seconds: float  # age of the oldest row of work that is due
    quarantined_count: int
    mail_waiting_count: int
    mail_failed_count: int  # in a week
    invitation_count: int  # open

    @property
    def is_worker_silent(self) -> bool:
        return self.worker_age_seconds is None or self.worker_age_seconds > WORKER_SILENT_SECONDS

    @property
    def is_well(self) -> bool:
        return not (self.is_worker_silent or self.quarantined_count or self.mail_failed_count or self.lag_seconds > 60)


def health() -> Health:
    """Return what ``/readyz`` knows from the database, with mail and invitations. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT extract(epoch FROM clock_timestamp() - beat_at)::float8"
            "          FROM core_heartbeat WHERE part = 'worker'),"
            " count(*) FILTER (WHERE quarantined_at IS NULL),"
            " coalesce(extract(epoch FROM clock_timestamp() - min(available_at)"
            "  FILTER (WHERE quarantined_at IS NULL AND available_at <= clock_timestamp()))::float8, 0),"
            " count(quarantined_at),"
            " (SELECT count(*) FROM (SELECT FROM dialogue_mail WHERE state = 'queued' LIMIT %(cap)s) x),"
            " (SELECT count(*) FROM dialogue_mail"
            "   WHERE state = 'failed' AND created_at > clock_timestamp() - interval '7 days'),"
            " (SELECT count(*) FROM accounts_invitation"
            "   WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > clock_timestamp())"
            " FROM (SELECT quarantined_at, available_at FROM core_outboxrow ORDER BY id LIMIT %(cap)s) oldest",
            {"cap": COUNT_CAP + 1},
        )
        return Health(*cursor.fetchone())


class RuleQuality(NamedTuple):
    """How often people took back what a rule said, among the newest feedback."""

    rule_id: int
    tag_name: str
    tag_slug: str
    tagged_count: int
    rejected_count: int

    @property
    def rejected_share(self) -> float:
        return self.rejected_count / self.tagged_count


def rule_qualities() -> list[RuleQuality]:
    """Return the active rules that people took back most often, of the newest ``RULE_SAMPLE`` pieces. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id, t.name, t.slug, count(*), count(*) FILTER (WHERE g.state = 'rejected')"
            "  FROM tagging_tagging g JOIN tagging_keywordrule r ON r.id = g.rule_id"
            "  JOIN tagging_tag t ON t.id = r.tag_id"
            " WHERE g.feedback_id > (SELECT max(id) - %s FROM feedback_feedback) AND g.source = 'rule' AND r.is_active"
            " GROUP BY r.id, t.id HAVING count(*) >= %s AND bool_or(g.state = 'rejected')"
            " ORDER BY count(*) FILTER (WHERE g.state = 'rejected')::float8 / count(*) DESC, r.id LIMIT %s",
            [RULE_SAMPLE, RULE_LEAST, RULES_SHOWN],
        )
        return [RuleQuality(*row) for row in cursor.fetchall()]


def open_imports(*, today: date) -> list[Import]:
    """Return imports that run, and those that stopped half-way lately, newest first. One query."""
    lately = timezone.make_aware(datetime.combine(today - timedelta(days=FAILED_IMPORT_DAYS), time.min))
    wanted = Q(status=Import.Status.RUNNING) | Q(status=Import.Status.FAILED, started_at__gte=lately)
    return list(Import.objects.filter(wanted).order_by("-id")[:IMPORTS_SHOWN])

"""GET /api/v1/teams/ and /api/v1/teams/<slug>/queue/."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api_view import ApiView
from apps.accounts.models import Team
from apps.accounts.scopes import Scope
from apps.priorities import selectors
from apps.priorities.models import PriorityState
from apps.priorities.selectors import QueueEntry


class TeamSerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField()
    name = serializers.CharField()


class TeamListSerializer(serializers.Serializer[Any]):
    results = TeamSerializer(many=True)


class QueueTagSerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField()
    name = serializers.CharField()


class TrendSerializer(serializers.Serializer[Any]):
    last_28_days = serializers.IntegerField()
    previous_28_days = serializers.IntegerField()
    change = serializers.FloatField(allow_null=True, help_text="0.25 is a quarter more; null without a base.")


class QueueEntrySerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField(allow_null=True, help_text="Null while there are too few voices.")
    tag = QueueTagSerializer()
    score = serializers.FloatField(help_text="In voices of today.")
    feedback_count = serializers.IntegerField()
    customer_count = serializers.IntegerField(help_text="Verified customers, each counted once.")
    anonymous_count = serializers.IntegerField(help_text="Feedback without a verified customer.")
    organisation_count = serializers.IntegerField()
    trend = TrendSerializer()
    state = serializers.ChoiceField(PriorityState.choices)
    is_too_few = serializers.BooleanField()


class QueueSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField(allow_null=True, help_text="When the queue last changed; null while it is empty.")
    policy_version = serializers.IntegerField()
    entries = QueueEntrySerializer(many=True, help_text="By rank; those with too few voices after them.")


class TeamsApi(ApiView):
    required_scope = Scope.QUEUES_READ

    @extend_schema(operation_id="teams_list", responses={200: TeamListSerializer})
    def get(self, request: Request) -> Response:
        """Return all teams by name."""
        return Response(TeamListSerializer({"results": Team.objects.all()}).data)


class QueueApi(ApiView):
    required_scope = Scope.QUEUES_READ

    @extend_schema(
        operation_id="teams_queue",
        responses={200: QueueSerializer, 404: OpenApiResponse(description="There is no such team.")},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return a team's priority queue as it stands."""
        queue = selectors.queue(get_object_or_404(Team, slug=slug))
        answer = {
            "as_of": queue.as_of,
            "policy_version": queue.policy.version,
            "entries": [_entry(entry) for entry in [*queue.entries, *queue.too_few]],
        }
        return Response(QueueSerializer(answer).data)


def _entry(entry: QueueEntry) -> dict[str, object]:
    return {
        "rank": entry.rank,
        "tag": entry.tag,
        "score": entry.score,
        "feedback_count": entry.feedback_count,
        "customer_count": entry.customer_count,
        "anonymous_count": entry.anonymous_count,
        "organisation_count": entry.organisation_count,
        "trend": {
            "last_28_days": entry.trend.last28,
            "previous_28_days": entry.trend.previous28,
            "change": entry.trend.change,
        },
        "state": entry.state,
        "is_too_few": entry.rank is None,
    }

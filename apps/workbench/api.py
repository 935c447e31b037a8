"""GET and POST /api/v1/feedback/: reading feedback with its tags, and capturing it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api_view import ApiView
from apps.accounts.models import User
from apps.accounts.scopes import Scope
from apps.core.api_query import LimitField, StrictSerializer, check_query
from apps.core.keyset import MAX_ID
from apps.core.problems import InvalidQueryError
from apps.feedback.api import CaptureApi
from apps.feedback.models import Channel, Feedback, Identity
from apps.insight.models import Sentiment
from apps.workbench.browse.filters import PARAMETERS, BrowseFilter
from apps.workbench.browse.keyset import parse_cursor
from apps.workbench.browse.reading import browse_page, distinct_tags
from apps.workbench.selectors import readable_feedback, with_everything

# Nothing by which a key could tell who is who: customers and organisations are filtered for by staff alone.
FILTERS = (
    "q", "product", "version", "tag", "tags", "below", "team", "channel", "sentiment", "rating", "segment", "language",
    "unhappy", "context", "form", "import", "state", "identity", "since", "until", "order",
)  # fmt: skip


class CursorField(serializers.CharField):
    """A ``next_cursor`` of an earlier answer."""

    def to_internal_value(self, data: Any) -> Any:  # Any: the signature of the base class; a Cursor
        try:
            return parse_cursor(super().to_internal_value(data))
        except ValueError:
            raise serializers.ValidationError("This is no cursor of ours.") from None


class PlaceSerializer(StrictSerializer):
    cursor = CursorField(required=False, max_length=40, help_text="Continue after an earlier page.")
    limit = LimitField()


class ReadTagSerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField()
    name = serializers.CharField()


class ReadCustomerSerializer(serializers.Serializer[Any]):
    """Neither name nor address leave by the API: ``key`` tells customers apart and changes at erasure."""

    key = serializers.UUIDField()
    is_verified = serializers.BooleanField()


class ReadFeedbackSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    text = serializers.CharField()
    product = serializers.SlugField(help_text="The product's slug.")
    version = serializers.CharField(allow_null=True)
    rating = serializers.IntegerField(allow_null=True, min_value=1, max_value=5)
    sentiment = serializers.ChoiceField(Sentiment.choices, allow_null=True)
    language = serializers.CharField(allow_null=True, help_text="ISO 639-1; null while unread or unsure.")
    tags = ReadTagSerializer(many=True)
    channel = serializers.ChoiceField(Channel.choices)
    captured_at = serializers.DateTimeField()
    customer = ReadCustomerSerializer(allow_null=True)


class ReadFeedbackDetailSerializer(ReadFeedbackSerializer):
    context = serializers.DictField(  # type: ignore[assignment]  # DRF takes fields out of the class
        child=serializers.CharField(), help_text="Instrument, method, site …, as they were sent."
    )
    external_id = serializers.CharField(allow_null=True)
    form = serializers.SlugField(allow_null=True, help_text="The form it came by.")
    received_at = serializers.DateTimeField()


class FeedbackPageSerializer(serializers.Serializer[Any]):
    results = ReadFeedbackSerializer(many=True)
    next_cursor = serializers.CharField(
        allow_null=True,
        help_text="Null at the end. A page may be short, even empty, and have one: the rare is searched for in steps.",
    )


class FeedbackApi(CaptureApi):
    """Feedback, newest first: live feedback that all staff may read, or, by session, that the person may."""

    required_scope: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.FEEDBACK_READ,
        "POST": Scope.FEEDBACK_WRITE,
    }

    @extend_schema(
        operation_id="feedback_list",
        parameters=[
            PlaceSerializer,
            *(
                OpenApiParameter(name, description=PARAMETERS[name].description, many=PARAMETERS[name].is_repeated)
                for name in FILTERS
            ),
        ],
        responses={200: FeedbackPageSerializer},
    )
    def get(self, request: Request) -> Response:
        """Return a page of feedback with its tags."""
        place, wanted = _asked(request)
        page = browse_page(_reader(request), wanted, place.get("cursor"), place["limit"])
        answer = {
            "results": [_item(entry) for entry in page.entries],
            "next_cursor": str(page.next_cursor) if page.next_cursor else None,
        }
        return Response(FeedbackPageSerializer(answer).data)


class FeedbackDetailApi(ApiView):
    """One piece of feedback: what a list may not show is not there."""

    required_scope = Scope.FEEDBACK_READ

    @extend_schema(operation_id="feedback_detail", responses={200: ReadFeedbackDetailSerializer})
    def get(self, request: Request, feedback_id: int) -> Response:
        """Return one piece of feedback with its tags and circumstances."""
        readable = with_everything(readable_feedback(_reader(request))).select_related("form")
        feedback = get_object_or_404(readable, pk=feedback_id) if feedback_id <= MAX_ID else None
        if feedback is None:
            raise Http404
        return Response(ReadFeedbackDetailSerializer(_detail(feedback)).data)


def _reader(request: Request) -> User | None:
    """Return who reads: a person by their session, or None for a key."""
    return request.user if isinstance(request.user, User) else None


def _asked(request: Request) -> tuple[dict[str, Any], BrowseFilter]:
    """Return the checked place and filter; 400 for unknown, repeated or malformed parameters."""
    filters, others = QueryDict(mutable=True), QueryDict(mutable=True)
    for name, values in request.query_params.lists():
        (filters if name in FILTERS else others).setlist(name, values)
    place = check_query(others, PlaceSerializer)
    wanted, problems = BrowseFilter.from_query(filters)
    if problems:
        raise InvalidQueryError(problems)
    return place, wanted


def _item(feedback: Feedback) -> dict[str, object]:
    reading = getattr(feedback, "reading", None)
    return {
        "id": feedback.pk,
        "text": feedback.text,
        "product": feedback.product.slug,
        "version": feedback.version.name if feedback.version else None,
        "rating": feedback.rating,
        "sentiment": reading.sentiment if reading else None,
        "language": (reading.language or None) if reading else None,
        "tags": [{"slug": tag.slug, "name": tag.name} for tag in distinct_tags(feedback)],
        "channel": feedback.channel,
        "captured_at": feedback.captured_at,
        "customer": _customer(feedback),
    }


def _detail(feedback: Feedback) -> dict[str, object]:
    return _item(feedback) | {
        "context": feedback.context,
        "external_id": feedback.external_id or None,
        "form": feedback.form.slug if feedback.form else None,
        "received_at": feedback.received_at,
    }


def _customer(feedback: Feedback) -> dict[str, object] | None:
    if feedback.customer is None:
        return None
    return {"key": feedback.customer.key, "is_verified": feedback.identity == Identity.VERIFIED}

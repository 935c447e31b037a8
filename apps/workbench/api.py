"""GET and POST /api/v1/feedback/: reading feedback with its tags, and capturing it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.accounts.scopes import Scope
from apps.catalog.models import Product
from apps.feedback.api import CaptureApi, StrictSerializer
from apps.feedback.models import Channel, Feedback, Identity
from apps.insight.models import Sentiment
from apps.tagging.tree import taxonomy
from apps.workbench import selectors
from apps.workbench.keyset import parse_cursor

LIMIT_MAX = 100


class CursorField(serializers.CharField):
    """A ``next_cursor`` of an earlier answer."""

    def to_internal_value(self, data: Any) -> Any:  # Any: the signature of the base class; a Cursor
        try:
            return parse_cursor(super().to_internal_value(data))
        except ValueError:
            raise serializers.ValidationError("This is no cursor of ours.") from None


class FeedbackQuerySerializer(StrictSerializer):
    q = serializers.CharField(
        required=False, max_length=200, help_text='Words, "a phrase", or, -without: as in a web search.'
    )
    tag = serializers.SlugField(
        required=False, max_length=100, help_text="A tag's slug: it or any tag below it, confirmed."
    )
    product = serializers.SlugField(required=False, max_length=80, help_text="A product's slug.")
    cursor = CursorField(required=False, max_length=40, help_text="Continue after an earlier page.")
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=LIMIT_MAX)


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


class FeedbackPageSerializer(serializers.Serializer[Any]):
    results = ReadFeedbackSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class FeedbackApi(CaptureApi):
    """Feedback, newest first: live feedback that all staff may read, or, by session, that the person may."""

    required_scope: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.FEEDBACK_READ,
        "POST": Scope.FEEDBACK_WRITE,
    }

    @extend_schema(
        operation_id="feedback_list",
        parameters=[FeedbackQuerySerializer],
        responses={200: FeedbackPageSerializer},
    )
    def get(self, request: Request) -> Response:
        """Return a page of feedback with its tags."""
        asked = read_query(request, FeedbackQuerySerializer)
        reader = request.user if isinstance(request.user, User) else None
        feedback = selectors.matching_feedback(selectors.readable_feedback(reader), _wanted(asked))
        page = selectors.feedback_page(feedback, cursor=asked.get("cursor"), limit=asked["limit"])
        answer = {
            "results": [_item(entry) for entry in page.entries],
            "next_cursor": str(page.next_cursor) if page.next_cursor else None,
        }
        return Response(FeedbackPageSerializer(answer).data)


def read_query(request: Request, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
    """Return the checked query string; 400 for unknown, repeated or malformed parameters."""
    repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
    if repeated:
        raise serializers.ValidationError({name: ["Give this once."] for name in repeated})
    serializer = serializer_class(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    checked: dict[str, Any] = serializer.validated_data
    return checked


def _wanted(asked: Mapping[str, Any]) -> selectors.FeedbackFilter:
    product = None
    if "product" in asked:
        product = Product.objects.filter(slug=asked["product"]).first()
        if product is None:
            raise exceptions.ValidationError({"product": ["There is no product with this slug."]})
    node = None
    if "tag" in asked:
        node = next((one for one in taxonomy() if one.tag.slug == asked["tag"]), None)
        if node is None:
            raise exceptions.ValidationError({"tag": ["There is no tag with this slug."]})
    return selectors.FeedbackFilter(
        q=asked.get("q", ""), product=product, tag_ids=[node.tag.pk, *node.below] if node else []
    )


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
        "tags": [{"slug": tag.slug, "name": tag.name} for tag in selectors.distinct_tags(feedback)],
        "channel": feedback.channel,
        "captured_at": feedback.captured_at,
        "customer": _customer(feedback),
    }


def _customer(feedback: Feedback) -> dict[str, object] | None:
    if feedback.customer is None:
        return None
    return {"key": feedback.customer.key, "is_verified": feedback.identity == Identity.VERIFIED}

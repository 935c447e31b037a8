"""POST /api/v1/feedback/: capture through an API key. ``workbench`` adds the GET and owns the address."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api_view import ApiView
from apps.accounts.models import ApiKey
from apps.accounts.scopes import Scope
from apps.catalog.selectors import product_ids
from apps.core.acting import acting_for_key
from apps.core.problems import InvalidHeaderError
from apps.feedback import api_body, normalise, selectors, tokens
from apps.feedback.api_body import BodyError
from apps.feedback.services import Capture
from apps.feedback.services.capture import Call
from apps.feedback.services.idempotency import IdempotencyKeyReusedError, capture_once

KEY_LIMIT = 255  # characters


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=f"Up to {KEY_LIMIT} visible ASCII characters, kept for seven days: the same call again gets the same"
    " answer and captures nothing. The same key at another address, or of another API key, is another one.",
)


class CustomerSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=254)
    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=150)
    organisation = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=160)


class CaptureSerializer(serializers.Serializer[Any]):
    """Documents what ``api_body.read_capture`` reads."""

    text = serializers.CharField(max_length=normalise.TEXT_LIMIT)
    product = serializers.CharField(max_length=api_body.PRODUCT_LIMIT, help_text="The product's slug.")
    rating = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=5, help_text="How it felt, 1 (bad) to 5 (good)."
    )
    customer = CustomerSerializer(required=False, allow_null=True)
    context = serializers.DictField(  # type: ignore[assignment]  # DRF takes fields out of the class
        child=serializers.CharField(allow_blank=True, max_length=normalise.LINE_LIMIT),
        required=False,
        allow_null=True,
        help_text="Instrument, method, site …: up to 20 short texts by name.",
    )
    version = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=api_body.VERSION_LIMIT, help_text="Its name."
    )
    external_id = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=normalise.EXTERNAL_ID_LIMIT,
        help_text="Your own id: the same one for the same product is captured once.",
    )
    captured_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it was said, with its zone; now if left out."
    )


class ReceiptSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    receipt_url = serializers.URLField(help_text="Opens this one feedback, without sign-in.")


class RepeatedReceiptSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    receipt_url = serializers.URLField(
        allow_null=True, help_text="Null where another channel brought it, or it was said in other words."
    )


class KeyReusedError(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


class CaptureApi(ApiView):
    """Captures one piece of feedback. The customer it names is vouched for by the key, so verified."""

    required_scope: ClassVar[Mapping[str, Scope]] = {"POST": Scope.FEEDBACK_WRITE}

    @extend_schema(
        operation_id="feedback_capture",
        request=CaptureSerializer,
        responses={
            201: ReceiptSerializer,
            200: OpenApiResponse(
                RepeatedReceiptSerializer, description="Captured before: same product, same external_id."
            ),
        },
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        """Capture one piece of feedback and return its receipt."""
        sent = request.data
        call = identify_call(request)
        try:
            one = api_body.read_capture(sent, known_products([sent]))
            with history_told(request, [one]):
                outcome = capture_once(call=call, one=one)
        except BodyError as error:
            raise serializers.ValidationError(error.errors) from None
        except IdempotencyKeyReusedError as error:
            raise KeyReusedError(str(error)) from None
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        feedback_id = outcome.feedback_id or 0
        is_theirs = outcome.is_new or bool(selectors.said_again({feedback_id: one.text}))
        answer = {"id": feedback_id, "receipt_url": tokens.receipt_url(feedback_id) if is_theirs else None}
        return Response(answer, status=status.HTTP_201_CREATED if outcome.is_new else status.HTTP_200_OK)


def history_told(request: Request, captures: Iterable[Capture]) -> AbstractContextManager[object]:
    """Say whose key it is where ``captures`` may make customers: those have a history, feedback has none."""
    if isinstance(request.auth, ApiKey) and any(one.person for one in captures):
        return acting_for_key(request.auth.prefix)
    return nullcontext()


def known_products(rows: Sequence[object]) -> dict[str, int]:
    """Return the ids of the products that ``rows`` of a body name, by slug. One query."""
    return product_ids({slug for slug in map(api_body.slug_in, rows) if slug is not None})


def identify_call(request: Request) -> Call:
    """Return whose call this is and by which key it is known again. Raises InvalidHeaderError for no good key."""
    if not isinstance(request.auth, ApiKey):
        raise exceptions.NotAuthenticated
    key = _idempotency_key(request)
    return Call(request.auth.pk, key, hash_body(request.data) if key else "")


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not (0 < len(key) <= KEY_LIMIT and all("!" <= character <= "~" for character in key)):
        raise InvalidHeaderError({"Idempotency-Key": [f"Give 1 to {KEY_LIMIT} visible ASCII characters."]})
    return key


def hash_body(data: object) -> str:
    """Return a hash of what a JSON body says, whatever the order of its keys."""
    spelled = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(spelled.encode("ascii")).hexdigest()

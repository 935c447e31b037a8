"""POST /api/v1/feedback/: capture through an API key. ``workbench`` adds the GET and owns the address."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api_view import ApiView
from apps.accounts.models import ApiKey
from apps.accounts.scopes import Scope
from apps.catalog.models import Product
from apps.core.problems import InvalidHeaderError
from apps.feedback import normalise, tokens
from apps.feedback.models import Channel, Identity
from apps.feedback.services import Capture, Person
from apps.feedback.services.idempotency import IdempotencyKeyReusedError, capture_once

KEY_LIMIT = 255  # characters
CUSTOMER_FIELDS = {"customer_email": "email", "customer_name": "name", "organisation": "organisation"}


class TextField(serializers.CharField):
    """A JSON string and nothing else: no number is taken for one."""

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class RatingField(serializers.IntegerField):
    """A JSON integer from 1 to 5: not "3", not 3.0, not true."""

    def __init__(self, **kwargs: Any) -> None:  # Any: the base class's many options
        super().__init__(min_value=1, max_value=5, **kwargs)

    def to_internal_value(self, data: object) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:  # Any: the signature of the base class
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class CustomerSerializer(StrictSerializer):
    email = TextField(required=False, allow_blank=True, max_length=254)
    name = TextField(required=False, allow_blank=True, max_length=150)
    organisation = TextField(required=False, allow_blank=True, max_length=160)


class CaptureSerializer(StrictSerializer):
    text = TextField(max_length=normalise.TEXT_LIMIT, trim_whitespace=False)
    product = TextField(max_length=80, help_text="The product's slug.")
    rating = RatingField(required=False, allow_null=True, help_text="How it felt, 1 (bad) to 5 (good).")
    customer = CustomerSerializer(required=False, allow_null=True)
    context = serializers.DictField(  # type: ignore[assignment]  # DRF takes fields out of the class
        child=TextField(allow_blank=True),
        required=False,
        help_text="Instrument, method, site …: short texts.",
    )
    version = TextField(required=False, allow_blank=True, max_length=60)
    external_id = TextField(
        required=False,
        allow_blank=True,
        max_length=normalise.EXTERNAL_ID_LIMIT,
        help_text="Your own id: the same one for the same product is captured once.",
    )
    captured_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it was said; now if left out."
    )


class ReceiptSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    receipt_url = serializers.URLField(help_text="Opens this one feedback, without sign-in.")


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
            200: OpenApiResponse(ReceiptSerializer, description="Captured before: same product, same external_id."),
            422: OpenApiResponse(description="The Idempotency-Key was used with another body."),
        },
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="Up to 255 visible ASCII characters, kept for seven days: the same call again"
                " gets the same answer and captures nothing.",
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Capture one piece of feedback and return its receipt."""
        if not isinstance(request.auth, ApiKey):
            raise exceptions.NotAuthenticated
        serializer = CaptureSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            outcome = capture_once(
                api_key_id=request.auth.pk,
                key=read_idempotency_key(request),
                body_sha256=hash_body(request.data),
                one=capture_of(serializer.validated_data),
            )
        except IdempotencyKeyReusedError as error:
            raise KeyReusedError(str(error)) from None
        except ValidationError as error:
            raise serializers.ValidationError(_by_api_field(error)) from None
        feedback_id = outcome.feedback_id or 0
        answer = {"id": feedback_id, "receipt_url": tokens.receipt_url(feedback_id)}
        return Response(answer, status=status.HTTP_201_CREATED if outcome.is_new else status.HTTP_200_OK)


def _by_api_field(error: ValidationError) -> dict[str, Any]:  # Any: DRF's nested details
    """Name what capture refused as the caller named it."""
    errors: dict[str, Any] = dict(error.message_dict)
    people = {name: errors.pop(field) for field, name in CUSTOMER_FIELDS.items() if field in errors}
    return errors | ({"customer": people} if people else {})


def read_idempotency_key(request: Request | HttpRequest) -> str:
    """Return the header's value, blank when there is none. Raises ParseError for one that is no key."""
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


def capture_of(data: Mapping[str, Any]) -> Capture:
    """Return the capture that a checked body asks for. Raises ValidationError for an unknown product."""
    product = Product.objects.only("id").filter(slug=data["product"]).first()
    if product is None:
        raise serializers.ValidationError({"product": ["There is no product with this slug."]})
    return Capture(
        product_id=product.pk,
        channel=Channel.API,
        text=data["text"],
        rating=data.get("rating"),
        version=data.get("version", ""),
        context=data.get("context", {}),
        person=Person(**(data.get("customer") or {})),
        identity=Identity.VERIFIED,
        external_id=data.get("external_id", ""),
        captured_at=data.get("captured_at"),
    )

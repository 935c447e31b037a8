"""POST /api/v1/feedback/bulk/: up to 1,000 pieces of feedback by one call."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api_view import ApiView
from apps.accounts.scopes import Scope
from apps.core.problems import pointer, reasons_in
from apps.feedback import selectors, tokens
from apps.feedback.api import (
    IDEMPOTENCY_KEY,
    CaptureSerializer,
    KeyReusedError,
    history_told,
    identify_call,
    known_products,
)
from apps.feedback.api_body import NO_OBJECT, REQUIRED, BodyError, Errors, read_capture, unknown_fields
from apps.feedback.services import Capture
from apps.feedback.services.bulk import ROWS_MAX, RowOutcome, capture_rows_once
from apps.feedback.services.idempotency import IdempotencyKeyReusedError

ROWS = "feedback"  # the body's one member


class BulkCaptureSerializer(serializers.Serializer[Any]):
    feedback = serializers.ListField(child=CaptureSerializer(), min_length=1, max_length=ROWS_MAX)


class RowErrorSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="Where in the body, as a JSON pointer: #/feedback/3/rating")
    detail = serializers.CharField()


class RowResultSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="The row's place in the body, from 0.")
    status = serializers.ChoiceField(["new", "repeated", "rejected"])
    id = serializers.IntegerField(allow_null=True)
    receipt_url = serializers.URLField(
        allow_null=True, help_text="Also null for a repeat of what another channel brought, or of other words."
    )
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]  # DRF takes fields out of the class


class BulkResultSerializer(serializers.Serializer[Any]):
    new = serializers.IntegerField()
    repeated = serializers.IntegerField(help_text="Captured before, by the same product and external_id.")
    rejected = serializers.IntegerField()
    results = RowResultSerializer(many=True, help_text="One for each row, in the order given.")


class BulkApi(ApiView):
    """The good rows go in, all of them or, where the service fails, none; the others are told what is wrong."""

    required_scope: ClassVar[Mapping[str, Scope]] = {"POST": Scope.FEEDBACK_WRITE}

    @extend_schema(
        operation_id="feedback_bulk",
        request=BulkCaptureSerializer,
        responses={200: BulkResultSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        """Capture up to 1,000 pieces of feedback, at most 5 MB; each row is told what became of it."""
        sent = _rows_in(request.data)
        products = known_products(sent)
        rows = [_read(row, products) for row in sent]
        captures = [row for row in rows if isinstance(row, Capture)]
        try:
            with history_told(request, captures):
                outcomes = capture_rows_once(call=identify_call(request), rows=rows)
        except IdempotencyKeyReusedError as error:
            raise KeyReusedError(str(error)) from None
        return Response(_answer(outcomes, rows))


def _rows_in(body: object) -> list[object]:
    """Return the rows of a body. Raises ValidationError for one that has none, too many, or something beside."""
    if not isinstance(body, dict):
        raise serializers.ValidationError({"": NO_OBJECT})
    errors = unknown_fields(body, {ROWS})
    rows = body.get(ROWS)
    if ROWS not in body:
        errors[ROWS] = REQUIRED
    elif not isinstance(rows, list) or not 1 <= len(rows) <= ROWS_MAX:
        errors[ROWS] = f"Give a list of 1 to {ROWS_MAX} rows."
    if errors or not isinstance(rows, list):
        raise serializers.ValidationError(errors)
    return rows


def _read(row: object, products: Mapping[str, int]) -> Capture | Errors:
    try:
        return read_capture(row, products)
    except BodyError as error:
        return error.errors


def _answer(outcomes: Sequence[RowOutcome], rows: Sequence[Capture | Errors]) -> dict[str, object]:
    found = [outcome.status for outcome in outcomes]
    counts: dict[str, object] = {status: found.count(status) for status in ("new", "repeated", "rejected")}
    theirs = _with_receipts(outcomes, rows)
    return counts | {"results": [_result(index, outcome, theirs) for index, outcome in enumerate(outcomes)]}


def _with_receipts(outcomes: Sequence[RowOutcome], rows: Sequence[Capture | Errors]) -> set[int]:
    """Return the feedback whose receipts this call is given: what it brought, and what it says once more."""
    new = {outcome.feedback_id for outcome in outcomes if outcome.status == "new" and outcome.feedback_id}
    again = {
        outcome.feedback_id: row.text
        for outcome, row in zip(outcomes, rows, strict=True)
        if outcome.feedback_id and outcome.feedback_id not in new and isinstance(row, Capture)
    }
    return new | selectors.said_again(again)


def _result(index: int, outcome: RowOutcome, theirs: Collection[int]) -> dict[str, object]:
    return {
        "index": index,
        "status": outcome.status,
        "id": outcome.feedback_id,
        "receipt_url": tokens.receipt_url(pk) if (pk := outcome.feedback_id) and pk in theirs else None,
        "errors": [
            {"pointer": pointer(ROWS, index, *path), "detail": reason} for path, reason in reasons_in(outcome.errors)
        ],
    }

"""The writes of feedback: capture (the one door in) and moderation (what happens after)."""

from apps.feedback.services.capture import (
    CAPTURED,
    Capture,
    CaptureResult,
    Outcome,
    Problem,
    capture,
    capture_batch,
)
from apps.feedback.services.moderation import (
    CHANGED,
    CustomerMissingError,
    delete_feedback_of,
    hold,
    mark_spam,
    redact,
    redact_feedback_of,
    release,
    restore_from_spam,
    set_identity,
    set_visibility,
    withdraw,
)
from apps.feedback.services.people import Person

__all__ = [
    "CAPTURED",
    "CHANGED",
    "Capture",
    "CaptureResult",
    "CustomerMissingError",
    "Outcome",
    "Person",
    "Problem",
    "capture",
    "capture_batch",
    "delete_feedback_of",
    "hold",
    "mark_spam",
    "redact",
    "redact_feedback_of",
    "release",
    "restore_from_spam",
    "set_identity",
    "set_visibility",
    "withdraw",
]

"""The shapes of a few well-known systems, with a sample of each. Pure."""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.integrations.hooks.mapping import Mapping, Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    label: Promise
    how: Promise  # what to do there
    mapping: Mapping
    sample: dict[str, object] = field(default_factory=dict)
    signature_header: str = ""


GENERIC = "generic"
PRESETS: dict[str, Preset] = {
    GENERIC: Preset(
        label=_("Something else"),
        how=_("Post JSON or a form to the address. Send one post first; then choose what of it becomes what."),
        mapping=Mapping(
            paths={
                "text": "text",
                "rating": "rating",
                "email": "customer_email",
                "name": "customer_name",
                "organisation": "organisation",
                "id": "external_id",
                "created_at": "captured_at",
            }
        ),
        sample={
            "text": "The stage drifts after an hour.",
            "rating": 2,
            "email": "ada@example.org",
            "name": "Ada",
            "organisation": "Example Labs",
            "id": "F-17",
            "created_at": "2026-03-02T10:00:00Z",
        },
    ),
    "zendesk": Preset(
        label=_("Zendesk: a trigger on tickets"),
        how=_(
            "In the Admin Center make a webhook (POST, JSON) with this address, and a trigger that notifies it with the"
            " sample as its body; put the placeholders {{ticket.id}}, {{ticket.title}}, {{ticket.description}},"
            " {{ticket.requester.name}}, {{ticket.requester.email}}, {{ticket.organization.name}} and"
            " {{ticket.created_at_with_timestamp}} in the places of the values."
        ),
        mapping=Mapping(
            paths={
                "ticket.title": "text",
                "ticket.description": "text",
                "ticket.requester.email": "customer_email",
                "ticket.requester.name": "customer_name",
                "ticket.organization": "organisation",
                "ticket.id": "external_id",
                "ticket.created_at": "captured_at",
                "ticket.priority": "context.priority",
            },
            external_prefix="zendesk:",
        ),
        sample={
            "ticket": {
                "id": "4711",
                "title": "Stage drifts",
                "description": "After an hour the stage is off by a micrometre.",
                "priority": "high",
                "created_at": "2026-03-02T10:00:00Z",
                "organization": "Example Labs",
                "requester": {"name": "Ada", "email": "ada@example.org"},
            }
        },
        signature_header="X-Zendesk-Webhook-Signature",
    ),
    "freshdesk": Preset(
        label=_("Freshdesk: an automation on tickets"),
        how=_(
            "Make an automation rule with the action “Trigger webhook”: POST to this address, JSON, simple content with"
            " ticket id, subject, description, URL, requester name, requester e-mail and company."
        ),
        mapping=Mapping(
            paths={
                "freshdesk_webhook.ticket_subject": "text",
                "freshdesk_webhook.ticket_description": "text",
                "freshdesk_webhook.ticket_requester_email": "customer_email",
                "freshdesk_webhook.ticket_requester_name": "customer_name",
                "freshdesk_webhook.ticket_company_name": "organisation",
                "freshdesk_webhook.ticket_id": "external_id",
                "freshdesk_webhook.ticket_url": "context.ticket",
            },
            external_prefix="freshdesk:",
            is_html=True,
        ),
        sample={
            "freshdesk_webhook": {
                "ticket_id": 4711,
                "ticket_subject": "Stage drifts",
                "ticket_description": "<p>After an hour the stage is off by a micrometre.</p>",
                "ticket_url": "https://example.freshdesk.com/helpdesk/tickets/4711",
                "ticket_requester_name": "Ada",
                "ticket_requester_email": "ada@example.org",
                "ticket_company_name": "Example Labs",
            }
        },
    ),
    "hubspot": Preset(
        label=_("HubSpot: a workflow on tickets"),
        how=_(
            "In a ticket-based workflow add “Send a webhook” (POST) with this address, and choose the properties of the"
            " ticket that are sent: subject, content, createdate, hs_ticket_priority, and of its contact email,"
            " firstname and company."
        ),
        mapping=Mapping(
            paths={
                "subject": "text",
                "content": "text",
                "email": "customer_email",
                "firstname": "customer_name",
                "company": "organisation",
                "hs_object_id": "external_id",
                "createdate": "captured_at",
                "hs_ticket_priority": "context.priority",
            },
            external_prefix="hubspot:",
        ),
        sample={
            "hs_object_id": 4711,
            "subject": "Stage drifts",
            "content": "After an hour the stage is off by a micrometre.",
            "createdate": 1772445600000,
            "hs_ticket_priority": "HIGH",
            "email": "ada@example.org",
            "firstname": "Ada",
            "company": "Example Labs",
        },
        signature_header="X-HubSpot-Signature-v3",
    ),
    "github": Preset(
        label=_("GitHub: issues that are opened"),
        how=_(
            "In the repository's settings add a webhook with this address, content type application/json, a secret, and"
            " the single event “Issues”. Type the same secret here."
        ),
        mapping=Mapping(
            paths={
                "issue.title": "text",
                "issue.body": "text",
                "issue.user.login": "customer_name",
                "issue.id": "external_id",
                "issue.created_at": "captured_at",
                "issue.html_url": "context.issue",
                "repository.full_name": "context.repository",
            },
            external_prefix="github:",
            operator=Operator.IS,
            condition_path="action",
            condition_value="opened",
        ),
        sample={
            "action": "opened",
            "issue": {
                "id": 4711,
                "number": 17,
                "title": "Stage drifts",
                "body": "After an hour the stage is off by a micrometre.",
                "html_url": "https://github.com/example/stage/issues/17",
                "created_at": "2026-03-02T10:00:00Z",
                "user": {"login": "ada"},
            },
            "repository": {"full_name": "example/stage"},
        },
        signature_header="X-Hub-Signature-256",
    ),
}

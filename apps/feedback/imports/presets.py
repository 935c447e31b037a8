"""Ready plans for the exports of other systems, by the columns that those write or document.

Names are compared without case, blanks and hyphens, and what a file lacks is left out, so one plan serves an export as
CSV and as JSON Lines. Where the names come from:

- Fider: the writer of its export, app/pkg/csv of getfider/fider, and its test data.
- Canny: the attributes of a post in developers.canny.io/api-reference, which JSON Lines flatten to ``author.name``,
  and the same words as a spreadsheet spells them; its help centre names no columns.
- UserVoice: help.uservoice.com, article 360035485693, "Fields in exports".
- LimeSurvey: "Exporting results" of its manual, headings as codes or as words. Its questions are the survey's own, so
  which of them is the text is left to be chosen.
- Zendesk: support.zendesk.com, article 4408886165402: the JSON export (an object a line, of the ticket's attributes in
  its API) and the CSV of a view.
- App Store: ``CustomerReview`` of developer.apple.com/documentation/appstoreconnectapi.
- Google Play: support.google.com/googleplay/android-developer/answer/6135870, reports of reviews, one CSV a month in
  UTF-16.
"""

from apps.feedback.imports.plan import HELD, LEFT_OUT, Plan

PRESETS: dict[str, tuple[str, Plan]] = {  # by key: what people call it, and the plan
    "fider": (
        "Fider",
        Plan(
            columns={
                "number": "external_id",
                "title": "text",
                "description": "text",
                "created_at": "captured_at",
                "created_by": "customer_name",
                "status": "status",
                "tags": "tags",
                "votes_count": "context.votes",
                "total_votes": "context.votes",
            },
            headings=False,
            separators=",",
            values={"status": {"duplicate": LEFT_OUT, "deleted": LEFT_OUT}},
        ),
    ),
    "canny": (
        "Canny",
        Plan(
            columns={
                "id": "external_id",
                "post_id": "external_id",
                "title": "text",
                "post_title": "text",
                "details": "text",
                "created": "captured_at",
                "created_at": "captured_at",
                "author.name": "customer_name",
                "author_name": "customer_name",
                "author.email": "customer_email",
                "author_email": "customer_email",
                "company_name": "organisation",
                "status": "status",
                "tags": "tags",
                "score": "context.votes",
                "votes": "context.votes",
                "board.name": "context.board",
                "board": "context.board",
            },
            headings=False,
            separators=",",
        ),
    ),
    "uservoice": (
        "UserVoice",
        Plan(
            columns={
                "suggestion.id": "external_id",
                "suggestion.title": "text",
                "suggestion.body": "text",
                "suggestion.created_timestamp": "captured_at",
                "suggestion.status.name": "status",
                "suggestion.labels.name": "tags",
                "suggestion.forum.name": "context.forum",
                "suggestion.category.name": "context.category",
                "suggestion.portal_url": "context.link",
                "user.name": "customer_name",
                "user.email_address": "customer_email",
                "account.name": "organisation",
            },
            headings=False,
            values={"status": {"spam": LEFT_OUT, "deleted": LEFT_OUT}},
        ),
    ),
    "limesurvey": (
        "LimeSurvey",
        Plan(
            columns={
                "id": "external_id",
                "response_id": "external_id",
                "submitdate": "captured_at",
                "date_submitted": "captured_at",
                "email": "customer_email",
                "email_address": "customer_email",
                "token": "ignore",
                "ipaddr": "ignore",
                "ip_address": "ignore",
            },
        ),
    ),
    "zendesk": (
        "Zendesk",
        Plan(
            columns={
                "id": "external_id",
                "ticket_id": "external_id",
                "subject": "text",
                "description": "text",
                "created_at": "captured_at",
                "requested": "captured_at",
                "requester.name": "customer_name",
                "requester": "customer_name",
                "requester.email": "customer_email",
                "requester_email": "customer_email",
                "organization.name": "organisation",
                "organization": "organisation",
                "satisfaction_rating.score": "rating",
                "satisfaction_score": "rating",
                "status": "status",
                "tags": "tags",
                "priority": "context.priority",
                "ticket_type": "context.type",
                "group": "context.group",
            },
            headings=False,
            scale="words",
            separators=", ",
            values={
                "rating": {"offered": "", "unoffered": "", "not offered": "", "good": "5", "bad": "1"},
                "status": {"deleted": LEFT_OUT, "suspended": HELD},
            },
        ),
    ),
    "app-store": (
        "App Store",
        Plan(
            columns={
                "id": "external_id",
                "review_id": "external_id",
                "attributes.title": "text",
                "attributes.body": "text",
                "title": "text",
                "body": "text",
                "review": "text",
                "attributes.rating": "rating",
                "rating": "rating",
                "attributes.createddate": "captured_at",
                "createddate": "captured_at",
                "date": "captured_at",
                "attributes.reviewernickname": "customer_name",
                "reviewernickname": "customer_name",
                "attributes.territory": "context.territory",
                "territory": "context.territory",
                "version": "version",
            },
            headings=False,
        ),
    ),
    "google-play": (
        "Google Play",
        Plan(
            columns={
                "Review Link": "external_id",
                "Review Title": "text",
                "Review Text": "text",
                "Star Rating": "rating",
                "Review Submit Date and Time": "captured_at",
                "App Version Name": "version",
                "Device": "context.device",
                "Reviewer Language": "context.reviewer language",
            },
            headings=False,
        ),
    ),
}

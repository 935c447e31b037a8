"""Whether a queue page has changed: asked every two seconds by every open page, so one cheap query."""

from datetime import date
from hashlib import sha256

from django.db import connection

from apps.accounts.models import Team

# Standings and priorities say when they changed; tags do not, so their names and places are digested: a
# taxonomy is hundreds of rows. The day is in because scores fade and "the last 28 days" move.
STATE_SQL = """
SELECT (SELECT concat(count(*), '|', max(updated_at)) FROM priorities_standing WHERE team_id = %(team)s),
       (SELECT max(p.updated_at) FROM priorities_priority p
          JOIN tagging_tag t ON t.id = p.tag_id WHERE t.effective_team_id = %(team)s),
       (SELECT max(version) FROM priorities_policy WHERE team_id = %(team)s),
       (SELECT md5(string_agg(concat_ws('|', id, parent_id, slug, name, effective_team_id), ',' ORDER BY id))
          FROM tagging_tag)
"""


def queue_etag(team: Team, *, today: date) -> str:
    """Return a quoted ETag of all that ``team``'s queue shows on ``today``. One query, nothing rendered."""
    with connection.cursor() as cursor:
        cursor.execute(STATE_SQL, {"team": team.pk})
        state = cursor.fetchone()
    digest = sha256(repr((team.pk, team.name, today, state)).encode()).hexdigest()
    return f'"{digest[:32]}"'

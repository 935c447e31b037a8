"""Whether a queue page has changed: asked every two seconds by every open page, so one cheap query."""

from collections.abc import Collection
from datetime import date
from hashlib import sha256

from django.db import connection

from apps.accounts.models import Team

# Sums, for a fold may commit after another one and carry the earlier time: the greatest alone would miss it. Tags
# and people do not say when they changed, so their names are digested: a taxonomy is hundreds of rows. The day is in
# because scores fade and "the last 28 days" move.
STATE_SQL = """
SELECT (SELECT concat_ws('|', count(*), sum(extract(epoch FROM updated_at)), sum(feedback_count),
                         sum(customer_count), sum(anonymous_count))
          FROM priorities_standing WHERE team_id = %(team)s),
       (SELECT concat_ws('|', count(*), sum(extract(epoch FROM p.updated_at)),
                         md5(string_agg(concat_ws('|', p.tag_id, u.id, u.name, u.email), ',' ORDER BY p.tag_id)))
          FROM priorities_priority p JOIN tagging_tag t ON t.id = p.tag_id
          LEFT JOIN accounts_user u ON u.id = p.owner_id
         WHERE t.effective_team_id = %(team)s),
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


DASHBOARD_SQL = """
SELECT (SELECT concat_ws('|', count(*), sum(extract(epoch FROM updated_at)), sum(feedback_count))
          FROM priorities_standing WHERE team_id = ANY(%(teams)s)),
       (SELECT concat_ws('|', count(*), sum(extract(epoch FROM p.updated_at)))
          FROM priorities_priority p JOIN tagging_tag t ON t.id = p.tag_id WHERE t.effective_team_id = ANY(%(teams)s)),
       (SELECT string_agg(concat_ws('|', team_id, version), ',' ORDER BY team_id, version)
          FROM priorities_policy WHERE team_id = ANY(%(teams)s)),
       (SELECT md5(string_agg(concat_ws('|', id, parent_id, slug, name, effective_team_id), ',' ORDER BY id))
          FROM tagging_tag),
       (SELECT string_agg(concat_ws('|', p.id, p.slug, p.name, p.team_id, tick.tick_count), ',' ORDER BY p.id)
          FROM catalog_product p LEFT JOIN priorities_volumetick tick ON tick.product_id = p.id
         WHERE p.team_id = ANY(%(teams)s)),
       (SELECT string_agg(concat_ws('|', v.id, v.name, v.released_on), ',' ORDER BY v.id)
          FROM catalog_productversion v JOIN catalog_product p ON p.id = v.product_id
         WHERE p.team_id = ANY(%(teams)s)),
       (SELECT string_agg(concat_ws('|', id, name), ',' ORDER BY id) FROM customers_segment),
       (SELECT string_agg(concat_ws('|', id, slug, name), ',' ORDER BY id)
          FROM accounts_team WHERE id = ANY(%(teams)s)),
       (SELECT max(finished_at) FROM core_jobrun WHERE job = 'priorities.first_looks')
"""


def dashboard_state(team_ids: Collection[int]) -> str:
    """Return a text that differs whenever the dashboards of ``team_ids`` would show something else. One query.

    What a reader may open, and what waits for a moderator, is not in it.
    """
    with connection.cursor() as cursor:
        cursor.execute(DASHBOARD_SQL, {"teams": list(team_ids)})
        return repr(cursor.fetchone())

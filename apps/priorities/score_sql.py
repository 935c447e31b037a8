"""The score in SQL, for folding and deriving: the arithmetic of ``scoring.terms``, which check_queues holds it to."""

from apps.priorities.scoring import EFFORT_FACTORS, MAX_HALF_LIVES

COUNTS = (
    "feedback_count", "anonymous_count", "unhappy_count", "sentiment_milli_sum",
    "customer_count", "customer_unhappy", "customer_importance", "customer_against",
    "organisation_count", "organisation_unhappy", "organisation_importance", "organisation_against",
)  # fmt: skip

# Every team's policy in force, as ``policy``. Cheap: teams are few.
CURRENT_POLICY_SQL = "SELECT DISTINCT ON (team_id) * FROM priorities_policy ORDER BY team_id, version DESC"

# How much a segment weighs under ``policy``; needs ``segment`` (customers_segment) left-joined.
WEIGHT_SQL = "coalesce((policy.segment_weights ->> {segment_id}::text)::float8, segment.weight, 1)"

# PostgreSQL raises where a double would underflow to 0; what is so old counts nothing either way.
DECAY_SQL = (
    f"power(2::float8, greatest(-{MAX_HALF_LIVES}, ({{day}} - policy.landmark_on)::float8 / policy.half_life_days))"
)

EFFORT_SQL = "CASE coalesce(priority.effort, '') {} END".format(
    " ".join(f"WHEN '{effort}' THEN {factor}::float8" for effort, factor in EFFORT_FACTORS.items())
)
FACTOR_SQL = f"coalesce(priority.alignment, 1) * {EFFORT_SQL}"


def term_sql(column: str) -> str:
    """Return the undecayed, segment-unweighted term of one cell; ``column`` is a format such as ``"cell.{}"``."""

    def c(name: str) -> str:
        return column.format(name)

    def voices(kind: str) -> str:
        return (
            f"({c(kind + '_count')} + policy.unhappy_weight * {c(kind + '_unhappy')}"
            f" + policy.importance_weight * {c(kind + '_importance')}"
            f" - policy.against_weight * {c(kind + '_against')})"
        )

    return (
        f"(CASE policy.counted WHEN 'organisations' THEN {voices('organisation')} ELSE {voices('customer')} END"
        f" + policy.anonymous_weight * least({c('anonymous_count')}, policy.anonymous_daily_cap)"
        f" + policy.repeat_weight * ({c('feedback_count')} - {c('anonymous_count')} - {c('customer_count')}))"
    )

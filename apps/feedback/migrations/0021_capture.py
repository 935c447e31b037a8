"""The insert behind the door of capture (feedback.services.capture), with its outbox rows and the key of the call that
brought it: planned once a connection.

``now()`` of the database decides what "now" is; a few minutes of a client's clock are no future. Sorted by key: two
batches that overlap take their index entries in one order and cannot deadlock.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION feedback_capture(
    p_zone text, p_product_ids bigint[], p_versions text[], p_channels text[], p_form_ids bigint[],
    p_form_version_ids bigint[], p_coarse boolean[], p_import_ids bigint[], p_lines bigint[], p_texts text[],
    p_ratings smallint[], p_contexts text[], p_customer_ids bigint[], p_identities text[], p_held_reasons text[],
    p_external_ids text[], p_dedupe_keys text[], p_captured_at timestamptz[],
    p_topic text, p_subscribers text[], p_batch_ids int, p_bulk_ids int, p_wakes boolean,
    p_api_key_id bigint, p_call_key text, p_body_sha256 text,
    OUT new_keys text[], OUT new_ids bigint[]
) LANGUAGE plpgsql AS $$
BEGIN
    WITH inserted AS (
        INSERT INTO feedback_feedback (
            product_id, version_id, channel, form_id, form_version_id, source_import_id, import_line, text, rating,
            context, customer_id, identity, state, held_reason,
            visibility, external_id, dedupe_key, captured_at, received_at, day, is_future_dated
        )
        SELECT
            p.id, v.id, r.channel, r.form_id, r.form_version_id, r.import_id, r.line, r.text, r.rating,
            CASE WHEN v.id IS NULL AND r.version <> ''
                THEN r.context::jsonb || jsonb_build_object('version', r.version) ELSE r.context::jsonb END,
            r.customer_id, r.identity, CASE WHEN r.held_reason = '' THEN 'live' ELSE 'held' END, r.held_reason,
            p.default_visibility, r.external_id, r.dedupe_key,
            CASE WHEN r.is_coarse THEN date_trunc('day', now(), p_zone) ELSE coalesce(r.captured_at, now()) END,
            CASE WHEN r.is_coarse THEN date_trunc('day', now(), p_zone) ELSE now() END,
            (least(r.captured_at, now()) AT TIME ZONE p_zone)::date,
            coalesce(r.captured_at > now() + interval '5 minutes', false)
        FROM unnest(
            p_product_ids, p_versions, p_channels, p_form_ids, p_form_version_ids, p_coarse, p_import_ids, p_lines,
            p_texts, p_ratings, p_contexts, p_customer_ids, p_identities, p_held_reasons, p_external_ids,
            p_dedupe_keys, p_captured_at
        ) AS r (
            product_id, version, channel, form_id, form_version_id, is_coarse, import_id, line,
            text, rating, context, customer_id, identity, held_reason, external_id,
            dedupe_key, captured_at
        )
        JOIN catalog_product p ON p.id = r.product_id
        LEFT JOIN catalog_productversion v ON v.product_id = p.id AND v.name = r.version AND r.version <> ''
        ORDER BY r.dedupe_key
        ON CONFLICT (dedupe_key) WHERE state <> 'withdrawn' DO NOTHING
        RETURNING dedupe_key, id
    )
    SELECT array_agg(i.dedupe_key ORDER BY i.id), array_agg(i.id ORDER BY i.id) INTO new_keys, new_ids FROM inserted i;
    IF new_ids IS NOT NULL THEN
        PERFORM core_publish(p_topic, p_subscribers, p_batch_ids, p_bulk_ids, p_wakes, new_ids);
        IF p_call_key <> '' THEN  -- a call made again breaks off here, and has brought nothing in
            INSERT INTO feedback_idempotencykey (api_key_id, key, body_sha256, feedback_id, created_at)
            VALUES (p_api_key_id, p_call_key, p_body_sha256, new_ids[1], now());
        END IF;
    END IF;
END
$$;
"""
BACKWARDS = """
DROP FUNCTION feedback_capture(
    text, bigint[], text[], text[], bigint[], bigint[], boolean[], bigint[], bigint[], text[], smallint[], text[],
    bigint[], text[], text[], text[], text[], timestamptz[], text, text[], int, int, boolean, bigint, text,
    text
);
"""


class Migration(migrations.Migration):
    dependencies = [("feedback", "0020_widget_secrets"), ("core", "0008_publish")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]

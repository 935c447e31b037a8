"""The outbox's door within the database: what it keeps is written here alone (core.outbox.publish)."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION core_publish(
    p_topic text, p_subscribers text[], p_batch_ids int, p_bulk_ids int, p_wakes boolean, p_ids bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_outboxrow (subscriber, topic, payload, is_bulk, tries, failures, last_error)
    SELECT s, p_topic, jsonb_build_object('ids', to_jsonb(p_ids[first : first + p_batch_ids - 1])),
        cardinality(p_ids) > p_bulk_ids, 0, 0, ''
    FROM unnest(p_subscribers) s, generate_series(1, cardinality(p_ids), p_batch_ids) first;
    IF p_wakes THEN
        PERFORM pg_notify('outbox', '');
    END IF;
END
$$;
"""
BACKWARDS = "DROP FUNCTION core_publish(text, text[], int, int, boolean, bigint[]);"


class Migration(migrations.Migration):
    dependencies = [("core", "0007_slots")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]

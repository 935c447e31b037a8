"""What every history trigger calls: keep what changed, and who is said to have acted (core.audit)."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION core_record_change(
    p_kind text, p_object_id bigint, p_action text, p_before jsonb, p_after jsonb, p_identity text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := NULLIF(current_setting('pghistory.context_metadata', true), '')::jsonb;
    program text := current_setting('application_name');
BEGIN
    IF p_action = 'update' THEN
        SELECT jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, p_after -> b.key)
        INTO p_before, p_after
        FROM jsonb_each(p_before) b
        WHERE b.value IS DISTINCT FROM p_after -> b.key OR b.key = ANY (p_identity);
    END IF;
    INSERT INTO public.core_change (kind, object_id, action, before, after, person_id, via)
    VALUES (
        p_kind, p_object_id, p_action, p_before, p_after, (told ->> 'person')::bigint,
        left(
            coalesce(
                told ->> 'via',
                CASE WHEN program = 'feedback-platform' THEN ''
                ELSE format('database: %s as %s', coalesce(nullif(program, ''), 'a program'), session_user) END
            ),
            200
        )
    );
END
$$;
"""
BACKWARDS = "DROP FUNCTION core_record_change(text, bigint, text, jsonb, jsonb, text[]);"


class Migration(migrations.Migration):
    dependencies = [("core", "0005_history")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]

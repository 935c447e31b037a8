"""The review queue: what is held, looked at by people, group by group."""

"""Webhooks in: what other systems post, mapped to feedback by a mapping that staff make of a sample."""

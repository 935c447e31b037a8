"""Whom to ask: saved criteria, candidates, and how often anybody may be asked."""

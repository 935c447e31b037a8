"""Panels: seats, terms, invitations, ballots, the members' own page, health."""

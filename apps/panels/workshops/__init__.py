"""Workshops: contributions from phones, a board, votes, decisions."""

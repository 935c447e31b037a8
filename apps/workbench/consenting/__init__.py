"""Consents as staff see them: one customer's ledger, the words that are asked for, requests to be erased."""

"""Finding feedback: a selection from a query string to conditions, a plan, pages, counts, facets, words and files.

``reading`` is the one address for pages of a selection, and for what goes with them.
"""

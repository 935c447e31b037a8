"""The database backend: Django's own for PostgreSQL, which also knows a connection that broke in mid-query."""

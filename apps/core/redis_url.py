"""The two spellings of a Redis address on a socket: kombu's and redis-py's."""

from urllib.parse import parse_qs, urlsplit


def client_url(url: str) -> str:
    """Return ``url`` as redis-py wants it: ``redis+socket:///path?virtual_host=0`` becomes ``unix:///path?db=0``."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{parts.path}?db={database}"

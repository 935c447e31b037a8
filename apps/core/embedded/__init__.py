"""The embedded PostgreSQL and Valkey of a data folder: where they are, and how to start and stop them."""

from apps.core.embedded.layout import EmbeddedPaths, paths

__all__ = ["EmbeddedPaths", "paths"]

"""The addresses of the pages of the directory."""

from django.urls import reverse


def url(name: str, *args: object) -> str:
    return reverse(f"workbench:{name}", args=args)

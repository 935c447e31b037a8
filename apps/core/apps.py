"""App configuration, and the system check of settings that only core can read."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"


@register()
def limits_are_readable(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Sequence[CheckMessage]:
    """Refuse limits that cannot be read at the start rather than at the first submission."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    from apps.core.limits import parse_limit

    problems: list[CheckMessage] = []
    for name in ("FORM_LIMIT", "API_LIMIT", "MAIL_IN_LIMIT", "HOOK_LIMIT"):
        try:
            parse_limit(getattr(settings, name))
        except ImproperlyConfigured as error:
            problems.append(Error(f"{name}: {error}", hint="A count up to 1000000, a slash, and s, m, h or d."))
    return problems

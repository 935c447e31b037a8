"""App configuration."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        from apps.accounts import sessions, single_sign_on
        from apps.core import jobs

        single_sign_on.check_settings()
        jobs.register(jobs.DailyJob("accounts.sessions", sessions.forget_expired))
        # Django's own signal: every way of signing in sends it, whichever page it was.
        user_logged_in.connect(sessions.note_sign_in, dispatch_uid="accounts.sessions")

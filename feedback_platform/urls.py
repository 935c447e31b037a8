"""Which URL goes to which app."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from feedback_platform import api_docs

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one door for all
# An address, a factor, a provider is a way in; roles are ours.
for model in (EmailAddress, Group, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    if admin.site.is_registered(model):  # where this module is imported again after an error, it is not
        admin.site.unregister(model)

urlpatterns = [
    # First, for routes are tried in turn, and these are what strangers ask for in crowds.
    path("", include("apps.feedback.urls")),
    path("", include("apps.feedback.widget.urls")),
    path("admin/", admin.site.urls),
    path("language/", csrf_exempt(set_language), name="set_language"),  # customers have no cookie to check
    path("accounts/", include("apps.accounts.urls")),
    path("api/v1/schema/", api_docs.schema, name="api-schema"),
    path("api/docs/", api_docs.docs, name="api-docs"),
    path("api/problems/", api_docs.problems, name="api-problems"),
    path("api/v1/", include("apps.feedback.api_urls")),
    path("api/v1/", include("apps.workbench.api_urls")),
    path("api/v1/", include("apps.tagging.api_urls")),
    path("api/v1/", include("apps.catalog.api_urls")),
    path("api/v1/", include("apps.priorities.api_urls")),
    path("", include("apps.dialogue.urls")),
    path("", include("apps.panels.urls")),
    path("", include("apps.dashboard.urls")),
    path("", include("apps.integrations.urls")),
    path("", include("apps.workbench.urls")),
    path("forms/", include("apps.feedback.builder.urls")),
    path("people/", include("apps.workbench.people_urls")),
    path("tags/", include("apps.workbench.tag_urls")),
    path("", include("apps.priorities.urls")),
]

handler400 = "apps.core.error_pages.bad_request"
handler403 = "apps.core.error_pages.permission_denied"
handler404 = "apps.core.error_pages.not_found"
handler429 = "apps.core.error_pages.too_many_requests"  # allauth's
handler500 = "apps.core.error_pages.server_error"

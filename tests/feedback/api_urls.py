"""The capture API at its address, before ``workbench`` adds its GET."""

from django.urls import include, path

from apps.feedback.api import CaptureApi

urlpatterns = [path("", include("apps.feedback.urls")), path("api/v1/feedback/", CaptureApi.as_view())]
handler400 = "apps.core.error_pages.bad_request"
handler404 = "apps.core.error_pages.not_found"

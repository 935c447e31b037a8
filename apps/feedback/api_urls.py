"""URLs of the API's bulk capture; workbench.api_urls has those of one feedback."""

from django.urls import path

from apps.feedback.bulk_api import BulkApi

urlpatterns = [path("feedback/bulk/", BulkApi.as_view(), name="api-feedback-bulk")]

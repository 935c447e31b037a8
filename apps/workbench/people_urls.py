"""The namespace ``people``: accounts' own pages, and the access page (above feedback)."""

from django.urls import path

from apps.accounts.people_urls import urlpatterns as people_patterns
from apps.workbench import access

app_name = "people"
urlpatterns = [path("access/", access.access_page, name="access"), *people_patterns]

"""Routes of the research repository."""

from django.urls import path

from apps.panels.repository import views

app_name = "repository"
urlpatterns = [
    path("findings/", views.finding_list, name="list"),
    path("findings/new/", views.create_finding, name="create"),
    path("findings/<int:finding_id>/", views.finding, name="finding"),
    path("findings/<int:finding_id>/edit/", views.edit_finding, name="edit"),
    path("findings/<int:finding_id>/withdraw/", views.withdraw_finding, name="withdraw"),
    path("findings/<int:finding_id>/restore/", views.restore_finding, name="restore"),
    path("findings/<int:finding_id>/evidence/", views.add_evidence, name="add-evidence"),
    path("findings/<int:finding_id>/evidence/<int:evidence_id>/remove/", views.remove_evidence, name="remove-evidence"),
]

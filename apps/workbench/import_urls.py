"""URLs of imports: the list, a new one, its columns and values, its page, its bad rows."""

from django.urls import path

from apps.workbench.importing import pages, running

urlpatterns = [
    path("imports/", pages.import_list, name="import-list"),
    path("imports/new/", pages.new_import, name="new-import"),
    path("imports/mappings/<int:mapping_id>/delete/", pages.delete_mapping, name="delete-import-mapping"),
    path("imports/<int:import_id>/", running.import_page, name="import"),
    path("imports/<int:import_id>/columns/", pages.import_columns, name="import-columns"),
    path("imports/<int:import_id>/values/", pages.import_values, name="import-values"),
    path("imports/<int:import_id>/act/", running.act, name="act-on-import"),
    path("imports/<int:import_id>/mapping/", running.save_mapping, name="save-import-mapping"),
    path("imports/<int:import_id>/bad-rows.csv", running.bad_rows, name="import-bad-rows"),
]

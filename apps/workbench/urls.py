"""URLs of the feedback list, of one feedback, and of what feedback comes in by: products and forms."""

from django.urls import path

from apps.workbench import import_urls, setup_urls
from apps.workbench.browse import exports
from apps.workbench.consenting import urls as consent_urls
from apps.workbench.directory import public_forms
from apps.workbench.review import views as review
from apps.workbench.room import actions, behalf, files, notes, view_pages, views

app_name = "workbench"
urlpatterns = [
    path("feedback/", views.feedback_list, name="feedback-list"),
    path("feedback/record/", behalf.record_feedback, name="record-feedback"),
    path("feedback/export.csv", exports.export_csv, name="export-csv"),
    path("feedback/export.json", exports.export_json, name="export-json"),
    path("feedback/facets/", views.feedback_facets, name="feedback-facets"),
    path("feedback/views/", view_pages.view_list, name="view-list"),
    path("feedback/views/save/", view_pages.save_view, name="save-view"),
    path("feedback/views/<int:view_id>/", view_pages.open_view, name="open-view"),
    path("feedback/views/<int:view_id>/edit/", view_pages.edit_view, name="edit-view"),
    path("feedback/views/<int:view_id>/query/", view_pages.update_view_query, name="update-view-query"),
    path("feedback/views/<int:view_id>/delete/", view_pages.delete_view, name="delete-view"),
    path("feedback/views/<int:view_id>/restore/", view_pages.restore_view, name="restore-view"),
    path("feedback/views/<int:view_id>/move/", view_pages.move_view, name="move-view"),
    path("feedback/views/<int:view_id>/default/", view_pages.set_default_view, name="set-default-view"),
    path("feedback/review/", review.review, name="review"),
    path("feedback/review/decide/", review.decide, name="decide-review"),
    path("feedback/review/undo/", review.undo, name="undo-review"),
    path("feedback/<int:feedback_id>/", views.feedback_detail, name="feedback-detail"),
    path("feedback/<int:feedback_id>/files/<str:key>/", files.download_file, name="download-file"),
    path("feedback/<int:feedback_id>/files/<str:key>/preview/", files.preview_file, name="preview-file"),
    path("feedback/<int:feedback_id>/tags/", actions.tag_feedback, name="tag-feedback"),
    path("feedback/<int:feedback_id>/tags/<slug:slug>/reject/", actions.reject_tag, name="reject-tag"),
    path("feedback/<int:feedback_id>/spans/<int:tagging_id>/reject/", actions.reject_span, name="reject-span"),
    path("feedback/<int:feedback_id>/moderate/", actions.moderate_feedback, name="moderate-feedback"),
    path("feedback/<int:feedback_id>/erase-customer/", actions.erase_customer, name="erase-customer"),
    path("feedback/<int:feedback_id>/notes/", notes.add_note, name="add-note"),
    path("feedback/<int:feedback_id>/notes/people/", notes.mention_people, name="mention-people"),
    path("feedback/<int:feedback_id>/notes/<int:note_id>/", notes.edit_note, name="edit-note"),
    path("feedback/<int:feedback_id>/notes/<int:note_id>/delete/", notes.delete_note, name="delete-note"),
    path("feedback/<int:feedback_id>/notes/<int:note_id>/restore/", notes.restore_note, name="restore-note"),
    path("forms/", public_forms.form_list, name="form-list"),
    path("forms/new/", public_forms.create_public_form, name="create-form"),
    path("forms/<int:form_id>/state/", public_forms.open_or_close_form, name="open-or-close-form"),
    *import_urls.urlpatterns,
    *consent_urls.urlpatterns,
    *setup_urls.urlpatterns,
]

"""URLs of one public form as staff build, translate, publish, share and set it up."""

from django.urls import path

from apps.feedback.builder import framing, publishing, sharing, translating, views
from apps.feedback.builder import settings as settings_page

app_name = "builder"
urlpatterns = [
    path("<int:form_id>/", views.editor, name="editor"),
    path("<int:form_id>/edit/", views.edit, name="edit"),
    path("<int:form_id>/restore/<slug:key>/", views.restore, name="restore"),
    path("<int:form_id>/translations/", translating.translations, name="translations"),
    path("<int:form_id>/preview/", framing.preview_page, name="preview-page"),
    path("<int:form_id>/preview/frame/", framing.frame, name="frame"),
    path("<int:form_id>/publish/", publishing.publish_draft, name="publish"),
    path("<int:form_id>/discard/", publishing.discard, name="discard"),
    path("<int:form_id>/versions/", publishing.versions, name="versions"),
    path("<int:form_id>/versions/<int:number>/", publishing.version, name="version"),
    path("<int:form_id>/versions/<int:number>/frame/", framing.frame, name="version-frame"),
    path("<int:form_id>/versions/<int:number>/draft/", publishing.start_from_version, name="start-from-version"),
    path("<int:form_id>/settings/", settings_page.form_settings, name="settings"),
    path("<int:form_id>/share/", sharing.share, name="share"),
    path("<int:form_id>/share/links.csv", sharing.make_links, name="make-links"),
    path("<int:form_id>/share/code.<str:kind>", sharing.code, name="code"),
]

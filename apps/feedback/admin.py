"""Facts, forms and imports for operators to look at: services and the staff's own pages write them."""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin
from apps.feedback.models import Feedback, Form, Import


@admin.register(Form)
class FormAdmin(ReadOnlyAdmin):
    list_display = ("title", "slug", "product", "is_open", "created_at")
    list_select_related = ("product",)
    search_fields = ("title", "slug")


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ("id", "file_name", "status", "started_at", "new_count", "repeated_count", "rejected_count")
    list_filter = ("status",)


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    list_display = ("id", "product", "channel", "state", "visibility", "identity", "captured_at", "redacted_at")
    list_select_related = ("product",)
    list_filter = ("state", "channel", "visibility")
    ordering = ("-id",)
    show_full_result_count = False

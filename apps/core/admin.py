"""The two kinds of page in Django's admin (rows that services change, rows only looked at), and the outbox's."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core import outbox
from apps.core.models import Heartbeat, JobRun, OutboxRow

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]  # the classes take no parameter at run time
    AnyTabularInline = admin.TabularInline[Any, Any]
else:
    AnyModelAdmin = admin.ModelAdmin
    AnyTabularInline = admin.TabularInline


class KeptAdmin(AnyModelAdmin):
    """For rows that are never deleted here; ``save_model`` of the subclass calls a service."""

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin):
    """For facts and derived rows: operators look, services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(OutboxRow)
class OutboxRowAdmin(ReadOnlyAdmin):
    """Work that waits or, after three failures, is quarantined until an operator lets it be tried again."""

    list_display = ("id", "subscriber", "topic", "created_at", "tries", "quarantined_at", "last_error")
    list_filter = (("quarantined_at", admin.EmptyFieldListFilter), "subscriber")
    ordering = ("id",)
    actions = ("try_again",)

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxRow]) -> None:
        count = outbox.replay_quarantined(row_ids=list(queryset.values_list("pk", flat=True)))
        messages.success(request, f"{count} quarantined rows are tried again.")


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    list_display = ("job", "period", "finished_at")
    ordering = ("-finished_at",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("part", "beat_at")

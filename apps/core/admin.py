"""The two kinds of page in Django's admin: rows that services change, and rows that are only looked at."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

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

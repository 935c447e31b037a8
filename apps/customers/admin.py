"""Customers, organisations and segments for operators: what changes how they count goes through services."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core.admin import KeptAdmin
from apps.customers import services
from apps.customers.models import Customer, Organisation, Segment


@admin.register(Segment)
class SegmentAdmin(KeptAdmin):
    list_display = ("name", "weight")
    fields = ("name", "weight")

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> tuple[str, ...]:
        return ("weight",) if obj else ()  # standings are derived from it; teams' policies override it

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=["name"])
        else:
            obj.pk = services.create_segment(name=obj.name, weight=obj.weight).pk


@admin.register(Organisation)
class OrganisationAdmin(KeptAdmin):
    list_display = ("name", "segment")
    list_select_related = ("segment",)
    search_fields = ("name",)
    fields = ("name", "segment")

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        segment = obj.segment
        if change:
            obj.save(update_fields=["name"])
            services.set_organisation_segment(organisation=obj, segment=segment)
        else:
            obj.save()


@admin.register(Customer)
class CustomerAdmin(KeptAdmin):
    list_display = ("__str__", "email", "organisation", "segment", "verified_at", "erased_at")
    list_select_related = ("organisation", "segment")
    list_filter = ("segment",)
    search_fields = ("email", "name")
    show_full_result_count = False
    fields = (
        "key",
        "email",
        "name",
        "organisation",
        "segment",
        "verified_at",
        "erased_at",
        "created_at",
    )
    readonly_fields = ("key", "email", "name", "verified_at", "erased_at", "created_at")
    autocomplete_fields = ("organisation",)
    actions = ("verify",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        if "segment" in form.changed_data:
            services.set_segment(customer_ids=[obj.pk], segment=obj.segment)
        if "organisation" in form.changed_data:
            services.set_organisation(customer_ids=[obj.pk], organisation=obj.organisation)

    @admin.action(description="Mark as verified", permissions=["change"])
    def verify(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        for customer_id in queryset.filter(erased_at__isnull=True).values_list("pk", flat=True):
            services.verify_customer(customer_id=customer_id)
        messages.success(request, "Verified.")

"""Products and their versions for operators."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.catalog import services
from apps.catalog.models import Product, ProductVersion, Visibility
from apps.core.admin import AnyTabularInline, KeptAdmin

EDITABLE = ("name", "team", "description", "default_visibility")


class ProductVersionInline(AnyTabularInline):
    model = ProductVersion
    extra = 0
    can_delete = False  # feedback names it


@admin.register(Product)
class ProductAdmin(KeptAdmin):
    list_display = ("name", "team", "default_visibility")
    list_select_related = ("team",)
    search_fields = ("name",)
    fields = EDITABLE
    inlines = (ProductVersionInline,)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=EDITABLE)
            return
        made = services.create_product(
            name=obj.name,
            team=obj.team,
            description=obj.description,
            default_visibility=Visibility(obj.default_visibility),
        )
        obj.pk, obj.slug = made.pk, made.slug

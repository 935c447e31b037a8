"""People, teams and keys for operators. Passwords are chosen by their owners, by the reset link."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts import services
from apps.accounts.forms import StaffEmailField
from apps.accounts.models import ApiKey, Membership, Role, Team, User
from apps.core.admin import AnyTabularInline, KeptAdmin, ReadOnlyAdmin


class UserAddForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    email = StaffEmailField(label="E-mail", max_length=254)

    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(KeptAdmin):
    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:  # Any: the stub's own type; the fields come from get_fieldsets
        return super().get_form(request, obj, change, **({} if change else {"form": UserAddForm}) | kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:  # Any: the stub's own type
        return [(None, {"fields": ("email", "name") if obj is None else ("name", "is_active", "is_superuser")})]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.pk = services.create_user(email=obj.email, name=obj.name).pk
            return
        if "name" in form.changed_data:
            services.rename_person(user=obj, name=obj.name)
        if "is_active" in form.changed_data:
            services.set_active(user=obj, is_active=obj.is_active)
        if "is_superuser" in form.changed_data:
            services.set_administrator(user=obj, is_administrator=obj.is_superuser)


class MembershipInline(AnyTabularInline):
    model = Membership
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Team)
class TeamAdmin(KeptAdmin):
    list_display = ("name", "slug")
    fields = ("name",)
    inlines = (MembershipInline,)

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        if change:
            services.rename_team(team=Team.objects.get(pk=obj.pk), name=obj.name)
        else:
            team = services.create_team(name=obj.name)
            obj.pk, obj.slug = team.pk, team.slug

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for gone in formset.deleted_objects:
            services.set_membership(user=gone.user, team=gone.team, role=None)
        for row, _ in [*((row, None) for row in formset.new_objects), *formset.changed_objects]:
            services.set_membership(user=row.user, team=row.team, role=Role(row.role))


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys are made by ``manage.py create_api_key``, which shows them once; here they are revoked."""

    list_display = ("name", "prefix", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at")
    actions = ("revoke",)

    @admin.action(description="Revoke the selected keys", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for api_key in queryset:
            services.revoke_api_key(api_key=api_key)
        messages.success(request, "Revoked: they are refused from the next call on.")

"""People, teams, invitations and keys; workbench.people_urls adds what joins them with feedback."""

from django.urls import path

from apps.accounts import access, account_views, api_keys, inviting, people, teams

app_name = "people"
urlpatterns = [
    path("", people.people, name="list"),
    path("<int:person_id>/", people.person, name="person"),
    path("<int:pk>/picture/<slug:key>.webp", account_views.picture, name="picture"),
    path("<int:person_id>/name/", people.rename, name="rename"),
    path("<int:person_id>/address/", people.change_address, name="change-address"),
    path("<int:person_id>/membership/", people.set_membership, name="set-membership"),
    path("<int:person_id>/standing/", people.set_standing, name="set-standing"),
    path("<int:person_id>/deactivate/", people.deactivate, name="deactivate"),
    path("<int:person_id>/reactivate/", people.reactivate, name="reactivate"),
    path("<int:person_id>/password-link/", people.send_password_link, name="send-password-link"),
    path("<int:person_id>/reset-factors/", people.reset_factors, name="reset-factors"),
    path("invite/", inviting.invite, name="invite"),
    path("invite/<int:invitation_id>/resend/", inviting.resend_invitation, name="resend-invitation"),
    path("invite/<int:invitation_id>/revoke/", inviting.revoke_invitation, name="revoke-invitation"),
    path("join/<str:token>/", inviting.join, name="join"),
    path("teams/", teams.teams, name="team-list"),
    path("teams/<slug:slug>/", teams.team, name="team"),
    path("teams/<slug:slug>/rename/", teams.rename_team, name="rename-team"),
    path("teams/<slug:slug>/members/", teams.add_member, name="add-member"),
    path("teams/<slug:slug>/delete/", teams.delete_team, name="delete-team"),
    path("roles/", access.role_table, name="roles"),
    path("keys/", api_keys.api_keys, name="api-keys"),
    path("keys/<int:key_id>/revoke/", api_keys.revoke_api_key, name="revoke-api-key"),
]

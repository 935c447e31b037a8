"""The declared rule of every address: who is let in, by which methods. A new route needs its line in RULES.

Addresses are filled in by the name of their parameters with what tests/permission_world.py makes: numbers with OWN,
slugs with "optics", others by ``fill``. A rule says where a permission must be held:

- ``page, form, action``: in any team (the taxonomy, the feedback list), others get 403;
- ``in_team(...)``: in the team whose thing it is, others get 403;
- ``hidden(...)``: in the team whose thing it is; who holds it elsewhere gets 404, who holds it nowhere 403;
- ``signed_in``, ``theirs``, ``public``: no permission; ``api``: a scope, or by session what the scope stands for.
"""

from dataclasses import dataclass, field, replace

from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.accounts.scopes import Scope

READ = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")
POST = ("POST",)
EVERY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Rule:
    methods: tuple[str, ...]
    permission: P | None = None
    place: str = "any"  # any, team, hidden, signed in, theirs, public, api, operators
    scopes: dict[str, Scope | tuple[Scope, ...]] = field(default_factory=dict)  # by method, of the API; one is enough
    fill: dict[str, str] = field(default_factory=dict)  # parameter: value
    data: dict[str, str] = field(default_factory=dict)  # what is posted
    query: str = ""
    own: bool = False  # the thing is one person's: everybody else, whatever they hold, finds nothing
    owners: tuple[str, ...] = ("scientist",)  # the actors that "own" means
    note: str = ""


def page(permission: P, **more: object) -> Rule:
    return Rule(READ, permission, **more)  # type: ignore[arg-type]


def form(permission: P, **more: object) -> Rule:
    return Rule(FORM, permission, **more)  # type: ignore[arg-type]


def action(permission: P, **more: object) -> Rule:
    return Rule(POST, permission, **more)  # type: ignore[arg-type]


def in_team(rule: Rule) -> Rule:
    return replace(rule, place="team")


def hidden(rule: Rule) -> Rule:
    return replace(rule, place="hidden")


def signed_in(*methods: str, **more: object) -> Rule:
    return Rule(methods, place="signed in", **more)  # type: ignore[arg-type]


def public(*methods: str, **more: object) -> Rule:
    return Rule(methods, place="public", **more)  # type: ignore[arg-type]


def api(**scopes: Scope | tuple[Scope, ...]) -> Rule:
    read = scopes.get("GET")
    return Rule(("OPTIONS", *(("HEAD",) if read else ()), *scopes), place="api", scopes=dict(scopes))


def imported(rule: Rule) -> Rule:
    """The import of an analyst: theirs, and the installation's administrator's."""
    return replace(rule, own=True, owners=("analyst", "installation"))


def theirs(**more: object) -> Rule:
    """A page of allauth's for signed-in people: what its methods answer is its own affair, but to nobody else."""
    return Rule(EVERY, place="theirs", **more)  # type: ignore[arg-type]


RULES: dict[str, Rule] = {
    # --- anybody: capture, signing in, links that are their own proof ---
    "": public(*READ),
    "f/<slug:slug>/": public(*FORM),
    "f/<slug:slug>/seen/": public(*POST),
    "widget.js": public(*READ),
    "w/<slug:slug>/": public(*FORM),
    "w/<slug:slug>/token/": public(*READ),
    "f/<slug:slug>/embed/": public(*FORM),
    "f/<slug:slug>/embed/seen/": public(*POST),
    "f/<slug:slug>/embed/done/<str:token>/": public(*READ),
    "r/<str:token>/": public(*READ),
    "r/<str:token>/files/<str:key>/": public(*READ),
    "r/<str:token>/files/<str:key>/preview/": public(*READ),
    "r/<str:token>/confirm/<str:confirmation>/": public(*FORM),
    "language/": public(*EVERY, note="sets a cookie, or for staff their own language"),
    "unsubscribe/<str:token>/": public(*FORM),
    "people/join/<str:token>/": public(*FORM),
    "accounts/setup/<str:token>/": public(*FORM),
    "accounts/login/": public(*EVERY),
    "accounts/logout/": public(*EVERY),
    "accounts/inactive/": public(*EVERY),
    "accounts/password/set/": public(*EVERY),
    "accounts/password/reset/": public(*EVERY),
    "accounts/password/reset/done/": public(*EVERY),
    "accounts/password/reset/key/done/": public(*EVERY),
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": public(*EVERY),
    "accounts/2fa/authenticate/": public(*EVERY, note="between password and factor: else to sign-in"),
    "accounts/2fa/passkeys/sign-in/": public(*EVERY),
    "accounts/oidc/<str:provider_id>/login/": public(*EVERY),
    "accounts/oidc/<str:provider_id>/login/callback/": public(*EVERY),
    "api/v1/schema/": public(*READ),
    "api/docs/": public(*READ),
    "api/problems/": public(*READ),
    # --- one's own account ---
    "accounts/": signed_in("GET"),
    "accounts/theme/": signed_in(*POST),
    "accounts/profile/": signed_in(*FORM),
    "accounts/profile/picture/": signed_in(*POST),
    "accounts/profile/picture/remove/": signed_in(*POST),
    "people/<int:pk>/picture/<slug:key>.webp": signed_in("GET"),
    "accounts/sessions/": signed_in("GET"),
    "accounts/sessions/<int:session_id>/end/": signed_in(*POST, own=True),
    "accounts/sessions/end-others/": signed_in(*POST),
    "accounts/reauthenticate/": theirs(),
    "accounts/password/change/": theirs(),
    "accounts/2fa/": theirs(),
    "accounts/2fa/reauthenticate/": theirs(),
    "accounts/2fa/app/": theirs(),
    "accounts/2fa/app/code.svg": theirs(),
    "accounts/2fa/app/remove/": theirs(),
    "accounts/2fa/recovery-codes/": theirs(),
    "accounts/2fa/recovery-codes/new/": theirs(),
    "accounts/2fa/recovery-codes/recovery-codes.txt": theirs(),
    "accounts/2fa/passkeys/": theirs(),
    "accounts/2fa/passkeys/add/": theirs(),
    "accounts/2fa/passkeys/<int:pk>/": theirs(),
    "accounts/2fa/passkeys/<int:pk>/remove/": theirs(),
    "accounts/2fa/passkeys/reauthenticate/": theirs(),
    "home/": signed_in(*READ),
    "palette/": signed_in(*READ, query="?q=zebra"),
    "styleguide/": signed_in(*READ),
    "notifications/": signed_in(*READ),
    "notifications/bell/": signed_in("GET"),
    "notifications/read/": signed_in(*POST),
    "notifications/preferences/": signed_in(*FORM),
    "notifications/<int:notification_id>/": signed_in("GET", own=True),
    "notifications/<int:notification_id>/read/": signed_in(*POST, own=True),
    # --- the API ---
    "api/v1/feedback/": api(GET=Scope.FEEDBACK_READ, POST=Scope.FEEDBACK_WRITE),
    "api/v1/feedback/bulk/": api(POST=Scope.FEEDBACK_WRITE),
    "api/v1/feedback/<int:feedback_id>/": api(GET=Scope.FEEDBACK_READ),
    "api/v1/products/": api(GET=(Scope.FEEDBACK_READ, Scope.FEEDBACK_WRITE)),
    "api/v1/tags/": api(GET=(Scope.FEEDBACK_READ, Scope.QUEUES_READ)),
    "api/v1/teams/": api(GET=Scope.QUEUES_READ),
    "api/v1/teams/<slug:slug>/queue/": api(GET=Scope.QUEUES_READ),
    # --- reading ---
    "overview/": page(P.READ_FEEDBACK),
    "teams/<slug:slug>/": page(P.READ_FEEDBACK),
    "teams/<slug:slug>/charts/<slug:key>.csv": page(P.READ_FEEDBACK, fill={"key": "volume"}),
    "teams/<slug:slug>/queue/": page(P.READ_FEEDBACK),
    "teams/<slug:slug>/queue/how/": page(P.READ_FEEDBACK),
    "teams/<slug:slug>/queue/how/change/": in_team(action(P.SET_POLICY)),
    "priorities/<slug:tag_slug>/": page(P.READ_FEEDBACK),
    "priorities/<slug:tag_slug>/decide/": in_team(action(P.DECIDE_PRIORITY)),
    "feedback/": page(P.READ_FEEDBACK),
    "feedback/record/": form(P.WRITE_NOTE, note="who writes notes and reads feedback"),
    "feedback/export.csv": page(P.EXPORT_FEEDBACK),
    "feedback/export.json": page(P.EXPORT_FEEDBACK),
    "feedback/facets/": page(P.READ_FEEDBACK),
    "feedback/views/": Rule(("GET",), P.READ_FEEDBACK),
    "feedback/views/save/": action(P.READ_FEEDBACK),
    "feedback/views/<int:view_id>/": Rule(("GET",), P.READ_FEEDBACK, own=True),
    "feedback/views/<int:view_id>/edit/": Rule(("GET", "POST"), P.READ_FEEDBACK, own=True),
    "feedback/views/<int:view_id>/query/": action(P.READ_FEEDBACK, own=True),
    "feedback/views/<int:view_id>/delete/": action(P.READ_FEEDBACK, own=True),
    "feedback/views/<int:view_id>/restore/": action(P.READ_FEEDBACK, own=True),
    "feedback/views/<int:view_id>/move/": action(P.READ_FEEDBACK, own=True),
    "feedback/views/<int:view_id>/default/": action(P.READ_FEEDBACK, own=True),
    "feedback/review/": page(P.MODERATE_FEEDBACK),
    "feedback/review/decide/": action(P.MODERATE_FEEDBACK),
    "feedback/review/undo/": action(P.MODERATE_FEEDBACK),
    "feedback/<int:feedback_id>/": page(P.READ_FEEDBACK),
    "feedback/<int:feedback_id>/files/<str:key>/": page(P.READ_FEEDBACK, fill={"key": "a" * 32}),
    "feedback/<int:feedback_id>/files/<str:key>/preview/": page(P.READ_FEEDBACK, fill={"key": "a" * 32}),
    "feedback/<int:feedback_id>/tags/": action(P.TAG_FEEDBACK),
    "feedback/<int:feedback_id>/tags/<slug:slug>/reject/": action(P.TAG_FEEDBACK),
    "feedback/<int:feedback_id>/moderate/": in_team(action(P.MODERATE_FEEDBACK)),
    "feedback/<int:feedback_id>/visibility/": in_team(action(P.SET_VISIBILITY)),
    "feedback/<int:feedback_id>/erase-customer/": action(P.ERASE_CUSTOMER),
    "feedback/<int:feedback_id>/notes/": action(P.WRITE_NOTE),
    "feedback/<int:feedback_id>/notes/people/": Rule(("GET",), P.WRITE_NOTE),
    "feedback/<int:feedback_id>/notes/<int:note_id>/": action(P.WRITE_NOTE, note="others are told whose it is"),
    "feedback/<int:feedback_id>/notes/<int:note_id>/delete/": action(P.WRITE_NOTE, note="others are told whose it is"),
    "feedback/<int:feedback_id>/notes/<int:note_id>/restore/": action(P.WRITE_NOTE, note="others are told whose it is"),
    # --- tags and rules ---
    "tags/": page(P.READ_FEEDBACK),
    "tags/new/": form(P.MANAGE_TAXONOMY),
    "tags/tag/<slug:slug>/": page(P.READ_FEEDBACK),
    "tags/tag/<slug:slug>/edit/": in_team(action(P.MANAGE_TAXONOMY)),
    "tags/tag/<slug:slug>/rules/new/": in_team(form(P.MANAGE_RULES)),
    "tags/rules/<int:rule_id>/": in_team(form(P.MANAGE_RULES)),
    "tags/rules/<int:rule_id>/run/": in_team(action(P.MANAGE_RULES)),
    # --- products, forms, customers ---
    "products/": page(P.MANAGE_CATALOG),
    "products/new/": form(P.MANAGE_CATALOG),
    "products/<int:product_id>/": form(P.MANAGE_CATALOG, note="a post needs it in the owning team"),
    "products/<int:product_id>/edit/": in_team(form(P.MANAGE_CATALOG)),
    "products/<int:product_id>/archive/": in_team(action(P.MANAGE_CATALOG)),
    "products/<int:product_id>/delete/": in_team(action(P.MANAGE_CATALOG)),
    "products/<int:product_id>/versions/<int:version_id>/": in_team(form(P.MANAGE_CATALOG)),
    "forms/": page(P.READ_FEEDBACK),
    "forms/<int:form_id>/results/": page(P.READ_FEEDBACK),
    "forms/<int:form_id>/results/<slug:key>.csv": page(P.EXPORT_FEEDBACK, fill={"key": "drop-off"}),
    "forms/<int:form_id>/responses.csv": page(P.EXPORT_FEEDBACK),
    "forms/<int:form_id>/responses.json": page(P.EXPORT_FEEDBACK),
    "forms/new/": form(P.MANAGE_FORMS),
    "forms/<int:form_id>/state/": in_team(action(P.MANAGE_FORMS)),
    "forms/<int:form_id>/": in_team(page(P.MANAGE_FORMS)),
    "forms/<int:form_id>/edit/": in_team(action(P.MANAGE_FORMS)),
    "forms/<int:form_id>/restore/<slug:key>/": in_team(action(P.MANAGE_FORMS, fill={"key": "rating"})),
    "forms/<int:form_id>/translations/": in_team(page(P.MANAGE_FORMS)),
    "forms/<int:form_id>/preview/": in_team(page(P.MANAGE_FORMS)),
    "forms/<int:form_id>/preview/frame/": in_team(form(P.MANAGE_FORMS)),
    "forms/<int:form_id>/publish/": in_team(form(P.MANAGE_FORMS)),
    "forms/<int:form_id>/discard/": in_team(action(P.MANAGE_FORMS)),
    "forms/<int:form_id>/versions/": in_team(page(P.MANAGE_FORMS)),
    "forms/<int:form_id>/versions/<int:number>/": in_team(page(P.MANAGE_FORMS, fill={"number": "1"})),
    "forms/<int:form_id>/versions/<int:number>/frame/": in_team(form(P.MANAGE_FORMS, fill={"number": "1"})),
    "forms/<int:form_id>/versions/<int:number>/draft/": in_team(action(P.MANAGE_FORMS, fill={"number": "1"})),
    "forms/<int:form_id>/settings/": in_team(form(P.MANAGE_FORMS)),
    "forms/<int:form_id>/share/": in_team(page(P.MANAGE_FORMS)),
    "forms/<int:form_id>/widget/": in_team(page(P.MANAGE_FORMS)),
    "forms/<int:form_id>/widget/demo/": in_team(page(P.MANAGE_FORMS)),
    "forms/<int:form_id>/widget/secrets/": in_team(action(P.MANAGE_FORMS)),
    "forms/<int:form_id>/widget/secrets/<int:secret_id>/end/": in_team(action(P.MANAGE_FORMS)),
    "forms/<int:form_id>/share/links.csv": in_team(action(P.MANAGE_FORMS)),
    "forms/<int:form_id>/share/code.<str:kind>": in_team(page(P.MANAGE_FORMS, fill={"kind": "svg"})),
    "imports/": page(P.IMPORT_FEEDBACK),
    "imports/new/": form(P.IMPORT_FEEDBACK),
    "imports/mappings/<int:mapping_id>/delete/": action(P.IMPORT_FEEDBACK),
    "imports/<int:import_id>/": imported(page(P.IMPORT_FEEDBACK)),
    "imports/<int:import_id>/columns/": imported(form(P.IMPORT_FEEDBACK)),
    "imports/<int:import_id>/values/": imported(form(P.IMPORT_FEEDBACK)),
    "imports/<int:import_id>/act/": imported(action(P.IMPORT_FEEDBACK)),
    "imports/<int:import_id>/mapping/": imported(action(P.IMPORT_FEEDBACK)),
    "imports/<int:import_id>/bad-rows.csv": imported(page(P.IMPORT_FEEDBACK)),
    # --- mail and webhooks in ---
    "mail-in/<str:token>/": public("HEAD", "POST", note="the token, and what the mail service signs in with"),
    "hooks/<str:token>/": public(*POST, note="the token, and a signature where one is set"),
    "integrations/": page(P.MANAGE_INTEGRATIONS),
    "integrations/mailboxes/new/": form(P.MANAGE_INTEGRATIONS),
    "integrations/mailboxes/<int:mailbox_id>/": hidden(page(P.MANAGE_INTEGRATIONS)),
    "integrations/mailboxes/<int:mailbox_id>/edit/": hidden(form(P.MANAGE_INTEGRATIONS)),
    "integrations/mailboxes/<int:mailbox_id>/do/": hidden(action(P.MANAGE_INTEGRATIONS)),
    "integrations/mail/<int:mail_id>/": hidden(page(P.MANAGE_INTEGRATIONS)),
    "integrations/mail/<int:mail_id>/original.eml": hidden(page(P.MANAGE_INTEGRATIONS)),
    "integrations/mail/<int:mail_id>/replay/": hidden(action(P.MANAGE_INTEGRATIONS)),
    "integrations/hooks/new/": form(P.MANAGE_INTEGRATIONS),
    "integrations/hooks/<int:hook_id>/": hidden(page(P.MANAGE_INTEGRATIONS)),
    "integrations/hooks/<int:hook_id>/edit/": hidden(form(P.MANAGE_INTEGRATIONS)),
    "integrations/hooks/<int:hook_id>/do/": hidden(action(P.MANAGE_INTEGRATIONS)),
    "integrations/hooks/<int:hook_id>/mapping/": hidden(form(P.MANAGE_INTEGRATIONS)),
    "integrations/hooks/<int:hook_id>/deliveries/<int:delivery_id>/retry/": hidden(action(P.MANAGE_INTEGRATIONS)),
    "segments/": page(P.MANAGE_CUSTOMERS),
    "segments/new/": form(P.MANAGE_CUSTOMERS),
    "segments/<int:segment_id>/": form(P.MANAGE_CUSTOMERS),
    "segments/<int:segment_id>/delete/": action(P.MANAGE_CUSTOMERS),
    "organisations/": page(P.MANAGE_CUSTOMERS),
    "organisations/new/": form(P.MANAGE_CUSTOMERS),
    "organisations/<int:organisation_id>/": form(P.MANAGE_CUSTOMERS),
    "organisations/<int:organisation_id>/merge/": action(P.MANAGE_CUSTOMERS),
    "organisations/<int:organisation_id>/delete/": action(P.MANAGE_CUSTOMERS),
    "customers/": page(P.MANAGE_CUSTOMERS),
    "customers/<int:customer_id>/": page(P.READ_FEEDBACK),
    "customers/<int:customer_id>/edit/": form(P.MANAGE_CUSTOMERS),
    "customers/<int:customer_id>/verify/": action(P.MANAGE_CUSTOMERS),
    "customers/<int:customer_id>/erase/": action(P.ERASE_CUSTOMER),
    # --- people and access ---
    "people/": page(P.MANAGE_PEOPLE),
    "people/<int:person_id>/": hidden(page(P.MANAGE_PEOPLE)),
    "people/<int:person_id>/membership/": hidden(action(P.MANAGE_PEOPLE)),
    "people/<int:person_id>/name/": action(P.MANAGE_ACCOUNTS),
    "people/<int:person_id>/address/": action(P.MANAGE_ACCOUNTS),
    "people/<int:person_id>/standing/": action(P.MANAGE_ACCOUNTS),
    "people/<int:person_id>/deactivate/": form(P.MANAGE_ACCOUNTS),
    "people/<int:person_id>/reactivate/": action(P.MANAGE_ACCOUNTS),
    "people/<int:person_id>/password-link/": action(P.MANAGE_ACCOUNTS),
    "people/<int:person_id>/reset-factors/": action(P.MANAGE_ACCOUNTS),
    "people/invite/": form(P.MANAGE_PEOPLE),
    "people/invite/<int:invitation_id>/resend/": hidden(action(P.MANAGE_PEOPLE)),
    "people/invite/<int:invitation_id>/revoke/": hidden(action(P.MANAGE_PEOPLE)),
    "people/teams/": form(P.MANAGE_PEOPLE, note="a post is for MANAGE_ACCOUNTS"),
    "people/teams/<slug:slug>/": hidden(page(P.MANAGE_PEOPLE)),
    "people/teams/<slug:slug>/rename/": hidden(action(P.MANAGE_PEOPLE)),
    "people/teams/<slug:slug>/members/": hidden(action(P.MANAGE_PEOPLE)),
    "people/teams/<slug:slug>/delete/": form(P.MANAGE_ACCOUNTS),
    "people/roles/": page(P.MANAGE_PEOPLE),
    "people/keys/": form(P.MANAGE_API_KEYS),
    "people/keys/<int:key_id>/revoke/": form(P.MANAGE_API_KEYS),
    "people/access/": page(P.MANAGE_ACCOUNTS),
    # --- the installation ---
    "mail/": page(P.VIEW_MAIL),
    "mail/<int:mail_id>/": page(P.VIEW_MAIL),
    "audit/": page(P.VIEW_AUDIT),
    "audit/export.csv": page(P.VIEW_AUDIT),
}

# Posts that need more than the page they are on: (route, method) -> the rule of that method alone.
STRICTER: dict[tuple[str, str], Rule] = {
    ("products/<int:product_id>/", "POST"): in_team(action(P.MANAGE_CATALOG)),
    ("people/teams/", "POST"): action(P.MANAGE_ACCOUNTS),
}

# Django's admin, whole: operators (administrators of the installation) alone, by every method.
ADMIN = Rule(EVERY, place="operators")


def rule_of(route: str, method: str) -> Rule:
    """Return the rule; KeyError for a route that nobody declared."""
    if route.startswith("admin/"):
        return ADMIN
    return STRICTER.get((route, method), RULES[route])

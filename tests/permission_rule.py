"""What a declared rule of an address says: who is let in, by which methods.

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

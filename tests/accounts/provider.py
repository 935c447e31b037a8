"""A real OpenID Connect provider (Canaille, in memory) as a process of its own: ``python provider.py PORT CALLBACK``.

Not collected by pytest; test_single_sign_on.py starts it. Everybody's password is their name and "-password".
"""

import datetime as dt
import logging
import sys

import canaille
from canaille.app import models
from canaille.backends import Backend
from canaille.backends.memory.backend import MemoryBackend
from canaille.oidc import provider
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "feedback", "only-for-tests"
PEOPLE = {  # name: address, whether the provider confirmed it, groups
    "ada": ("ada@example.com", True, []),
    "bob": ("bob@example.com", False, []),
    "carl": ("carl@example.com", True, []),
    "dora": ("dora@example.com", True, ["optics", "everything"]),
    "eve": ("ada@example.com", None, []),  # says nothing of it
    "frank": ("ada@example.com", True, []),  # the same address, later given to somebody else
    "gina": ("gina@elsewhere.example", True, []),
}


def serve(port: int, callback: str) -> None:
    app = canaille.create_app(
        {
            "SECRET_KEY": "only-for-tests",
            "SERVER_NAME": f"localhost:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "LOGGING": {"version": 1}, "ENABLE_INTRUDER_LOCKOUT": False},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True)]},
        }
    )
    ask_for_all_conditions()
    with app.app_context():
        make_people()
        make_client(callback)
    confirm_addresses()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


def ask_for_all_conditions() -> None:
    """Canaille's memory finds what meets any of several conditions, so another's code would do: make it all."""
    query = MemoryBackend.do_query

    def do_query(self, model, *args, **conditions):
        found = [{one.id: one for one in query(self, model, **{name: value})} for name, value in conditions.items()]
        if not found:
            return query(self, model)
        return [one for key, one in found[0].items() if all(key in others for others in found[1:])]

    MemoryBackend.do_query = do_query


def make_people() -> None:
    for name, (address, _confirmed, groups) in PEOPLE.items():
        user = models.User(
            user_name=name,
            formatted_name=f"{name.title()} Example",
            family_name="Example",
            emails=[address],
            password=f"{name}-password",
        )
        Backend.instance.save(user)
        for group in groups:
            Backend.instance.save(models.Group(display_name=group, members=[user]))


def make_client(callback: str) -> None:
    client = models.Client(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_name="Feedback Platform",
        client_uri="http://127.0.0.1",  # trusted: asks for no consent
        client_id_issued_at=dt.datetime.now(dt.UTC),
        redirect_uris=[callback],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups"],
        token_endpoint_auth_method="client_secret_basic",
    )
    Backend.instance.save(client)
    client.audience = [client]  # Canaille puts nobody into the ID token by itself
    Backend.instance.save(client)


def confirm_addresses() -> None:
    """Canaille knows of no confirmed addresses: say of them what other providers say."""
    claims_of = provider.generate_user_claims

    def with_confirmation(user, *args):
        confirmed = PEOPLE[user.user_name][1]
        extra = {} if confirmed is None else {"email_verified": confirmed}
        return {**claims_of(user, *args), **extra}

    provider.generate_user_claims = with_confirmation


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])

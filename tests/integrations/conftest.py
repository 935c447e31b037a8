"""A team with a product, its administrator, a mailbox with a server of its own, and a webhook."""

from collections.abc import Callable, Iterator

import pytest

from apps.accounts.models import Role, Team, User
from apps.catalog.models import Product
from apps.integrations.hooks.services import HookWishes, create_hook
from apps.integrations.mailboxes import MailboxWishes, create_mailbox
from apps.integrations.models import InboundHook, Mailbox, MailSource, Security, Sender
from tests.factories import ProductFactory, TeamFactory, UserFactory
from tests.integrations.imap_server import ImapServer


@pytest.fixture
def team(db) -> Team:
    return TeamFactory(name="Instruments", slug="instruments")


@pytest.fixture
def product(team: Team) -> Product:
    return ProductFactory(name="Aurora", slug="aurora", team=team)


@pytest.fixture
def admin(team: Team) -> User:
    return UserFactory(role=Role.ADMINISTRATOR, team=team, name="Adminis Trator")


@pytest.fixture
def server(settings) -> Iterator[ImapServer]:
    """A real IMAP server, on a port of its own."""
    with ImapServer(user="box", password="pass wört") as server:
        settings.MAIL_IN_INNER_HOSTS = [f"localhost:{server.port}"]
        yield server


@pytest.fixture
def mailbox(server: ImapServer, product: Product) -> Mailbox:
    return create_mailbox(imap_wishes(server, product))[0]


def imap_wishes(server: ImapServer, product: Product, **more: object) -> MailboxWishes:
    wishes = {
        "product": product,
        "address": "feedback@example.com",
        "imap_host": "localhost",
        "imap_port": server.port,
        "imap_security": Security.NONE,
        "imap_user": "box",
        "imap_password": "pass wört",
        "reads_old": True,
        "trusted_server": "mx.example.com",
        **more,
    }
    return MailboxWishes(**wishes)


@pytest.fixture
def posted(product: Product) -> Callable[..., tuple[Mailbox, str]]:
    """Make a mailbox that a service posts to; return it with the path of its address."""

    def make(sender: Sender = Sender.RAW, secret: str = "s3cret", **more: object) -> tuple[Mailbox, str]:
        wishes = {"product": product, "address": "post@example.com", "source": MailSource.HOOK, **more}
        mailbox, token = create_mailbox(MailboxWishes(hook_sender=sender, hook_secret=secret, **wishes))
        return mailbox, f"/mail-in/{token}/"

    return make


@pytest.fixture
def hooked(product: Product) -> Callable[..., tuple[InboundHook, str]]:
    """Make a webhook; return it with the path of its address."""

    def make(**more: object) -> tuple[InboundHook, str]:
        hook, token = create_hook(HookWishes(**{"product": product, "name": "Help desk", **more}))
        return hook, f"/hooks/{token}/"

    return make

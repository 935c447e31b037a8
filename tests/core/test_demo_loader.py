"""When the demo, whose passwords everybody knows, is loaded."""

import pytest

from apps.core.models import JobRun
from apps.core.supervisor.console import Console
from apps.core.supervisor.demo import DemoLoader
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)  # what it records closes the connection


@pytest.fixture
def load(tmp_path, settings):
    def load(host: str = "127.0.0.1", public_url: str = "http://localhost:8000", *, is_wanted: bool = True) -> str:
        settings.PUBLIC_URL = public_url
        return DemoLoader(Console(tmp_path), is_wanted=is_wanted, host=host, environment={}).state

    return load


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_it_is_loaded_where_only_this_machine_comes_to_the_pages(load, host):
    assert load(host) == "wanted"


@pytest.mark.parametrize(
    ("host", "public_url"),
    [
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("192.0.2.7", "http://localhost:8000"),
        ("feedback.example.org", "http://localhost:8000"),
        ("127.0.0.1", "https://feedback.example.org"),
    ],
)
def test_it_is_declined_aloud_where_others_can_come(load, capsys, host, public_url):
    assert load(host, public_url) == "declined"
    assert "No demo data: its passwords are known" in capsys.readouterr().out
    assert load() == "wanted"  # later, on this machine alone


def test_it_is_declined_for_good_by_option_and_where_there_are_people(load):
    assert (load(is_wanted=False), load()) == ("declined", "declined")
    JobRun.objects.all().delete()
    UserFactory()

    assert load() == "declined"


def test_one_loaded_before_is_told_of_where_others_can_come(load, capsys):
    JobRun.objects.create(job="demo", period="loaded")

    assert [load(), load("0.0.0.0")] == ["loaded", "loaded"]
    assert capsys.readouterr().out.count("passwords that everybody knows") == 1

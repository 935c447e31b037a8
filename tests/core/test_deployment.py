"""The files for production say the same as the code: commands, settings, no secrets."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from apps.core.supervisor import children, demo

ROOT = children.PROJECT_DIR


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, dict[str, object]]]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def dockerfile_command() -> list[str]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    found = re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert found is not None
    return json.loads(found.group(1))


def test_the_image_runs_the_same_web_server_as_up(monkeypatch):
    monkeypatch.delenv("WEB_PROCESSES", raising=False)
    monkeypatch.delenv("WEB_THREADS", raising=False)

    assert dockerfile_command()[1:] == children.web_command(host="0.0.0.0", port=8000)[1:]


def test_compose_runs_the_parts_that_up_supervises(compose):
    supervised = {spec.name for spec in children.platform_children(host="", port=0, run_dir=Path())}

    assert supervised | {"postgres", "redis", "migrate", "proxy"} == compose["services"].keys()


def test_images_are_pinned_and_services_are_watched(compose):
    for name in ("postgres", "redis", "proxy"):
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+[\w.-]*", str(compose["services"][name]["image"]))
    for name in ("postgres", "redis", "web"):
        assert compose["services"][name]["healthcheck"]
    for name in ("web", "dispatcher", "worker", "beat"):
        assert compose["services"][name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_secrets_come_from_outside(compose):
    text = (ROOT / "docker-compose.yml").read_text()

    assert set(re.findall(r"\$\{(\w+):\?", text)) == {"POSTGRES_PASSWORD", "SECRET_KEY", "DOMAIN"}
    for line in (ROOT / ".env.example").read_text().splitlines():
        if line.startswith(("SECRET_KEY", "POSTGRES_PASSWORD")):
            assert line.endswith("=")


def test_every_setting_is_in_the_readme():
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "feedback_platform" / "settings.py").read_text()))
    readme = (ROOT / "README.md").read_text()
    tables = "".join(readme.split(f"\n## {title}\n")[1].split("\n## ")[0] for title in ("Settings", "Sign-in"))

    assert {name for name in names if f"`{name}`" not in tables} == set()


def test_the_first_link_is_printed_once_there_is_nobody(monkeypatch):
    out = StringIO()
    monkeypatch.setattr(demo, "import_string", lambda path: lambda: "https://example.org/setup/1/")

    call_command("setup_link", stdout=out)

    assert out.getvalue() == "https://example.org/setup/1/\n"
    monkeypatch.setattr(demo, "import_string", lambda path: lambda: None)
    with pytest.raises(CommandError, match="There is an administrator already"):
        call_command("setup_link", stdout=out)

"""``make check``: every check that needs no running service, all of them run, one line each."""

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PRODUCTION = {
    "DATABASE_URL": "postgresql://feedback@db.example.org/feedback",
    "REDIS_URL": "redis://redis.example.org:6379/0",
    "PUBLIC_URL": "https://feedback.example.org",
    "ALLOWED_HOSTS": "feedback.example.org",
    "DEBUG": "false",
    "EMAIL_URL": "smtp://mail.example.org:25",
}
PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|PostgreSQL|HPND|Unlicense|0BSD|Zlib|CC0)\b",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|GNU|EUPL|SSPL|BUSL|Commons Clause)", re.IGNORECASE)
LICENCE_EXCEPTIONS = {
    "certifi": "MPL-2.0: a list of certificates, used unchanged",
    "psycopg2-binary": "LGPL with exceptions: used unchanged, as a library",
}
_DOT_ORG = r"\.org"
INDEX_HOSTS = re.compile(rf"(pypi{_DOT_ORG}|pythonhosted{_DOT_ORG}|index[-_]url\s*[=:]|find-links)", re.IGNORECASE)
MAY_NAME_INDEX = {".ci/check.py"}


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    """Run a tool of the environment; return what it said when it failed, else nothing."""
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout or f"exit code {done.returncode}"


def django(*arguments: str) -> str:
    production = {**PRODUCTION, "SECRET_KEY": secrets.token_urlsafe(64)}
    return run("python", "manage.py", *arguments, environment=production)


def types() -> str:
    return run("mypy", environment={**PRODUCTION, "SECRET_KEY": secrets.token_urlsafe(64)})


def templates() -> str:
    lint = run("djlint", "templates", "--lint", "--quiet")
    return lint or run("djlint", "templates", "--check", "--quiet")


def licences() -> str:
    """Only permissive licences at run time; what is copyleft by its metadata must be a named exception."""
    wrong = []
    for name in sorted(locked_names(ROOT / "requirements.lock")):
        try:
            found = licence_of(metadata.distribution(name))
        except metadata.PackageNotFoundError:
            continue  # for another platform
        is_fine = PERMISSIVE.search(found) and not COPYLEFT.search(found)
        if not is_fine and name not in LICENCE_EXCEPTIONS:
            wrong.append(f"{name}: {found or 'no licence in its metadata'}")
    return "\n".join(wrong)


def locked_names(lock: Path) -> list[str]:
    return re.findall(r"^([a-z0-9._-]+)==", lock.read_text(), re.MULTILINE)


def licence_of(package: metadata.Distribution) -> str:
    about = package.metadata
    classifiers = [text for text in about.get_all("Classifier", []) if text.startswith("License ::")]
    declared = about.get("License-Expression") or " ".join(classifiers) or about.get("License") or ""
    return declared[:300]


def index_hosts() -> str:
    """Nothing committed may name a package index: every installation has its own."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        return ""  # not a clone: an archive has no list of files
    wrong = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if name in MAY_NAME_INDEX or path.suffix in {".png", ".woff2", ".gz"} or not path.is_file():
            continue
        if match := INDEX_HOSTS.search(path.read_text(errors="replace")):
            wrong.append(f"{name}: {match.group()}")
    return "\n".join(wrong)


def lock_is_current() -> str:
    """Every direct dependency of pyproject.toml is in the lock."""
    text = (ROOT / "pyproject.toml").read_text()
    direct = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    names = {
        normal(name) for name in re.findall(r'^\s+"([A-Za-z0-9._-]+)', direct.group(1) if direct else "", re.MULTILINE)
    }
    missing = names - set(locked_names(ROOT / "requirements.lock"))
    return f"not in requirements.lock (make lock): {', '.join(sorted(missing))}" if missing else ""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


CHECKS: dict[str, Callable[[], str]] = {
    "ruff": lambda: run("ruff", "check", "--quiet", "."),
    "format": lambda: run("ruff", "format", "--check", "--quiet", "."),
    "layers": lambda: run("lint-imports", "--no-cache"),
    "types": types,
    "migrations": lambda: django("makemigrations", "--check", "--dry-run"),
    "settings": lambda: django("check", "--deploy", "--fail-level", "WARNING"),
    "templates": templates,
    "licences": licences,
    "lock": lock_is_current,
    "index hosts": index_hosts,
}


def main(names: list[str]) -> int:
    """Run the checks named, or all; return 0 when all passed."""
    failed = []
    for name in names or list(CHECKS):
        began_at = time.monotonic()
        problem = CHECKS[name]()
        print(f"{'FAILED' if problem else 'ok':<7} {name} ({time.monotonic() - began_at:.1f} s)", flush=True)
        if problem:
            failed.append(name)
            print("\n".join(f"    {line}" for line in problem.rstrip().splitlines()), flush=True)
    print(f"make check: {'failed: ' + ', '.join(failed) if failed else 'all passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

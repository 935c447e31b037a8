"""Every word that people read goes through gettext; the German is whole, the other languages as far as customers read.

Templates are cut into tokens by Django's own lexer; what is left of their text outside translate and blocktranslate
must hold no words. ``make messages`` collects and compiles.
"""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import polib
import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType

ROOT = Path(settings.BASE_DIR)
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po"))
STAFF = [code for code, _name in settings.STAFF_LANGUAGES if code != "en"]
STAFF_LOCALES = [part for code in STAFF for part in ("--locale", code)]
TEMPLATES = sorted(
    path
    for path in (ROOT / "templates").rglob("*")
    if path.suffix in {".html", ".txt"}
    and not {"guide", "api"} & set(path.parts)  # the style guide's samples; what programs are told is English
)
WORD = re.compile(r"[^\W\d_]{2,}")
ENTITY = re.compile(r"&(?:[a-z]+|#\d+);")
TAG = re.compile(r"<(?:!--.*?--|[^<>]*)>", re.DOTALL)
SPOKEN_ATTRIBUTE = re.compile(
    r"\b(?:title|alt|placeholder|aria-label|aria-description|aria-roledescription|label)=(\"[^\"]*\"|'[^']*')"
)
HANDED = re.compile(r"=\"([A-Z][^\"]*)\"")  # to a fragment; what is no sentence begins small: a kind, a name of an icon
HIDDEN = re.compile(r"<(script|style|code|kbd|pre|svg)\b.*?</\1>", re.DOTALL)
NAMES = {  # of products, formats and keys: the same in every language
    "Ctrl", "Esc", "Enter", "CSV", "JSON", "API", "DOI", "URL", "ID", "UTC", "NPS", "OpenID", "Connect", "BibTeX",
    "Lines", "Feedback", "Platform", "px", "html", "DOCTYPE",
}  # fmt: skip
MARKED_CALLS = {"ValidationError", "DomainError"}
SPOKEN_KEYWORDS = {"label", "help_text", "empty_label"}
IN_ENGLISH = {"admin.py", "api.py", "api_body.py"}  # for operators and programs
NO_PAGES = ("commands", "migrations", "imports", "demo", "embedded", "supervisor", "backup")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_past_gettext(path: Path) -> None:
    assert list(unmarked(path.read_text())) == []


def unmarked(template: str) -> Iterator[str]:
    """Yield the words of ``template`` that no translation can reach."""
    kept, skipping = [], False
    for token in Lexer(template).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.contents.split()[0]
            skipping = name in {"blocktranslate", "blocktrans", "comment"} or (
                skipping and name not in {"endblocktranslate", "endblocktrans", "endcomment"}
            )
            kept.append("\x00")
            if name == "include":
                yield from HANDED.findall(token.contents)
        elif token.token_type == TokenType.TEXT and not skipping:
            kept.append(token.contents)
        elif token.token_type == TokenType.VAR:
            kept.append("\x00")
    text = HIDDEN.sub(" ", "".join(kept))
    attributes = [found.group(1) for tag in TAG.findall(text) for found in SPOKEN_ATTRIBUTE.finditer(tag)]
    for said in [*TAG.sub("\n", text).splitlines(), *attributes]:
        words = [word for word in WORD.findall(ENTITY.sub(" ", said)) if word not in NAMES]
        if words:
            yield said.strip()


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "apps").iterdir() if path.is_dir()))
def test_python_says_nothing_past_gettext(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {said}"
        for path in sorted((ROOT / "apps" / folder).rglob("*.py"))
        if not set(NO_PAGES) & set(path.parts) and path.name not in IN_ENGLISH
        for line, said in spoken_literals(ast.parse(path.read_text()))
    ]

    assert found == []


def spoken_literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield plain strings given to errors, messages and form fields."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = getattr(getattr(node.func, "value", None), "id", "")
        said = [keyword.value for keyword in node.keywords if keyword.arg in SPOKEN_KEYWORDS and is_form(node)]
        if name in MARKED_CALLS:
            said += node.args[:1]
        if owner == "messages" and name in {"success", "error", "warning", "info"}:
            said += node.args[1:2]
        for one in said:
            yield from _literals(one)


def is_form(call: ast.Call) -> bool:
    """Tell forms' fields from the API's: those are documented in English."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = getattr(getattr(call.func, "value", None), "id", "")
    return owner == "forms" and name.endswith("Field")


def _literals(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and WORD.search(node.value):
        yield node.lineno, node.value
    elif isinstance(node, ast.JoinedStr) and WORD.search("".join(_parts(node))):
        yield node.lineno, ast.unparse(node)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _literals(value)
    elif isinstance(node, ast.List):
        for value in node.elts:
            yield from _literals(value)


def _parts(node: ast.JoinedStr) -> Iterator[str]:
    return (str(part.value) for part in node.values if isinstance(part, ast.Constant))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_is_whole(path: Path) -> None:
    catalogue = polib.pofile(str(path))

    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_what_is_compiled_is_what_is_written(path: Path) -> None:
    written = {(entry.msgctxt, entry.msgid): said(entry) for entry in polib.pofile(str(path)) if not entry.obsolete}
    compiled = {(entry.msgctxt, entry.msgid): said(entry) for entry in polib.mofile(str(path.with_suffix(".mo")))}

    assert compiled == written


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_keeps_its_places(path: Path) -> None:
    entries = [entry for entry in polib.pofile(str(path)) if not entry.obsolete]
    wrong = [
        entry.msgid
        for entry in entries
        for one in said(entry)
        if not places(one) <= places(entry.msgid + entry.msgid_plural)
        or (not entry.msgid_plural and places(one) != places(entry.msgid))
    ]

    assert wrong == []


def places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|(?<!%)%[sd]", text))


def said(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="NOT RUN: no xgettext to collect the words with")
def test_nothing_new_is_left_out_of_the_catalogues(tmp_path: Path) -> None:
    for name in ("apps", "templates", "feedback_platform", "manage.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    for code in STAFF:
        shutil.copytree(ROOT / "locale" / code, tmp_path / "locale" / code)
    before = {path.parent.parent.name: keys_of(path) for path in tmp_path.glob("locale/*/LC_MESSAGES/django.po")}
    collect = [
        "python", "-m", "django", "makemessages", *STAFF_LOCALES, "--symlinks", "--no-location", "--no-wrap",
        "--ignore", "admin.py",
    ]  # fmt: skip
    done = subprocess.run(collect, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 0, done.stderr

    after = {path.parent.parent.name: keys_of(path) for path in tmp_path.glob("locale/*/LC_MESSAGES/django.po")}
    assert {name: sorted(after[name] - before[name]) for name in after} == {name: [] for name in before}


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="NOT RUN: no xgettext to collect the words with")
def test_what_customers_read_is_in_every_language_and_nothing_else_is(tmp_path: Path) -> None:
    words = public_words()

    words.collect(tmp_path)

    found = {code: keys_of(tmp_path / place(code)) for code in words.LANGUAGES}
    assert {code: found[code] ^ keys_of(ROOT / place(code)) for code in found} == {code: set() for code in found}
    assert {code: found["fr"] - keys_of(ROOT / place(code)) for code in STAFF} == {code: set() for code in STAFF}
    assert {*words.LANGUAGES, *STAFF, "en"} == {code for code, _name in settings.LANGUAGES}


def public_words() -> ModuleType:
    """Return the module that collects what customers read."""
    spec = spec_from_file_location("public_messages", ROOT / ".ci" / "public_messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def place(code: str) -> Path:
    return Path("locale", code, "LC_MESSAGES", "django.po")


def environment() -> dict[str, str]:
    import os
    import sys

    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def keys_of(path: Path) -> set[str]:
    return {entry.msgid for entry in polib.pofile(str(path)) if not entry.obsolete}

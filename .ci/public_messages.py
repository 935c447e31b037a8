"""Collect what customers read into the catalogues of the languages that only their pages speak, and compile them.

python .ci/public_messages.py          (needs GNU gettext; part of `make messages`)

Words of staff's pages do not belong there: those pages speak settings.STAFF_LANGUAGES.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "es", "ar")
SOURCES = (  # what customers read is written here
    "templates/base_public.html",
    "templates/_public_languages.html",
    "templates/errors/page.html",
    "templates/feedback/*.html",
    "templates/feedback/questions/*.html",
    "templates/panels/members/farewell.html",
    "templates/panels/members/invitation.html",
    "templates/panels/members/member.html",
    "templates/panels/members/_error.html",
    "templates/panels/members/_member_*.html",
    "templates/panels/members/_own_data.html",
    "templates/panels/mine/*.html",
    "templates/panels/planning/participant.html",
    "templates/panels/planning/_participant_*.html",
    "templates/panels/workshops/code.html",
    "templates/panels/workshops/phone.html",
    "templates/panels/workshops/_own.html",
    "templates/panels/workshops/_phone.html",
    "apps/core/http.py",
    "apps/core/error_pages.py",
    "apps/dialogue/confirmations.py",
    "apps/customers/consent_texts.py",
    "apps/customers/consents.py",
    "apps/customers/purposes.py",
    "apps/panels/afterwards/follow_up.py",
    "apps/panels/members/letters.py",
    "apps/panels/members/public.py",
    "apps/panels/mine/*.py",
    "apps/panels/models/answers.py",
    "apps/panels/planning/calendar_files.py",
    "apps/panels/planning/local_times.py",
    "apps/panels/planning/mails.py",
    "apps/panels/planning/public_views.py",
    "apps/panels/workshops/phone_views.py",
    "apps/panels/workshops/phones.py",
    "apps/feedback/views.py",
    "apps/feedback/sheets.py",
    "apps/feedback/pages.py",
    "apps/feedback/normalise.py",
    "apps/feedback/selectors.py",
    "apps/feedback/services/attachments.py",
    "apps/feedback/services/people.py",
    "apps/feedback/attachments/*.py",
    "apps/feedback/widget/inline.py",
    "apps/feedback/questionnaire/answers.py",
    "apps/feedback/questionnaire/logic.py",
    "apps/feedback/questionnaire/purposes.py",
)
NOT_PUBLIC = {"templates/feedback/widget_demo.html"}


def public_files(root: Path) -> list[Path]:
    """Return the files that customers' words are in, relative to ``root``. Raises where a pattern matches nothing."""
    found = []
    for pattern in SOURCES:
        paths = sorted(root.glob(pattern))
        if not paths:
            raise FileNotFoundError(pattern)
        found += [path.relative_to(root) for path in paths]
    return [path for path in found if str(path) not in NOT_PUBLIC]


def collect(folder: Path) -> None:
    """Make in ``folder`` catalogues of ``LANGUAGES``: the translations there are, and what is new, untranslated."""
    for path in public_files(ROOT):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(ROOT / path)
    for language in LANGUAGES:
        place = Path("locale", language, "LC_MESSAGES")
        (folder / place).mkdir(parents=True)
        if (ROOT / place / "django.po").exists():
            shutil.copy(ROOT / place / "django.po", folder / place)
    chosen = [part for language in LANGUAGES for part in ("--locale", language)]
    run(["makemessages", *chosen, "--symlinks", "--no-location", "--no-wrap", "--no-obsolete"], folder)


def run(words: list[str], folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)  # nothing of the project is asked
    subprocess.run([sys.executable, "-m", "django", *words], cwd=folder, env=environment, check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        collect(folder)
        for language in LANGUAGES:
            place = Path("locale", language, "LC_MESSAGES")
            (ROOT / place).mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / place / "django.po", ROOT / place)
    run(["compilemessages", "--ignore", ".venv"], ROOT)


if __name__ == "__main__":
    main()

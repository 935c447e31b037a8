"""Options of ``up`` that decide settings: they act before Django reads them."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path


def apply_arguments(argv: Sequence[str]) -> None:
    """Let ``--port`` and ``--data`` of ``up`` act before the settings are read: they are read once."""
    options = _option_values(argv)
    if data_dir := options.get("--data"):
        os.environ["FEEDBACK_DATA_DIR"] = str(Path(data_dir).resolve())
    if not os.environ.get("PUBLIC_URL"):
        os.environ["PUBLIC_URL"] = f"http://localhost:{options.get('--port', '8000')}"


def _option_values(argv: Sequence[str]) -> dict[str, str]:
    """Return options with their values, given as ``--port 8001`` or ``--port=8001``."""
    pairs = dict(itertools.pairwise(argv))
    return pairs | dict(part.split("=", 1) for part in argv if part.startswith("--") and "=" in part)

"""The terminal of a running platform: what is shown there, and what is only kept."""

import io

from apps.core.supervisor.console import Console


def test_warnings_that_nobody_can_act_upon_are_kept_but_not_shown(tmp_path, capsys):
    lines = [
        "[WARNING] Configuration allows spawning up to 8 Python threads, which seems quite high",
        "WARNING kombu.transport.virtual.base: Requeuing undeliverable message for queue 'core': No consumers.",
        "WARNING django.request: something else",
    ]

    Console(tmp_path)._pump("web", io.BytesIO("\n".join(lines).encode()))

    assert capsys.readouterr().out == f"web        | {lines[2]}\n"
    assert (tmp_path / "web.log").read_text() == "\n".join(lines)

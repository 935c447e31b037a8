"""The processes of a running platform, and the command of each: the one place where they are written down."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PROJECT_DIR = Path(__file__).resolve().parents[3]
UP_MARK = "FEEDBACK_UP"  # in the environment of every child: whose it is


class ChildSpec(NamedTuple):
    name: str
    command: list[str]
    stop_seconds: float  # then it is killed; acknowledged work is in the database
    stop_rank: int  # lower ranks stop first


def web_command(*, host: str, port: int) -> list[str]:
    """Return the web server's command: granian, 2 processes with 8 threads each (README, "Production")."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", host, "--port", str(port)),
        *(
            "--workers",
            os.environ.get("WEB_PROCESSES", "2"),
            "--blocking-threads",
            os.environ.get("WEB_THREADS", "8"),
        ),
        *("--respawn-failed-workers", "--respawn-interval", "0.1"),
        *("--workers-kill-timeout", "5", "--log-level", "warning"),
        "feedback_platform.wsgi:application",
    ]


def platform_children(*, host: str, port: int, run_dir: Path) -> list[ChildSpec]:
    """Return what ``up`` supervises beside PostgreSQL and Valkey."""
    celery = [sys.executable, "-m", "celery", "-A", "feedback_platform", "--quiet"]
    worker = [
        *(*celery, "worker", "--loglevel", "info", "--pool", "prefork"),
        *("--concurrency", os.environ.get("WORKER_PROCESSES", "2"), "--without-gossip", "--without-mingle"),
    ]
    beat = [
        *celery,
        "beat",
        "--loglevel",
        "warning",
        "--schedule",
        str(run_dir / "beat-schedule"),
        "--pidfile=",
    ]
    return [
        ChildSpec("web", web_command(host=host, port=port), stop_seconds=8, stop_rank=0),
        ChildSpec("beat", beat, stop_seconds=3, stop_rank=1),
        ChildSpec("dispatcher", [sys.executable, "manage.py", "dispatch"], stop_seconds=8, stop_rank=1),
        ChildSpec("worker", worker, stop_seconds=12, stop_rank=1),
    ]


def child_environment(data_dir: Path) -> Mapping[str, str]:
    """Return the environment of every child."""
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # threads of glibc otherwise hoard memory
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",  # JSON only
        UP_MARK: str(data_dir),
    }


DEATH_SIGNAL = signal.SIGTERM  # what children get when ``up`` is killed: they stop their own children

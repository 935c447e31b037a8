#!/usr/bin/env python
"""Command line; starts the embedded services a command needs (apps/core/embedded)."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")
    from apps.core.embedded.command_line import run

    run(sys.argv)


if __name__ == "__main__":
    main()

#!/bin/sh
# Find or install a browser for tests/e2e: the system's Chromium, else Playwright's own. Never fails: tests without a
# browser say NOT RUN.
set -u
cd "$(dirname "$0")/.."
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing the package chromium for the browser tests ..."
    export DEBIAN_FRONTEND=noninteractive
    { apt-get install -y -q --no-install-recommends chromium ||
        { apt-get update -q && apt-get install -y -q --no-install-recommends chromium; }; } >.chromium.log 2>&1 &&
        rm -f .chromium.log && exit 0
    echo "apt-get could not install it (.chromium.log)."
fi
if [ -n "$(find "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}" -maxdepth 1 -name 'chromium*' 2>/dev/null)" ]; then
    exit 0
fi
echo "Installing Playwright's own Chromium for the browser tests ..."
timeout 300 .venv/bin/python -m playwright install chromium >/dev/null 2>&1 ||
    echo "NOT RUN: the browser tests (no Chromium could be found or installed)"
exit 0

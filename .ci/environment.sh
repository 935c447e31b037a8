#!/bin/sh
# Make .venv/ hold exactly what a lock file names: .ci/environment.sh requirements.lock
# Needs Python 3.11 or later, or uv, and a package index; a stamp makes the second call instant.
set -eu
cd "$(dirname "$0")/.."
lock=$1
python=.venv/bin/python
export UV_SYSTEM_CERTS=1 UV_NO_PROGRESS=1 UV_LINK_MODE="${UV_LINK_MODE:-copy}" PIP_DISABLE_PIP_VERSION_CHECK=1
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH || true

is_recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && is_recent "$name"; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
}

make_venv() {
    rm -rf .venv
    found=$(find_python)
    if uv --version >/dev/null 2>&1; then
        uv venv --quiet --python "${found:-3.11}" .venv
    elif [ -z "$found" ]; then
        echo "Python 3.11 or later is needed and was not found. Install it, or name it: make run PYTHON=/path/to/python3" >&2
        exit 1
    elif ! "$found" -m venv .venv 2>/dev/null; then # Debian without python3-venv has no ensurepip
        rm -rf .venv
        "$found" -m venv --without-pip .venv
    fi
}

install_with_uv() {
    if uv --version >/dev/null 2>&1; then
        uv pip install --quiet --python "$python" --require-hashes -r "$lock"
        return
    fi
    if [ ! -x .venv/bin/uv ]; then
        install_with_pip uv || return 1
    fi
    .venv/bin/uv pip install --quiet --python "$python" --require-hashes -r "$lock"
}

install_with_pip() {
    if "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet "$@"
    else
        "$(find_python)" -m pip --python "$python" install --quiet "$@"
    fi
}

stamp=".venv/$lock.stamp"
want="$(cksum <"$lock") $("$python" --version 2>/dev/null || true)"
if "$python" --version >/dev/null 2>&1 && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    exit 0
fi
"$python" --version >/dev/null 2>&1 || make_venv
echo "Installing the packages of $lock into .venv/ ..."
install_with_uv || install_with_pip --require-hashes -r "$lock" || {
    echo "The packages could not be installed. A package index must be reachable (pip's and uv's own settings apply)." >&2
    exit 1
}
echo "$(cksum <"$lock") $("$python" --version)" >"$stamp"

# Everything a newcomer needs: make run, make test, make check. Nothing but Python 3.11+ (or uv) and make is required.
PORT ?= 8000
ARGS ?=
PYTHON ?=
PY := .venv/bin/python
LOCK := UV_SYSTEM_CERTS=1 uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate $(LOCK_ARGS)
export PYTHON

.PHONY: help run test test-all check bench screenshots messages lock clean format environment environment-dev chromium

help:
	@echo "make run [PORT=8000] [ARGS=--no-demo]   start everything and print the address"
	@echo "make test       the test suite, on embedded services of its own"
	@echo "make test-all   the same with long faults, fuzzing and load"
	@echo "make check      linters, types, layers, migrations, settings, licences"
	@echo "make bench      small benchmarks"
	@echo "make screenshots  pictures of every page into .screenshots/ (ARGS=--tour: those of the README)"
	@echo "make messages   collect and compile what is translated (needs GNU gettext)"
	@echo "make lock       resolve the dependencies of pyproject.toml again"
	@echo "make clean      remove what the tools leave behind (never .data/)"

run: environment
	@exec $(PY) manage.py up --port $(PORT) $(ARGS)

test: environment-dev chromium
	@exec $(PY) -m pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

test-all: environment-dev chromium
	@exec $(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

check: environment-dev
	@exec $(PY) .ci/check.py $(ARGS)

bench: environment-dev
	@exec $(PY) benchmarks/spine.py $(ARGS)

screenshots: environment-dev chromium
	@exec $(PY) .ci/screenshots.py $(ARGS)

messages: environment-dev
	$(PY) manage.py makemessages --locale de --no-location --no-wrap --ignore .venv --ignore admin.py --ignore staticfiles
	$(PY) .ci/public_messages.py

environment:
	@.ci/environment.sh requirements.lock

environment-dev:
	@.ci/environment.sh requirements-dev.lock

chromium:
	@.ci/chromium.sh

lock:
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

format: environment-dev
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix --quiet .

clean:
	rm -rf .test-data staticfiles .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

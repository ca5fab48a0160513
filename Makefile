# make run    the demonstration study     make test    the tests
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
CORES ?= 8
# with a wheelhouse (make bundle; for the tests, too: make bundle DEV=1) nothing is fetched
WHEELS := $(if $(wildcard wheelhouse),--no-index --find-links wheelhouse,)
DEV_WHEELS := $(if $(wildcard wheelhouse/pytest-*),$(WHEELS),)

.PHONY: run test test-fast test-browser lint lock bundle bench golden campaign docs env dev clean

run: env
	$(VENV)/bin/snakemake --cores $(CORES)

test: dev
	$(PYTHON) -m pytest -n 2 --dist worksteal -m "not browser" --durations=15

# a fixed part, under a minute: what most edits break first
FAST := tests/test_conventions.py tests/lib/expressions tests/lib/config tests/lib/derivation
test-fast: dev
	$(PYTHON) -m pytest -n 2 -m "not slow and not browser" $(FAST)

# pages in a browser; installs Chromium where it is missing and the user may
test-browser: dev
	command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq \
	  && apt-get install -y -qq --no-install-recommends chromium; }
	$(PYTHON) -m pytest -m browser

lint: dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/snakefmt --check Snakefile rules
	$(VENV)/bin/mypy scripts
	$(VENV)/bin/snakemake --lint 2>&1 | $(PYTHON) -m scripts.tools.lint_filter

# env: what a study runs on. dev: tests, linters, the search for the demonstration's cohort
env: $(VENV)/installed
dev: $(VENV)/developing

PIP := $(PYTHON) -m pip --quiet --disable-pip-version-check --no-cache-dir
# some packages come as source only: they are built with the tools of requirements-build.lock
RUN_LOCKS := -r requirements-build.lock -r requirements.lock
DEV_LOCKS := -r requirements-dev.lock -r requirements-demo.lock

$(VENV)/installed: requirements.lock requirements-build.lock
	python3.11 -m venv $(VENV) 2>/dev/null || python3 -m venv $(VENV)
	$(PIP) install --require-hashes $(WHEELS) -r requirements-build.lock
	$(PIP) install --require-hashes $(WHEELS) --no-build-isolation -r requirements.lock
	touch $@

$(VENV)/developing: $(VENV)/installed requirements-dev.lock requirements-demo.lock
	$(PIP) install --require-hashes $(DEV_WHEELS) --no-build-isolation $(DEV_LOCKS)
	touch $@

# needs uv; the lock files name no index
lock:
	for name in requirements requirements-build requirements-dev requirements-demo; do \
	  uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --upgrade $$name.in -o $$name.lock; \
	done

bundle: env
	rm -rf wheelhouse wheelhouse.part
	$(PIP) download --require-hashes --no-build-isolation $(RUN_LOCKS) \
	  $(if $(DEV),$(DEV_LOCKS)) --dest wheelhouse.part
	mv wheelhouse.part wheelhouse

bench: dev
	$(PYTHON) -m scripts.tools.bench

golden: dev
	$(PYTHON) -m scripts.tools.golden $(CASES)

# what must never happen, tried in many ways: make campaign PART=extracts SIZE=2000 SEED=7
SEED ?= 1
campaign: dev
	$(PYTHON) -m scripts.tools.campaign $(if $(PART),--part $(PART)) $(if $(SIZE),--size $(SIZE)) --seed $(SEED)

# pages and schemas that are written from the workflow and the models
docs: env
	$(PYTHON) -m scripts.tools.rule_graph
	$(PYTHON) -m scripts.tools.config_schema
	$(PYTHON) -m scripts.tools.config_page

clean:
	rm -rf results data/staged data/standardised data/analysis data/ard data/gates data/records .snakemake

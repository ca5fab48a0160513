# make run    the demonstration study     make test    the tests
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
CORES ?= 8
# with a wheelhouse (make bundle) nothing is fetched
WHEELS := $(if $(wildcard wheelhouse),--no-index --find-links wheelhouse,)

.PHONY: run test lint lock bundle bench golden env clean

run: env
	$(VENV)/bin/snakemake --cores $(CORES)

test: env
	$(PYTHON) -m pytest -n 2

lint: env
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/snakefmt --check Snakefile rules
	$(VENV)/bin/mypy scripts
	$(VENV)/bin/snakemake --lint 2>&1 | $(PYTHON) -m scripts.tools.lint_filter

env: $(VENV)/installed

$(VENV)/installed: requirements.lock
	python3.11 -m venv $(VENV) 2>/dev/null || python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes $(WHEELS) -r requirements.lock
	touch $@

lock:
	uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade requirements.in -o requirements.lock

bundle: env
	$(PYTHON) -m pip download --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock -d wheelhouse

bench: env
	$(PYTHON) -m scripts.tools.bench

golden: env
	$(PYTHON) -m scripts.tools.golden $(CASES)

clean:
	rm -rf results data/staged data/standardised data/analysis data/ard data/gates .snakemake

# Marquee's commands. `make run` needs nothing but Python 3.11 or newer; everything it makes is in .venv and var.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
TEST_PROCESSES ?= 2
VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --disable-pip-version-check --no-input --progress-bar off
# One line for each big file: quiet, but never silent for minutes.
BRIEFLY := { grep --line-buffered -E '^ *(Downloading|Using cached).* MB\)' || true; }

.PHONY: help install install-dev run test check format lint types imports migrations routes translations format-fix fuzz-search fuzz-api bench-import bench-search bench-latency bench-personal bench-learning bench-offpolicy bench-gate drill-poison drill-feedback bench-learning-cost bench-http bench-learning-proofs drill-kill drill-reload drill-duplicates

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/.installed  ## make .venv and install what the site needs

install-dev: $(VENV)/.installed-dev  ## ... and what tests and checks need

run: install  ## run the whole site (PORT=8001, STATE_DIR=..., CATALOG=file to change what it uses)
	@exec $(PY) manage.py up

test: install-dev  ## run all tests; those that need Chromium skip without it
	@$(PY) -m pytest -n $(TEST_PROCESSES)

fuzz-search: install-dev  ## put 20,000 random texts and filters to the search (FUZZ_EXAMPLES=... for another number)
	@$(PY) -m pytest -p no:xdist -m slow --hypothesis-show-statistics tests/fuzz/test_any_query.py

fuzz-api: install-dev  ## put 20,000 calls of five callers to the API, held to its OpenAPI document (FUZZ_EXAMPLES=...)
	@$(PY) -m pytest -q -p no:xdist -m slow --show-capture=no --tb=short tests/fuzz/api

check: format lint types imports migrations routes  ## everything below that only looks

format: install-dev  ## is the code formatted?
	@$(VENV)/bin/ruff format --check .

lint: install-dev  ## does the linter agree?
	@$(VENV)/bin/ruff check .

types: install-dev  ## do the types fit?
	@$(VENV)/bin/mypy .

imports: install-dev  ## do imports run one way?
	@$(VENV)/bin/lint-imports

# Needs no database, and a warning that there is none would only puzzle.
migrations: install-dev  ## does every model change have its migration?
	@$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

routes: install-dev  ## is it said of every address who may use it?
	@$(PY) -W ignore::RuntimeWarning -m tests.authorization

translations: install  ## make messages anew: needs GNU gettext
	@$(PY) manage.py makemessages --locale de --ignore=.venv --ignore=var --ignore=tests --no-location --no-wrap --no-obsolete
	@$(PY) manage.py compilemessages --locale de --ignore=.venv --ignore=var

format-fix: install-dev  ## format the code and fix what the linter can
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

bench-import: install  ## seconds and memory of imports
	@$(PY) -m benchmarks.import_titles $(ARGS)

bench-search: install-dev  ## quality of version 0 on real requests (needs the shared data)
	@$(PY) -m benchmarks.search $(ARGS)

bench-latency: install  ## time and memory of a search, up to a million titles (needs the shared data)
	@$(PY) -m benchmarks.latency $(ARGS)

bench-personal: install-dev  ## what will a person choose next, beside EASE, kNN and ALS (needs the shared data)
	@$(PY) -m benchmarks.personal $(ARGS)

bench-offpolicy: install  ## clicks of one policy from the log of another (needs the shared data)
	@$(PY) -m benchmarks.offpolicy $(ARGS)

bench-learning: install-dev  ## does it learn? simulated people, rivals on the same log (needs the shared data)
	@$(PY) -m benchmarks.learn $(ARGS)

bench-gate: install  ## does the gate pass honest windows and refuse spoilt ones? (needs the shared data)
	@$(PY) -m benchmarks.gate_calibration $(ARGS)

drill-poison: install-dev  ## can somebody click a title to the top? (needs the shared data)
	@$(PY) -m benchmarks.poison $(ARGS)

drill-feedback: install-dev  ## does learning from what was shown narrow it? (needs the shared data)
	@$(PY) -m benchmarks.feedback $(ARGS)

bench-learning-proofs: install-dev  ## does learning keep its promises? (ARGS="--only forgetting"; needs the shared data)
	@$(PY) -m benchmarks.prove_learning $(ARGS)

bench-learning-cost: install  ## what it costs the running site to learn (ARGS=--shared: on the shared catalogue)
	@$(PY) -m benchmarks.running.learning_cost $(ARGS)

drill-kill: install  ## kill -9 the trainer at twenty places: is anything lost?
	@$(PY) -m benchmarks.running.kill $(ARGS)

bench-http: install  ## what a search costs over HTTP, also while the site learns (ARGS=--packaged: on the packaged titles)
	@$(PY) -m benchmarks.running.http $(ARGS)

drill-reload: install  ## a hundred new versions under searches: does one fail, does memory grow?
	@$(PY) -m benchmarks.running.reload $(ARGS)

drill-duplicates: install  ## three beats, three workers, fifty rings: is a window learnt once?
	@$(PY) -m benchmarks.running.duplicates $(ARGS)

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Marquee needs Python 3.11 or newer; \`$(PYTHON)\` is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 run" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: requirements.txt $(VENV)/.python
	@echo "Installing what the site needs (about 2 GB, some minutes the first time)"
	@$(PIP_INSTALL) -r requirements.txt | $(BRIEFLY)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what tests and checks need"
	@$(PIP_INSTALL) -r requirements-dev.txt | $(BRIEFLY)
	@touch $@

# One entry for people and for CI. Needs Python 3.11, make, a C compiler and the package registry;
# every target sets itself up. `make PYTHON=/path/to/python` chooses another interpreter.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first interpreter of 3.11 or later that can make a virtual environment.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest

.PHONY: help setup fmt lint types arrows test rules check soak run demo bench generate lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv and install everything into it, by requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@if [ ! -x $(BIN)/python ]; then \
		test -n "$(PYTHON)" || { echo "no Python 3.11 or later with venv and ensurepip found" >&2; exit 1; }; \
		"$(PYTHON)" -m venv $(VENV); \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

fmt: $(STAMP) ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(STAMP) ## format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP) ## mypy, strict, over the four packages
	$(BIN)/mypy

arrows: $(STAMP) ## the import rules: ledger, then commands beside projections, then events
	$(BIN)/lint-imports

test: $(STAMP) ## all tests but the long ones
	$(PYTEST) -n 2

rules: $(STAMP) ## the 71 rules and the general ones: which tests prove each, and whether they passed
	$(BIN)/python -m tests.rules

check: lint types arrows ## all that CI runs
	$(BIN)/python -m ledger.generate --check
	$(PYTEST) -n 2

soak: $(STAMP) ## the long tests
	SEATLEDGER_EXPLORE=1 $(PYTEST) -m soak -n 2 --dist worksteal --timeout 0 --durations=0 --durations-min=1

run: $(STAMP) ## the service with its demo accounts, on a PostgreSQL of its own
	$(BIN)/seatledger serve --demo

demo: $(STAMP) ## load the demo accounts and show them
	$(BIN)/seatledger demo

bench: $(STAMP) ## measure
	$(BIN)/python -m tests.bench

generate: $(STAMP) ## write the generated files anew (schemas, reference)
	$(BIN)/python -m ledger.generate

lock: $(STAMP) ## write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --extra embedded --extra dev --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" -o requirements.lock

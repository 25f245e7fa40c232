# One entry for people and for CI. Needs make, one of PYTHONS and the package registry; every target
# sets itself up. `make PYTHON=/path/to/python` chooses the interpreter, until another is named.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# All that the wheels of both locks serve.
PYTHONS := 3.11 3.12 3.13 3.14

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
PYTEST := $(BIN)/python -m pytest

# What is installed: packages by a lock, then the project itself, in place. Who may develop may run.
RUN_PACKAGES := $(VENV)/.packages-run
DEV_PACKAGES := $(VENV)/.packages-dev
RUN := $(VENV)/.run
DEV := $(VENV)/.dev

# What is locked stays as it is as long as it fits, unless UPGRADE says otherwise.
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet $(UPGRADE) --extra embedded --universal \
	--python-version $(firstword $(PYTHONS)) --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock"

# The interpreter of the virtual environment, else the first that can make one.
MADE_BY := $(shell sed -n 's/^executable = //p' $(VENV)/pyvenv.cfg 2>/dev/null)
PYTHON ?= $(MADE_BY) $(PYTHONS:%=python%) python3 python
USABLE := import os, sys, ensurepip, venv; print(os.path.realpath(sys.executable)); \
	sys.exit("%d.%d" % sys.version_info[:2] not in "$(PYTHONS)".split())
INTERPRETER := $(shell for python in $(PYTHON); do \
	found=$$($$python -c '$(USABLE)' 2>/dev/null) && echo "$$found" && break; done)

.PHONY: help setup fmt lint types arrows test rules check soak run demo bench mutants generate lock anew

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV) ## make .venv and install everything into it, by requirements-dev.lock

# A virtual environment of another interpreter than the one that is asked for is made anew.
ifneq ($(INTERPRETER),$(MADE_BY))
$(RUN_PACKAGES) $(DEV_PACKAGES): anew
endif

# Without --no-deps pip resolves, and then a release that came after the lock can make it fail; with
# a source archive it would build by tools that no lock names.
define install_packages
	@test -n "$(INTERPRETER)" || { \
		echo "found no Python of $(PYTHONS) with venv and ensurepip: $(strip $(PYTHON))" >&2; exit 1; }
	"$(INTERPRETER)" -m venv --clear $(VENV)
	$(PIP) install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
		--require-hashes -r $<
endef

define install_project
	$(PIP) install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(PIP) check --disable-pip-version-check
endef

$(RUN_PACKAGES): requirements.lock
	$(install_packages)
	@touch $@

$(DEV_PACKAGES): requirements-dev.lock
	$(install_packages)
	@touch $(RUN_PACKAGES) $@

$(RUN): $(RUN_PACKAGES) pyproject.toml
	$(install_project)
	@touch $@

$(DEV): $(DEV_PACKAGES) pyproject.toml
	$(install_project)
	@touch $(RUN) $@

fmt: $(DEV) ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(DEV) ## format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEV) ## mypy, strict, over the four packages
	$(BIN)/mypy

arrows: $(DEV) ## the import rules: ledger, then commands beside projections, then events
	$(BIN)/lint-imports

test: $(DEV) ## all tests but the long ones
	$(PYTEST) -n 2

rules: $(DEV) ## the 71 rules and the general ones: which tests prove each, and whether they passed
	$(BIN)/python -m tests.rules

check: lint types arrows ## all that CI runs
	$(BIN)/python -m ledger.generate --check
	$(PYTEST) -n 2

soak: $(DEV) ## the long tests
	SEATLEDGER_EXPLORE=1 $(PYTEST) -m soak -n 2 --dist worksteal --timeout 0 --durations=0 --durations-min=1

run: $(RUN) ## the service with its demo accounts, on a PostgreSQL of its own
	$(BIN)/seatledger serve --demo

demo: $(RUN) ## load the demo accounts and show them
	$(BIN)/seatledger demo

bench: $(DEV) ## measure, and write docs/performance.md; ARGS="--only add_seats --quick" only looks
	$(BIN)/python -m tests.bench $(ARGS)

mutants: $(DEV) ## random small changes, and which no test notices; ARGS="--sample 60 --seed 1"
	$(BIN)/python -m tests.mutants $(ARGS)

generate: $(DEV) ## write the generated files anew (schemas, reference)
	$(BIN)/python -m ledger.generate

lock: $(DEV_PACKAGES) ## write both locks; UPGRADE=--upgrade takes newer releases
	$(LOCK) --group build -o requirements.lock
	$(LOCK) --group dev --constraint requirements.lock -o requirements-dev.lock

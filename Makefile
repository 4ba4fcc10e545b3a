# `make demo` is the place to start. Every target makes the virtual environment first, if it is not there yet.

VENV ?= .venv
ARGS ?=
# Pythons that this works with, the newest first. The first is taken that really runs: pyenv's shims exist for all versions.
PYTHONS = python3.13 python3.12 python3.11 python3
FITS = import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in $(PYTHONS); do "$$p" -c '$(FITS)' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

BIN = $(VENV)/bin
READY = $(VENV)/.complete

# Console script and path file in place of a package: `pip install -e .` would fetch a build backend that no hash vouches for.
define SCRIPT
#!/bin/sh
'''exec' "$$(dirname -- "$$0")/python" "$$0" "$$@"
'''
import sys

from dw_migration.cli import main

sys.exit(main())
endef
export SCRIPT

.PHONY: help demo dev test check soak bench clean

help:
	@echo 'make demo    the main job, from source to warehouse, on a PostgreSQL server of its own'
	@echo 'make dev     the web interface of Dagster on it'
	@echo 'make test    the tests; ARGS="..." goes to pytest'
	@echo 'make check   format, lint, types, layers'
	@echo 'make soak    the long tests'
	@echo 'make bench   the benchmarks'
	@echo 'make clean   removes what these made'

demo: $(READY)
	@$(BIN)/dw-migration demo $(ARGS)

dev: $(READY)
	@$(BIN)/dw-migration dev $(ARGS)

test: $(READY)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not soak" $(ARGS)

soak: $(READY)
	@$(BIN)/python -m pytest -m soak $(ARGS)

check: $(READY)
	@$(BIN)/python -m ruff format --check --quiet .
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m mypy
	@$(BIN)/python $(BIN)/lint-imports

bench: $(READY)
	@for script in benchmarks/*.py; do echo "$$script"; $(BIN)/python "$$script" $(ARGS) || exit 1; done

clean:
	rm -rf "$(VENV)" .venv-3.* build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last: an environment without it is half made, and is made again from nothing.
$(READY): requirements.lock
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 with venv and ensurepip among: $(PYTHONS)."; \
	  echo "Install one (on Debian and Ubuntu python3-venv too), or name it: make PYTHON=/path/to/python"; exit 1; } >&2
	@"$(PYTHON)" -c '$(FITS)' || { echo "$(PYTHON) is no Python 3.11, 3.12 or 3.13 with venv and ensurepip." >&2; exit 1; }
	@echo "Making $(VENV) with $$("$(PYTHON)" -V); this is done once."
	@rm -rf $(VENV)
	@"$(PYTHON)" -m venv $(VENV)
	@echo '*' > $(VENV)/.gitignore
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements.lock
	@$(BIN)/python -c 'import os, sysconfig; open(os.path.join(sysconfig.get_path("purelib"), "dw_migration.pth"), "w").write(os.getcwd() + "\n")'
	@printf '%s\n' "$$SCRIPT" > $(BIN)/dw-migration
	@chmod +x $(BIN)/dw-migration
	@touch $(READY)

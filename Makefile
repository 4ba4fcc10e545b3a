# `make demo` is the place to start. Every target makes the virtual environment first, if it is not there yet.

VENV ?= .venv
ARGS ?=
# Pythons that this works with, the newest first. The first is taken that really runs: pyenv's shims exist for all versions.
PYTHONS = python3.13 python3.12 python3.11 python3
FITS = import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in $(PYTHONS); do "$$p" -c '$(FITS)' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

BIN = $(VENV)/bin
INSTALLED = $(VENV)/.complete
READY = $(VENV)/.registered

# Console script, path file and metadata in place of a package: `pip install -e .` would fetch a build backend that no hash
# vouches for.
define SCRIPT
#!/bin/sh
'''exec' "$$(dirname -- "$$0")/python" "$$0" "$$@"
'''
import sys

from dw_migration.cli import main

sys.exit(main())
endef
export SCRIPT

# Without the metadata nothing finds the entry points: Dagster looks for components there.
define REGISTER
import shutil, sysconfig, tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
name, version = project["name"].replace("-", "_"), project["version"]
packages = Path(sysconfig.get_path("purelib"))
for older in packages.glob(f"{name}-*.dist-info"):
    shutil.rmtree(older)
(packages / f"{name}.pth").write_text(f"{Path.cwd()}\n", encoding="utf-8")
info = packages / f"{name}-{version}.dist-info"
info.mkdir()
(info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
(info / "INSTALLER").write_text("make\n", encoding="utf-8")
groups = {"console_scripts": project["scripts"], **project["entry-points"]}
lines = (f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()) for group, points in groups.items())
(info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
endef
export REGISTER

.PHONY: help demo dev test check soak bench screenshots clean

help:
	@echo 'make demo    the main job, from source to warehouse, on a PostgreSQL server of its own'
	@echo 'make dev     the web interface of Dagster on it'
	@echo 'make test    the tests; ARGS="..." goes to pytest'
	@echo 'make check   format, lint, types, layers'
	@echo 'make soak    the long tests'
	@echo 'make bench   the benchmarks'
	@echo 'make screenshots   the pictures of Dagster in docs/, taken by the test in a browser'
	@echo 'make clean   removes what these made'

demo: $(READY)
	@$(BIN)/dw-migration demo $(ARGS)

dev: $(READY)
	@$(BIN)/dw-migration dev $(ARGS)

test: $(READY)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not soak" $(ARGS)

soak: $(READY)
	@$(BIN)/python -m pytest -m soak -rs -s $(ARGS)

check: $(READY)
	@$(BIN)/python -m ruff format --check --quiet .
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m mypy
	@$(BIN)/python $(BIN)/lint-imports

bench: $(READY)
	@for script in benchmarks/*.py; do echo "$$script"; $(BIN)/python "$$script" $(ARGS) || exit 1; done

screenshots: $(READY)
	@$(BIN)/python -m pytest dw_migration_tests/orchestration/test_browser.py --screenshots --basetemp /tmp/dw $(ARGS)

clean:
	rm -rf "$(VENV)" .venv-3.* build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml $(INSTALLED)
	@$(BIN)/python -c "$$REGISTER"
	@printf '%s\n' "$$SCRIPT" > $(BIN)/dw-migration
	@chmod +x $(BIN)/dw-migration
	@touch $(READY)

# The stamp is written last: an environment without it is half made, and is made again from nothing.
$(INSTALLED): requirements.lock
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 with venv and ensurepip among: $(PYTHONS)."; \
	  echo "Install one (on Debian and Ubuntu python3-venv too), or name it: make PYTHON=/path/to/python"; exit 1; } >&2
	@"$(PYTHON)" -c '$(FITS)' || { echo "$(PYTHON) is no Python 3.11, 3.12 or 3.13 with venv and ensurepip." >&2; exit 1; }
	@echo "Making $(VENV) with $$("$(PYTHON)" -V); this is done once."
	@rm -rf $(VENV)
	@"$(PYTHON)" -m venv $(VENV)
	@echo '*' > $(VENV)/.gitignore
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements.lock
	@touch $(INSTALLED)

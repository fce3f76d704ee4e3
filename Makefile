# Everything a newcomer, the build server and an operator's test bench call. Each target sets up what it
# needs, by way of stamp files: the second time costs a second. ARGS="…" passes on to demo, test, tour, bench.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# A node is four processes: each would compile the whole product anew where the surroundings forbid it to keep that.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
PACKAGES := domain policies approvals recorder broker
# Two cores are busier with six: many tests wait, for a window's end, another process or a browser.
WORKERS ?= 6
SCRIPTS := broker/console/static/vendor/.stamp

# A virtual environment holds absolute paths: one that was copied or moved with the checkout is made anew.
$(shell [ "$$(cat .venv/.project 2>/dev/null)" = "$(CURDIR)" ] || rm -f .venv/.project .venv/.pinned)

.PHONY: help
help: ## what there is to make
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

# ── what people call ──────────────────────────────────────────────────────────────────────────────────

.PHONY: demo
demo: setup ## the demonstration plant; Ctrl-C ends it (ARGS="--json --dir D --ssh-port 0")
	@exec $(PY) -m broker demo $(ARGS)

.PHONY: test
test: setup ## the whole test suite, with what was skipped and why (ARGS="-k words")
	$(PY) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

.PHONY: tour
tour: setup ## a fresh plant and the whole story, played with the stock ssh and sftp
	@exec $(PY) -m tests.tour $(ARGS)

.PHONY: check
check: setup ## lint, types, architecture contracts, house rules
	@$(MAKE) -j2 --output-sync types house imports lint

.PHONY: lint
lint:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

.PHONY: types
types:
	$(PY) -m mypy $(PACKAGES)

.PHONY: imports
imports:
	.venv/bin/lint-imports

.PHONY: house
house:
	$(PY) -m pytest -q tests/house

.PHONY: fix
fix: setup ## apply what lint and format can apply
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

.PHONY: bench
bench: setup ## ratios against peers in one run, written to .artefacts/ and printed
	@exec $(PY) -m tests.bench $(ARGS)

.PHONY: deep
deep: setup ## long property, fuzz and fault runs (hours: a nightly job)
	HYPOTHESIS_PROFILE=deep $(PY) -m pytest -n $(WORKERS) --dist loadfile --timeout 3600 $(ARGS)

.PHONY: docs
docs: setup ## write the pages of docs/ that follow from the code
	@$(PY) -m tests.house.generate

# ── what they stand on ────────────────────────────────────────────────────────────────────────────────

.PHONY: setup
setup: ## the virtual environment, the project and the console's scripts
	@if command -v flock >/dev/null; then flock Makefile $(MAKE) -j2 .venv/.project $(SCRIPTS); \
	else $(MAKE) -j2 .venv/.project $(SCRIPTS); fi

define CARRIED
import ensurepip, glob, os
folder = getattr(ensurepip, "_WHEEL_PKG_DIR", None) or os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
print(*glob.glob(os.path.join(folder, "pip-*.whl"))[:1])
endef
export CARRIED

.venv/.pinned: requirements/constraints.txt requirements/schemas.txt
	@python=; for name in $${PYTHON:-} python3.11 python3 python3.12 python3.13; do \
	    command -v "$$name" >/dev/null && "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    && { python="$$name"; break; } || true; done; \
	[ -n "$$python" ] || { echo "Penstock needs Python 3.11 or newer, and found none." \
	    "What to do: install python3 (>= 3.11), or name one with PYTHON=/path/to/python3 make." >&2; exit 1; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { echo "$$python can't make virtual environments." \
	    "What to do: install python3-venv (Debian, Ubuntu) or your system's equal." >&2; exit 1; }; \
	[ -x $(PY) ] && $(PY) -c 'import pip' 2>/dev/null || "$$python" -m venv --clear --without-pip .venv
	@# pip itself first: what comes with a system takes twice as long over the pages of an index. That one need not
	@# be installed for it: it runs from the wheel that Python carries, and is installed where none is found.
	@sed -n '/^pip==/,/[^\\]$$/p' requirements/constraints.txt > .venv/pip.txt
	@wheel=; $(PY) -c 'import pip' 2>/dev/null || { wheel="$$($(PY) -c "$$CARRIED")"; \
	    [ -n "$$wheel" ] || $(PY) -m ensurepip >/dev/null; }; \
	PYTHONPATH="$$wheel" $(PY) -m pip install --quiet --no-compile --require-hashes --requirement .venv/pip.txt
	@$(PY) -m pip install --quiet --no-compile --no-deps --require-hashes --requirement requirements/constraints.txt \
	    --requirement requirements/schemas.txt
	@touch $@

.venv/.project: .venv/.pinned pyproject.toml
	@PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@printf '%s\n' "$(CURDIR)" > $@

node_modules/.stamp: package.json package-lock.json
	@command -v npm >/dev/null || { echo "The console's scripts come from npm, and there is no npm here." \
	    "What to do: install nodejs and npm (Node 18 or newer)." >&2; exit 1; }
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(SCRIPTS): node_modules/.stamp broker/console/vendor.py | .venv/.project
	@$(PY) -m broker.console.vendor
	@touch $@

# Pins every dependency, for every platform, by hash and without naming a registry. Run it by hand, read the
# diff, run the tests, commit. uv resolves; it follows the index that pip itself is configured with, if any.
.PHONY: lock
lock: ## resolve requirements/*.txt anew from pyproject.toml
	@[ -x build/uv/bin/uv ] || { python3 -m venv build/uv && build/uv/bin/python -m pip install --quiet uv; }
	@index="$${PIP_INDEX_URL:-$$(build/uv/bin/python -m pip config get global.index-url 2>/dev/null || true)}"; \
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"; \
	compile="build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate pyproject.toml"; \
	$$compile --all-extras --output-file requirements/constraints.txt; \
	$$compile --constraint requirements/constraints.txt --output-file requirements/runtime.txt

.PHONY: clean
clean: ## remove what make made
	rm -rf .venv node_modules build .artefacts broker/console/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

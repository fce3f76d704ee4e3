PY := .venv/bin/python
.PHONY: check
check: ; .venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy domain policies approvals recorder broker

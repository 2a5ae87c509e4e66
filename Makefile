# Two commands: `make eval` runs the shipped suites, `make test` checks the whole project.
# Both create .venv and install what they need; PYTHON names another interpreter.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: eval test check own format clean

eval: .venv/.run
	$(BIN)/llmopt eval

test: .venv/.dev check own
	$(BIN)/python -m pytest -q

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy tests tools benchmarks
	$(BIN)/lint-imports

# What we ask of others: the shipped prompts do not grow unseen, and the project is audited.
own: .venv/.run
	$(BIN)/llmopt gate
	$(BIN)/llmopt checklist --fail-under 90 --no-keep

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "llmopt needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..."; exit 2; }
	$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/.run

clean:
	rm -rf .venv .llmopt .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist

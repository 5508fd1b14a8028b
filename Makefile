# Two commands do everything on a machine with Python 3.11, make and git:
#   make repro    environment, pipeline, report
#   make test     environment, all tests
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The lock is complete, so nothing is left to resolve; what is imported is compiled when it first is. Both save a minute.
# Stages call plain "python", and DVC runs them with the caller's PATH. Many containers forbid Python to keep what it
# compiled, and then every stage would compile all its libraries anew.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONDONTWRITEBYTECODE= DVC_NO_ANALYTICS=1

.DEFAULT_GOAL := help
.PHONY: help env repro check test test-fast lint format profile bench readme lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

env: $(READY) ## the Python environment in .venv

$(READY): requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --requirement requirements.lock
	touch $@

repro: check ## run what changed of the pipeline, then say where the report is
	$(RUN) dvc repro
	@echo "report: $(CURDIR)/report/index.html"

check: env ## params.yaml against its schema
	@$(RUN) PYTHONPATH=src python -m rediffuse.params.check

test: env ## all tests, with the smoke pipeline
	$(RUN) python -m pytest

test-fast: env ## the tests that take seconds
	$(RUN) python -m pytest -m "not pipeline"

lint: env ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: env ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

profile: env ## lay profiles/$(PROFILE).yaml over params.yaml, comments kept
	@$(RUN) PYTHONPATH=src python -m rediffuse.params.profile "$(PROFILE)"

bench: env ## measure throughput and each stage's time; writes benchmarks/results.json
	$(RUN) PYTHONPATH=src python -m benchmarks.run

readme: env ## write the README's tables from metrics/ and benchmarks/
	$(RUN) PYTHONPATH=src python -m rediffuse.report.readme

lock: env ## resolve requirements.in anew into requirements.lock
	$(BIN)/python -m pip install --quiet --upgrade --requirement requirements.in
	$(BIN)/python -m pip freeze --exclude-editable > requirements.lock

clean: ## remove what the pipeline made; the environment and DVC's cache stay
	rm -rf .rediffuse models report data/digits data/generated_digits data/pictures data/labelled
	find plots -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +

# Two commands do everything on a machine with a supported Python (3.11 to 3.14), make and git:
#   make repro    environment, pipeline, page
#   make test     environment, all tests
# PYTHON names the Python of the environment; without it, that of .venv, else the newest supported one on PATH.
PYTHON ?=
# TORCH=cpu installs torch without CUDA, TORCH=lock as the lock has it; without it, the environment stays as it is.
TORCH ?=
# Tests run in JOBS processes; each wants some 3 GB of memory.
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
UV := .rediffuse/uv
# Stages call plain "python", and DVC runs them with the caller's PATH. Many containers forbid Python to keep what it
# compiled, and then every stage would compile all its libraries anew.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONDONTWRITEBYTECODE= DVC_NO_ANALYTICS=1

# Networks of tests are so small that two threads take longer than one, so each process of the tests has one. It takes
# whole files, in their order, since tests of a file share what it makes.
TESTS := OMP_NUM_THREADS=1 python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help env repro note require-git check test test-fast test-docs lint format profile bench gpu-check readme deps lock wheels clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

env: ## the Python environment in .venv; TORCH=cpu: without CUDA; PYTHON=python3.12: with that Python
	@python="$$(sh tools/find_python.sh "$(PYTHON)")" && "$$python" tools/environment.py --torch "$(TORCH)"

repro: note check ## run what changed of the pipeline, then say where the page is
	@$(RUN) sh tools/repository.sh configure
	$(RUN) dvc repro
	@echo "page: $(CURDIR)/report/index.html"

# Before the environment, which takes minutes.
note:
	@sh tools/repository.sh note

require-git:
	@sh tools/repository.sh require "make test"

check: env ## params.yaml against its schema
	@$(RUN) PYTHONPATH=src python -m tools.check_params

test: require-git env ## all tests, with the smoke pipeline
	$(RUN) $(TESTS)

test-fast: require-git env ## all tests but those of the pipeline
	$(RUN) $(TESTS) -m "not pipeline"

test-docs: require-git env ## the commands that README and docs show, in a copy of a smoke run; many minutes
	$(RUN) REDIFFUSE_DOCS=1 python -m pytest tests/pipeline/test_docs_commands.py

lint: env ## ruff, mypy and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	env PYTHONPATH=src:. $(BIN)/lint-imports --no-cache

format: env ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

profile: env ## lay profiles/$(PROFILE).yaml over params.yaml, comments kept
	@$(RUN) PYTHONPATH=src python -m tools.apply_profile "$(PROFILE)"

bench: env ## measure the networks' throughput on equal terms, some minutes; writes benchmarks/results.json
	$(RUN) PYTHONPATH=src python -m benchmarks.run

gpu-check: env ## measure the trainings on a CUDA device, in 8 minutes; writes the section cuda of benchmarks/results.json
	$(RUN) PYTHONPATH=src python -m benchmarks.gpu_check

readme: env ## write the tables of README and docs from metrics/, benchmarks/, dvc.yaml and the studies
	$(RUN) PYTHONPATH=src python -m rediffuse.report.readme

$(UV): | env
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target $@ uv

lock: $(UV) ## resolve requirements.in into requirements.lock for all platforms; UPGRADE=--upgrade: newest versions
	$(UV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" $(UPGRADE) --output-file requirements.lock requirements.in

deps: env ## write to dvc.yaml which files of src/ each stage depends on
	@$(RUN) python -m tools.source_deps

wheels: $(UV) ## ask whether every pin has a wheel on every platform and Python; writes docs/platforms.md
	$(RUN) python tools/check_wheels.py

clean: ## remove what the pipeline made; the environment and DVC's cache stay
	rm -rf .rediffuse models report data/digits data/generated_digits data/faces data/pictures data/labelled
	find plots -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +

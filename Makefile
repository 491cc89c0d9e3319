# Every command of the project. `make help` lists them; each makes its environment first where it is missing.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: airflow bench check clean docs experiment help lock run simulate source test test-features test-unit ui

# Nothing of the caller's Python, Airflow or dbt set-up leaks in.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV AIRFLOW_HOME AIRFLOW_CONFIG DBT_PROFILES_DIR DBT_PROJECT_DIR DBT_TARGET
export PYTHONNOUSERSITE := 1
export DO_NOT_TRACK := 1
# Threads of the linear algebra wait for each other on a busy machine: twelve times slower with two of them than with one.
export OPENBLAS_NUM_THREADS := 1

# Reach the recipes as variables of the shell, never as its code.
export DAY SOURCE NAME PORT WEEKS CUSTOMERS SEED FILE
python := .venv/bin/python
source := PROMOLIFT_SOURCE="$${SOURCE:-$$PROMOLIFT_SOURCE}"

run: .venv/ready ## run one day through Airflow and show what came out: DAY=2017-11-27 SOURCE=complete_journey
	@$(source) $(python) -m orchestration run --day "$$DAY"

ui: .venv/ready ## keep Airflow and its UI running on loopback until Ctrl-C: PORT=8080
	@$(source) $(python) -m orchestration ui --port "$${PORT:-8080}"

airflow: .venv/ready ## Airflow's own command line on the same installation: ARGS="dags list"
	@$(source) $(python) -m orchestration airflow $(ARGS)

simulate: .venv/ready ## decide for a simulated shop week by week and show what it earned: WEEKS=8 CUSTOMERS=20000 SEED=1
	@$(python) -m simulator loop --weeks "$${WEEKS:-8}" --customers "$${CUSTOMERS:-20000}" --seed "$${SEED:-1}"

experiment: .venv/ready ## evaluate a randomised test of your own: FILE=test.csv ARGS="--treatment arm --outcome spend"
	@$(python) -m ml experiment $(ARGS) -- "$$FILE"

source: .venv/ready ## make the folder of a new source, to be filled in: NAME=myshop
	@$(python) -m warehouse new-source -- "$$NAME"

test: .venv/ready ## all tests
	@$(python) -m pytest

test-unit: .venv/ready ## the quick tests: no stage, no dbt, no Airflow process, no browser
	@$(python) -m pytest -m "not integration and not browser"

test-features: .venv/ready ## dbt unit tests, and the proofs that no feature knows its future
	@$(python) -m pytest tests/dbt_project

check: .venv/ready ## lint, format and types of Python and SQL
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy
	@$(python) -m sqlfluff lint dbt_project/models

bench: .venv/ready ## speed and quality against floors and peers: NAME=predictions for one of them
	@$(python) -m benchmarks $${NAME:+"$$NAME"}

docs: .venv/ready ## write docs/reference anew from contract, parameters, rules and published tables
	@$(python) docs/generate.py

lock: .venv/ready ## resolve requirements*.in anew into the hashed lock
	@for name in requirements requirements-demo requirements-encodings requirements-lstm requirements-setup; do \
		.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url $$(test $$name != requirements-demo || echo --no-deps) $$name.in -o $$name.txt || exit 1; \
	done

clean: ## remove the environment and what tools leave behind; data/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
	find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | while IFS='	' read -r name what; do \
		printf '  make %-14s %s\n' "$$name" "$$what"; \
	done

# 3.11 first: the lock is compiled for it; 3.12 and 3.13 install from the same lock. A name on the path proves nothing, it has to run.
fits := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
.venv/ready: requirements.txt requirements-demo.txt requirements-setup.txt
	@for candidate in $${PYTHON:-python3.11 python3.12 python3.13 python3 python}; do \
		if "$$candidate" -c '$(fits)' >/dev/null 2>&1; then exec "$$candidate" orchestration/install.py; fi; \
	done; \
	echo "No fitting Python found$${PYTHON:+ in PYTHON=$$PYTHON}: install Python 3.11, 3.12 or 3.13 with its venv module, or name one with make PYTHON=/path/to/python3.12." >&2; \
	exit 1

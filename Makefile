# newsmill: `make help` lists the commands.
# Nothing is installed outside this folder; downloads are in the usual caches of uv and pip (UV_CACHE_DIR, PIP_CACHE_DIR).

NIGHTS ?= 2026-03-02 2026-03-03
PORT   ?= 8080
ARGS   ?=

export NEWSMILL_HOME ?= $(CURDIR)/data
export PYTHONPATH := $(CURDIR)/include
# Airflow starts 10 s later if Python cannot cache its compiled modules
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
WAREHOUSE := $(NEWSMILL_HOME)/warehouse/news.duckdb

# Run a script with the first Python that is new enough. If none is, run it with `python3`, whose message names the missing part.
define WITH_PYTHON
@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then exec env -u PYTHONPATH "$$python" $(1); fi; \
done; \
command -v $(or $(PYTHON),python3) >/dev/null || { echo "There is no $(or $(PYTHON),python3). Install Python 3.11 or newer: apt install python3 python3-venv"; exit 1; }; \
exec env -u PYTHONPATH $(or $(PYTHON),python3) scripts/environment.py
endef
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

FAST = not slow and not long

.DEFAULT_GOAL := help
.PHONY: help nightly check test test-long up sql report dictionary cookbook pin-selftest pin-images lint lock env clean environment environment-dev

help:  ## List what can be done
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## */\1\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

nightly: environment  ## Run the sample nights through Airflow into data/warehouse/news.duckdb (NIGHTS="2026-03-02 …")
	@$(BIN)/python scripts/nightly.py $(NIGHTS)
	@$(BIN)/python -m newsmill report --home "$(NEWSMILL_HOME)"

check: lint  ## Lint, and run the fast tests in a minute: the inner loop (ARGS="-k quotes", ARGS=tests/quotes)
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "$(FAST)" $(ARGS)

test: lint  ## Lint, and run all tests but the long ones (ARGS="-k quotes")
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not long" $(ARGS)

test-long: environment-dev  ## Run the long tests: rebuilding history, and sharing a warehouse through DuckLake
	@$(BIN)/python -m pytest -q -n auto --dist loadfile -m long $(ARGS)

up: environment  ## Start Airflow's pages and scheduler on 127.0.0.1 (PORT=8080); Ctrl-C stops them
	@exec $(BIN)/python scripts/serve.py --port $(PORT)

sql: environment  ## Open a read-only DuckDB shell on the warehouse (ARGS="-c 'FROM mart.run_health'" SNAPSHOT=name)
	@test -e "$(WAREHOUSE)" || { echo "There is no warehouse at $(WAREHOUSE) yet. Build one: make nightly"; exit 1; }
	@exec $(BIN)/python -m newsmill sql --home "$(NEWSMILL_HOME)" $(if $(SNAPSHOT),--snapshot "$(SNAPSHOT)") -- $(ARGS)

report: environment  ## Print what the last nights read, rejected and loaded
	@$(BIN)/python -m newsmill report --home "$(NEWSMILL_HOME)"

dictionary: environment  ## Write docs/dictionary.md, star.md and expectations.md from contracts, models and suites
	@$(BIN)/python -m newsmill dictionary docs/dictionary.md
	@$(BIN)/python -m newsmill picture docs/star.md
	@$(BIN)/python -m newsmill expectations docs/expectations.md

cookbook: environment  ## Run the SQL of README.md, docs/cookbook.md and docs/marts.md on the sample nights, and write the results
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && \
	for night in 2026-03-02 2026-03-03; do $(BIN)/python -m newsmill night $$night --home "$$home" || exit 1; done && \
	$(BIN)/python -m newsmill cookbook README.md docs/cookbook.md docs/marts.md --home "$$home"

pin-selftest: environment  ## Write the expected answers of the kernels' self-test, as plain Python computes them
	@NUMBA_DISABLE_JIT=1 $(BIN)/python -W ignore -m newsmill.doctor.selftest --pin

lint: environment-dev  ## Check style and format with ruff, types with mypy
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted. Run: .venv/bin/ruff format ."; exit 1; }
	@$(BIN)/mypy --no-error-summary

lock: environment  ## Write the locks from the .in files (ARGS="--upgrade" for newer versions)
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) $(ARGS) requirements.in -o requirements.txt >/dev/null
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) $(ARGS) requirements-dev.in -o requirements-dev.txt >/dev/null
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) $(ARGS) requirements-bench.in -o requirements-bench.txt >/dev/null

pin-images:  ## Pin the base images of Dockerfile and docker-compose.yml by digest; needs Docker and its registry
	$(call WITH_PYTHON,scripts/pin_images.py)

env:  ## Write .env with generated secrets for docker-compose.yml; an existing one is kept
	$(call WITH_PYTHON,scripts/compose_setup.py env)

clean:  ## Remove the environment, Airflow's home and caches; data/ and .secrets/ stay
	rm -rf .venv .airflow .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	$(call WITH_PYTHON,scripts/environment.py)

environment-dev:
	$(call WITH_PYTHON,scripts/environment.py --dev)

# Needs python3 (3.11 or newer) with its venv module, and make. `make help` lists what there is.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo run test chaos bench lint fmt words pictures lock licences audit clean install install-dev browser

BIN := .venv/bin
export PYTHON PORT AT

# Some shells set HOST to the machine's name; only one that is typed here is meant.
ifeq ($(origin HOST),command line)
SERVE_HOST := FIELDCUE_HOST=$(HOST)
endif
SERVE := env $(if $(PORT),FIELDCUE_PORT=$(PORT)) $(SERVE_HOST) $(if $(TLS),FIELDCUE_TLS=$(TLS)) \
	$(if $(HOST_NAME),FIELDCUE_HOST_NAME=$(HOST_NAME))

# Two to four at once, each with a PostgreSQL and a Chromium of its own; one more than there are cores, since each waits
# for its browser now and then.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1); n=$$((n + 1)); \
	[ $$n -gt 4 ] && n=4; echo $$n)

help: ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: install ## the demo event on http://127.0.0.1:8000 (AT=14:36 as if the show had run until then; PORT=, HOST=, TLS=1)
	@exec $(SERVE) $(BIN)/fieldcue demo $(if $(AT),--at $(AT))

run: install ## an empty server; the first visit makes the organisation and its owner (PORT=, HOST=, TLS=1)
	@exec $(SERVE) $(BIN)/fieldcue serve

test: install-dev browser ## every test, on SQLite and PostgreSQL, in real browsers (ARGS="-k timing" for some)
	@exec $(BIN)/python -m pytest -n $(WORKERS) $(if $(ARGS),$(ARGS),--whole)

chaos: install-dev ## kill, cut, freeze, fill and restore real servers (RUNS=20; SEED= for one again; DATABASE=sqlite; MUTANTS=1)
	@exec $(BIN)/python -m tests.chaos $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(DATABASE),--database $(DATABASE)) $(if $(MUTANTS),--mutants)

bench: install-dev browser ## measure what docs/benchmarks.md says
	@exec $(BIN)/python -m tests.bench $(ARGS)

lint: install-dev ## ruff, types, templates, CSS and JavaScript
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python -m scripts.lint

fmt: install-dev ## put the Python code in order
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

words: install-dev ## gather the texts that people read, and say which lack a translation
	@$(BIN)/python -m scripts.words

pictures: install-dev browser ## take the README's pictures anew
	@$(BIN)/python -m scripts.pictures

lock: install-dev ## write the locks anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@UV=$(BIN)/uv sh scripts/lock.sh $(if $(UPGRADE),--upgrade)

licences: install-dev ## write docs/licences.md anew from the packages that are locked
	@$(BIN)/python -m scripts.licences

# Not in the gate: it asks the network what is known today, and that is not ours to make pass. Without `--strict` a
# package that nobody could be asked about counts as sound.
audit: install-dev ## ask which locked packages have known holes (needs the network)
	@$(BIN)/uv tool run --from pip-audit==2.10.1 pip-audit --strict --disable-pip --require-hashes \
		-r requirements-build.lock -r requirements-dev.lock || \
		{ echo "No verdict, or one against us: above is why. Without the network there is none." >&2; exit 1; }

clean: ## remove .venv, caches and the tests' pictures; data/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .bench shots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install:
	@scripts/bootstrap.sh run

install-dev:
	@scripts/bootstrap.sh dev

browser:
	@scripts/ensure_browser.sh

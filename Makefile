# The whole interface: `make demo` and `make test`. Everything else is a part of them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help setup demo test lint types unit fuzz orders pictures schemas lock clean
.PHONY: bench-calls bench-docs bench-index bench-preview bench-retrieval bench-security bench-webhook fit-docs

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/.installed ## Make .venv with the locked dependencies; the command is then .venv/bin/mas

$(VENV)/.installed: requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## The whole way on a GitHub on this machine (KEEP=--keep leaves it up)
	$(BIN)/mas demo $(KEEP)

test: lint types unit ## Lint, types and all tests

unit: setup schemas ## All tests, with the coverage of bot/; four at once, since many of them wait
	$(BIN)/pytest -n 4 --dist worksteal

fuzz: setup ## Mangled code and docs for ten minutes (MAS_FUZZ_SECONDS=600): no crash
	MAS_FUZZ_SECONDS=$(or $(MAS_FUZZ_SECONDS),600) $(BIN)/pytest --no-cov -s tests/core/test_mangled_input.py

orders: setup schemas ## People and redeliveries in random order, 200 sequences (MAS_ORDERS=200): nothing is lost
	MAS_ORDERS=$(or $(MAS_ORDERS),200) $(BIN)/pytest --no-cov -s tests/journeys/test_any_order.py

pictures: setup ## The pictures of docs/, taken of the GitHub on this machine (CHROMIUM=the browser's program)
	$(BIN)/python -m tests.pictures

schemas: setup ## GitHub's published schemas, which the tests validate against
	@$(BIN)/python -m tests.schemas.fetch

lint: setup ## Format, lint, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: setup ## mypy --strict
	$(BIN)/mypy

bench-calls: setup schemas ## Calls of GitHub's API that each event costs, against the sandbox
	$(BIN)/python -m benchmarks.api_calls

bench-docs: setup ## Edits and notices on real histories, beside the baselines (needs clones, see benchmarks/docs)
	$(BIN)/python -m benchmarks.docs

fit-docs: setup ## Refit the ranker, and score it on repositories it was not fitted on (WRITE=--write keeps it)
	$(BIN)/python -m benchmarks.docs.fit $(WRITE)

bench-index: setup ## Seconds and memory of the search index: embedding, reindexing, searching 100,000 chunks
	$(BIN)/python -m benchmarks.index

bench-preview: setup ## Seconds and memory of `mas preview`, cold and warm, by size of the repository
	$(BIN)/python benchmarks/preview.py

bench-retrieval: setup ## What the search finds, by kind of query, beside its parts (needs its cases and clones)
	$(BIN)/python -m benchmarks.retrieval

bench-security: setup ## What the security review finds and where it is silent, on 259 pull requests (needs their cases and clones)
	$(BIN)/python -m benchmarks.security

bench-webhook: setup ## Deliveries a second, beside Probot and bare aiohttp (needs wrk)
	$(BIN)/python benchmarks/webhook.py

lock: ## Renew the hashed locks (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --no-header pyproject.toml -o requirements/run.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --no-header --all-extras pyproject.toml -o requirements/dev.lock

clean: ## Remove what was made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

# Start with `make demo` and `make test`. `make help` lists all targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help setup demo test lint types unit suite coverage fuzz orders snapshots pictures schemas lock clean
.PHONY: sast secrets secrets-staged licences advisories package check-delivery clean-root
.PHONY: bench-calls bench-docs bench-index bench-preview bench-retrieval bench-security bench-webhook fit-docs

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/.installed ## Create .venv with the locked dependencies; the command is .venv/bin/mas

$(VENV)/.installed: requirements/dev.lock pyproject.toml
	@scripts/install_locked.sh $(PYTHON) $(VENV) $<

# The demo uses the development environment if it exists, and a smaller one of its own otherwise.
DEMO := $(if $(wildcard $(VENV)/.installed),$(VENV),.venv-demo)

.venv-demo/.installed: requirements/demo.lock pyproject.toml
	@scripts/install_locked.sh $(PYTHON) .venv-demo $<

demo: $(DEMO)/.installed ## Run MAS end to end on a GitHub emulator (KEEP=--keep leaves it running)
	$(DEMO)/bin/mas demo $(KEEP)

test: lint types unit ## Run lint, types and all tests

unit: setup schemas ## Run all tests, four at once because many of them wait
	$(BIN)/pytest -n 4 --dist worksteal

suite: setup schemas ## Run one suite: SUITE=unit, integration, security, performance or e2e
	@mkdir -p reports
	COVERAGE_FILE=.coverage.$(SUITE) $(BIN)/pytest -n 4 --dist worksteal -m $(SUITE) --cov=bot --cov-report= \
	  --junit-xml=reports/$(SUITE).xml

coverage: setup ## Check that the suites that ran cover at least 90 % of bot/
	$(BIN)/coverage combine --keep
	$(BIN)/coverage xml --quiet -o reports/coverage.xml
	$(BIN)/coverage html --quiet --directory reports/coverage
	$(BIN)/coverage report --fail-under=90

fuzz: setup ## Fuzz with mangled code and docs for ten minutes (MAS_FUZZ_SECONDS=600)
	MAS_FUZZ_SECONDS=$(or $(MAS_FUZZ_SECONDS),600) $(BIN)/pytest --no-cov -s tests/core/test_mangled_input.py

orders: setup schemas ## Test user actions and redeliveries in random order, 200 sequences (MAS_ORDERS=200)
	MAS_ORDERS=$(or $(MAS_ORDERS),200) $(BIN)/pytest --no-cov -s tests/journeys/test_any_order.py

snapshots: setup ## Renew the snapshots of all texts that people read (tests/snapshots); review the diff
	MAS_WRITE_SNAPSHOTS=1 $(BIN)/pytest --no-cov -q tests/core/test_messages_snapshots.py \
	  tests/core/test_help_snapshots.py tests/contracts/test_text_snapshots.py

pictures: setup ## Take the screenshots of docs/ from the GitHub emulator (CHROMIUM=path of the browser)
	$(BIN)/python -m tests.pictures

schemas: setup ## Fetch GitHub's published schemas, for validation in tests
	@$(BIN)/python -m tests.schemas.fetch

lint: setup ## Format, lint, layers, names, prose
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python scripts/measure_names.py --check
	$(BIN)/python scripts/check_prose.py

types: setup ## Run mypy --strict
	$(BIN)/mypy

sast: setup ## Scan code and workflows for security problems; writes SARIF to reports/sarif
	@mkdir -p reports/sarif
	$(BIN)/ruff check --select S --output-format sarif --output-file reports/sarif/ruff.sarif --exit-zero bot delivery scripts
	$(BIN)/zizmor --offline --no-progress --no-exit-codes --format sarif . > reports/sarif/zizmor.sarif
	$(BIN)/bandit --quiet --recursive --severity-level medium --confidence-level medium bot delivery scripts
	$(BIN)/zizmor --offline --no-progress --quiet .

SECRETS = $(BIN)/betterleaks git . --no-banner --redact --confidence medium --no-allow-signatures \
  --ignore-file .github/known-values

secrets: setup ## Scan the whole history for secrets; .github/known-values has the hashes of false positives
	$(SECRETS)

secrets-staged: setup ## Scan staged changes for secrets
	$(SECRETS) --staged

licences: setup ## Check that requirements/licences.toml allows the licence of every dependency
	$(BIN)/python scripts/check_licences.py

advisories: setup ## Check the locked dependencies for known vulnerabilities (queries an advisory index)
	$(BIN)/pip-audit --progress-spinner off --disable-pip --require-hashes --requirement requirements/run.lock

package: setup ## Build wheel, sdist and SBOM (CycloneDX) in dist, and test each package in a clean environment
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	scripts/check_packages.sh dist/mas_docs_bot-*.whl dist/mas_docs_bot-*.tar.gz

check-delivery: setup schemas ## Validate workflows, manifests, image, alerts and scripts
	scripts/check_delivery.sh

clean-root: ## Run the Dockerfile's steps in a fresh Debian (needs debootstrap and root)
	scripts/clean_root.sh

bench-calls: setup schemas ## Count the GitHub API calls of each event, against the sandbox
	$(BIN)/python -m benchmarks.api_calls

bench-docs: setup ## Score edits and notices on real histories, with baselines (needs clones, see benchmarks/docs)
	$(BIN)/python -m benchmarks.docs

fit-docs: setup ## Refit the ranker, and score it on held-out repositories (WRITE=--write saves it)
	$(BIN)/python -m benchmarks.docs.fit $(WRITE)

bench-index: setup ## Measure time and memory of the search index: embed, reindex, search 100,000 chunks
	$(BIN)/python -m benchmarks.index

bench-preview: setup ## Measure time and memory of `mas preview`, cold and warm, by repository size
	$(BIN)/python benchmarks/preview.py

bench-retrieval: setup ## Score the search by kind of query, with its parts (needs its cases and clones)
	$(BIN)/python -m benchmarks.retrieval

bench-security: setup ## Score the security review on 259 pull requests (needs their cases and clones)
	$(BIN)/python -m benchmarks.security

bench-webhook: setup ## Measure deliveries per second, with Probot and bare aiohttp (needs wrk)
	$(BIN)/python benchmarks/webhook.py

COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-annotate --no-header pyproject.toml

lock: ## Update the hashed locks (needs uv): all extras, and the same versions for each smaller installation
	$(COMPILE) --all-extras -o requirements/dev.lock
	$(COMPILE) -c requirements/dev.lock -o requirements/base.lock
	$(COMPILE) -c requirements/dev.lock --extra app --extra scanners --extra search --extra mongodb --extra redis \
	  --extra s3 -o requirements/run.lock
	$(COMPILE) -c requirements/dev.lock --extra app --extra sandbox --group clone -o requirements/demo.lock

clean: ## Remove everything that make created
	rm -rf $(VENV) .venv-demo dist build reports .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

# The whole interface: `make demo` and `make test`. Everything else is a part of them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help setup demo test lint types unit suite coverage fuzz orders snapshots pictures schemas lock clean
.PHONY: sast secrets secrets-staged licences advisories package check-delivery clean-root
.PHONY: bench-calls bench-docs bench-index bench-preview bench-retrieval bench-security bench-webhook fit-docs

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/.installed ## Make .venv with the locked dependencies; the command is then .venv/bin/mas

$(VENV)/.installed: requirements/dev.lock pyproject.toml
	@scripts/install_locked.sh $(PYTHON) $(VENV) $<

# The demo takes the development environment where there is one, and otherwise a smaller one of its own.
DEMO := $(if $(wildcard $(VENV)/.installed),$(VENV),.venv-demo)

.venv-demo/.installed: requirements/demo.lock pyproject.toml
	@scripts/install_locked.sh $(PYTHON) .venv-demo $<

demo: $(DEMO)/.installed ## The whole way on a GitHub on this machine (KEEP=--keep leaves it up)
	$(DEMO)/bin/mas demo $(KEEP)

test: lint types unit ## Lint, types and all tests

unit: setup schemas ## All tests; four at once, since many of them wait
	$(BIN)/pytest -n 4 --dist worksteal

suite: setup schemas ## One suite alone: SUITE=unit, integration, security, performance or e2e
	@mkdir -p reports
	COVERAGE_FILE=.coverage.$(SUITE) $(BIN)/pytest -n 4 --dist worksteal -m $(SUITE) --cov=bot --cov-report= \
	  --junit-xml=reports/$(SUITE).xml

coverage: setup ## Of the suites that were run, together: 90 % of bot/ at least
	$(BIN)/coverage combine --keep
	$(BIN)/coverage xml --quiet -o reports/coverage.xml
	$(BIN)/coverage html --quiet --directory reports/coverage
	$(BIN)/coverage report --fail-under=90

fuzz: setup ## Mangled code and docs for ten minutes (MAS_FUZZ_SECONDS=600): no crash
	MAS_FUZZ_SECONDS=$(or $(MAS_FUZZ_SECONDS),600) $(BIN)/pytest --no-cov -s tests/core/test_mangled_input.py

orders: setup schemas ## People and redeliveries in random order, 200 sequences (MAS_ORDERS=200): nothing is lost
	MAS_ORDERS=$(or $(MAS_ORDERS),200) $(BIN)/pytest --no-cov -s tests/journeys/test_any_order.py

snapshots: setup ## Renew tests/snapshots/github, every message that MAS writes on GitHub; read the difference
	MAS_TEST_SNAPSHOTS=1 $(BIN)/pytest --no-cov -q tests/core/test_messages_snapshots.py

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

sast: setup ## Dangerous code, ours and the workflows'; also as SARIF in reports/sarif
	@mkdir -p reports/sarif
	$(BIN)/ruff check --select S --output-format sarif --output-file reports/sarif/ruff.sarif --exit-zero bot delivery scripts
	$(BIN)/zizmor --offline --no-progress --no-exit-codes --format sarif . > reports/sarif/zizmor.sarif
	$(BIN)/bandit --quiet --recursive --severity-level medium --confidence-level medium bot delivery scripts
	$(BIN)/zizmor --offline --no-progress --quiet .

SECRETS = $(BIN)/betterleaks git . --no-banner --redact --confidence medium --no-allow-signatures \
  --ignore-file .github/known-values

secrets: setup ## Secrets in the whole history; .github/known-values has the hashes of those that are none
	$(SECRETS)

secrets-staged: setup ## Secrets in what is about to be committed
	$(SECRETS) --staged

licences: setup ## Every dependency's licence is one of requirements/licences.toml
	$(BIN)/python scripts/check_licences.py

advisories: setup ## Known weaknesses of the locked dependencies (asks an index of advisories)
	$(BIN)/pip-audit --progress-spinner off --disable-pip --require-hashes --requirement requirements/run.lock

package: setup ## Wheel and sdist, that each installs and runs in a clean environment, and its SBOM (CycloneDX), in dist
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	scripts/check_packages.sh dist/mas_docs_bot-*.whl dist/mas_docs_bot-*.tar.gz

check-delivery: setup schemas ## Workflows, manifests, image, rules, scripts: every validator over all of it
	scripts/check_delivery.sh

clean-root: ## What the Dockerfile does, in a fresh Debian (needs debootstrap and root): it starts as nobody, read-only
	scripts/clean_root.sh

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

COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-annotate --no-header pyproject.toml

lock: ## Renew the hashed locks (needs uv): all extras, and of the same versions what each installation needs
	$(COMPILE) --all-extras -o requirements/dev.lock
	$(COMPILE) -c requirements/dev.lock -o requirements/base.lock
	$(COMPILE) -c requirements/dev.lock --extra app --extra scanners --extra search --extra mongodb --extra redis \
	  --extra s3 -o requirements/run.lock
	$(COMPILE) -c requirements/dev.lock --extra app --extra sandbox --group clone -o requirements/demo.lock

clean: ## Remove what was made
	rm -rf $(VENV) .venv-demo dist build reports .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

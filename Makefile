# One line says what each does: `make help`. Everything sets itself up; nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo run test test-browser test-dynamodb-local check simulate bench bench-long bench-load package audit deploy rollback map openapi fuzz format clean

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-19s %s\n", $$1, $$2}'

$(STAMP): requirements.txt requirements-cli.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "serve Python 3.11 o successivo (PYTHON=python3.11 make ...)")'
	@echo "Preparazione dell'ambiente in $(VENV) (solo la prima volta)..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(STAMP)

demo: $(STAMP) ## run the main job end to end, offline: load, print, pay, notify, reconcile
	@$(BIN)/python -m sandbox demo

run: $(STAMP) ## leave the sandbox up: API, Nodo, PSP, gestionale; prints the URLs
	@$(BIN)/python -m sandbox run

test: $(STAMP) ## run every test
	@$(BIN)/python -m pytest -n 2 --dist worksteal --ignore=tests/browser --ignore=tests/concurrency

test-browser: $(STAMP) ## pay in headless Chromium: portal, Checkout, WISP (skipped where there is none)
	@tests/browser/chromium.sh
	@$(BIN)/python -m pytest -rs tests/browser

test-dynamodb-local: $(STAMP) ## many processes at once on a DynamoDB that is not moto (compiled by cargo; skipped without)
	@tests/concurrency/dynamodb.sh
	@$(BIN)/python -m pytest -rs tests/concurrency

check: $(STAMP) ## lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict app.py chalicelib govpay sandbox infra
	@$(BIN)/lint-imports

# Which history, and how many from it on: make simulate SEED=42 N=1; or what a failure wrote down:
# make simulate DECISIONI=build/simulazione/42.json
SEED ?= 1
N ?= 800

simulate: $(STAMP) ## run N random histories from SEED on, with faults anywhere, and check that nothing is lost or paid twice
	@$(BIN)/python -m sandbox.simulatore $(if $(DECISIONI),--decisioni $(DECISIONI),--seme $(SEED) --storie $(N))

bench: $(STAMP) ## measure AWS calls, units, CPU, cold import, PDF
	@$(BIN)/python -m sandbox.bench

bench-long: $(STAMP) ## acquire flows of 100,000 rows, reconcile 10,000 movements; keep the figures
	@$(BIN)/python -m sandbox.bench --long --write

bench-load: $(STAMP) ## load the packaged API with 100 requests a second, start each function cold: make package first
	@$(BIN)/python -m sandbox.bench --load

package: $(STAMP) ## build the deployable template and bundle into build/
	@$(BIN)/python -m infra.package

audit: $(STAMP) ## look for known vulnerabilities in what `make package` has bundled; says so where no database answers
	@$(BIN)/python -m infra.audit

deploy: $(STAMP) ## install or update a stage in AWS: STAGE=prod PARAMETRI="BaseUrl=https://..."; SI=1 does not ask
	@$(BIN)/python -m infra.deploy $(if $(SI),--si) $(or $(STAGE),prod) $(PARAMETRI)

rollback: $(STAMP) ## go back to the version before the last deploy: STAGE=prod
	@$(BIN)/python -m infra.deploy --torna $(or $(STAGE),prod)

map: $(STAMP) ## draw the map of README.md from the code again
	@$(BIN)/python -m tests.architecture.map

openapi: $(STAMP) ## write the OpenAPI documents from the code again
	@$(BIN)/python -m infra.openapi

fuzz: $(STAMP) ## call every operation, REST and SOAP, and read files, all made up, for a long time; FUZZ=n examples each
	@GOVPAY_FUZZ=$(or $(FUZZ),200) $(BIN)/python -m pytest -n 2 --timeout=1800 tests/rest/test_fuzz.py tests/nodo/test_fuzz_soap.py tests/nodo/test_fuzz_file.py

format: $(STAMP) ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only .

clean: ## remove what was built
	@rm -rf build demo-out .pytest_cache .mypy_cache .ruff_cache

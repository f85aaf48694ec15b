# make book, make test: each sets up all it needs (python3 >= 3.11 with venv, pip, make)
# and does nothing twice. `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
SITE := _build/html
CHAPTERS := $(sort $(wildcard book/*.ipynb))
# The book always runs on the embedded digits, and needs no network once installed.
export PYTHONPATH :=
# Threads that wait should sleep, so that a busy machine is not made busier.
export OMP_WAIT_POLICY := PASSIVE
unexport DDPM_LITE_DATA MPLBACKEND

# Stamps carry a check sum of what they stand for: a changed date rebuilds nothing,
# a changed letter rebuilds everything that could show it.
sum = $(shell find $(1) -type f ! -path '*/__pycache__/*' ! -path '*/node_modules/*' \
	! -name '*.ipynb' | LC_ALL=C sort | xargs cksum | cksum | tr ' ' '-')
INSTALLED := .venv/.installed-$(call sum,requirements.txt pyproject.toml book/_ext/package.json)
BUILT := _build/.built-$(call sum,_config.yml _toc.yml book src requirements.txt)-$(subst /,-,$(GITHUB_REPOSITORY))

.PHONY: help setup book test lint unit chapters browser notebooks mutants mutation coverage \
	audit fuzz soak bench results reproduce colab page dist oldest pdf serve clean

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

setup: $(INSTALLED)  ## install what the book and the tests need into .venv

$(INSTALLED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 …' >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	$(BIN)/python book/_ext/assets.py
	@rm -f .venv/.installed-*
	@touch $@

book: $(BUILT)  ## run every chapter and build the site, strictly
	@echo 'The book is built. Open $(SITE)/index.html, or run `make serve`.'

$(BUILT): $(INSTALLED)
	@rm -rf _build/.built-* $(SITE) _build/.doctrees
	$(BIN)/jupyter-book build . -W -n --keep-going --all
	@touch $@

test: lint unit chapters  ## style, types, tests, and every chapter run by nbval

lint: $(INSTALLED)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(INSTALLED)  ## the tests of the package and of the book
	$(BIN)/pytest tests --ignore=tests/browser

browser: $(BUILT)  ## the built site in a real browser, where there is Chromium
	@if $(BIN)/python tests/browser/serving.py; then \
	  $(BIN)/python -m pip install --quiet -r tests/browser/requirements.txt && \
	  $(BIN)/pytest tests/browser; fi

chapters: $(INSTALLED)  ## every chapter notebook, run by nbval
	$(BIN)/pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=900 $(CHAPTERS)

notebooks: $(INSTALLED)  ## write the chapters' .ipynb twins and the equations' list
	$(BIN)/python book/_ext/twins.py
	$(BIN)/python book/_ext/ledger.py
	$(BIN)/python -m ddpm_lite.proof.labels book

mutants: $(INSTALLED)  ## slips put into every labelled equation; counts for the ledger
	$(BIN)/python -m ddpm_lite.proof.mutants --record src/ddpm_lite/proof/mutants.json

mutation: $(INSTALLED)  ## slips put into the code of the chain; the tests must see each
	$(BIN)/python -m pip install --quiet -r tests/checks.txt
	$(BIN)/python tests/mutation.py

coverage: $(INSTALLED)  ## which lines of the package the tests run
	$(BIN)/python -m pip install --quiet -r tests/checks.txt
	$(BIN)/coverage run -m pytest tests --ignore=tests/browser
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

audit: $(INSTALLED)  ## ask PyPI for known holes in all that is installed
	$(BIN)/python -m pip install --quiet -r tests/checks.txt
	@mkdir -p _build
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+[a-z0-9]*$$//' > _build/installed.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement _build/installed.txt

fuzz: $(INSTALLED)  ## the properties on a hundred times as many random inputs
	DDPM_LITE_FUZZ=$${DDPM_LITE_FUZZ:-100} $(BIN)/pytest -p no:cacheprovider \
	  tests/test_fuzz.py tests/test_schedule.py tests/proof/test_untrusted.py

soak: $(INSTALLED)  ## long work in little memory: many files, samples, steps
	$(BIN)/python benchmarks/soak.py

bench: $(INSTALLED)  ## speed beside two peers; needs pip install -e '.[bench]'
	$(BIN)/python benchmarks/training_speed.py
	$(BIN)/python benchmarks/sampling_speed.py

results: $(INSTALLED)  ## run the recorded experiments again (book/results)
	$(BIN)/python -m ddpm_lite.experiments all

reproduce: $(INSTALLED)  ## run them again and say which recorded numbers differ
	@failed=0; $(BIN)/python tests/picture.py || failed=1; \
	$(BIN)/python -m ddpm_lite.experiments all --check || failed=1; exit $$failed

colab: $(INSTALLED)  ## notebooks for Colab: make colab REPOSITORY=owner/name REF=commit
	$(BIN)/python book/_ext/colab.py --out _build/colab \
	  --repository '$(REPOSITORY)' --ref '$(or $(REF),main)'

page: $(INSTALLED)  ## build one page alone: make page PAGE=06_posterior
	$(BIN)/python book/_ext/onepage.py $(PAGE)

dist: $(INSTALLED)  ## sdist and wheel, tried in a fresh environment of each Python here
	tests/install.sh

oldest: $(INSTALLED)  ## the tests with the oldest versions that pyproject.toml allows
	tests/oldest.sh

pdf: $(BUILT)  ## the whole book as one PDF, printed by Chromium
	$(BIN)/python book/_ext/pdf.py

serve: book  ## show the site at http://localhost:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(SITE) 8000

clean:  ## remove what was built, keep what was installed
	rm -rf _build .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*

# Two commands: `make book` builds the pages, `make test` checks everything. `make help` lists the rest.
# make does the incremental part: a notebook runs when its code, what it imports, loads or fetches, or its parameters changed
# (tools/tracing/prerequisites.py reads that from the notebook itself), so no chapter is named here.

PROFILE ?= read
JOBS    ?= 2
PYTHON  ?= python3
VENV    ?= .venv
PORT    ?= 8000

ifeq ($(filter $(PROFILE),smoke read paper),)
$(error PROFILE=$(PROFILE) is none of smoke, read, paper)
endif
# What stays of a number without its digits, and of its digits without noughts.
digits_gone = $(subst 0,,$(subst 1,,$(subst 2,,$(subst 3,,$(subst 4,,$(subst 5,,$(subst 6,,$(subst 7,,$(subst 8,,$(subst 9,,$1))))))))))
ifneq ($(and $(subst 0,,$(JOBS)),$(if $(call digits_gone,$(JOBS)),,yes)),yes)
$(error JOBS=$(JOBS) is no number of notebooks to run side by side; expected 1 or more)
endif

MAKEFLAGS += -j$(JOBS) --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SHELL := /bin/bash

PY        := "$(VENV)/bin/python"
INSTALLED := $(VENV)/.installed
EXECUTED  := _build/executed/$(PROFILE)
STATES    := _build/prerequisites/$(PROFILE)
PAGES     := _build/pages.$(PROFILE).stamp

# Notebooks run side by side: one thread each, or they slow each other down.
export OMP_NUM_THREADS ?= 1
# Recipes read these from the environment, where a shell takes them for text and for nothing else.
export NAME PORT

# ---- what there is ----------------------------------------------------------------------------------------------------
NOTEBOOKS  := $(sort $(shell cd book && find . -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' | sed 's|^\./||'))
COLLECTORS := $(filter index.ipynb scoreboard.ipynb,$(NOTEBOOKS))
STATUS     := $(filter status.ipynb,$(NOTEBOOKS))
CHAPTERS   := $(filter-out $(COLLECTORS) $(STATUS),$(NOTEBOOKS))

# These read what the chapters measured, so they run after them; the status page also tells about the other two.
$(addprefix $(EXECUTED)/,$(COLLECTORS)): $(addprefix $(EXECUTED)/,$(CHAPTERS))
$(addprefix $(EXECUTED)/,$(STATUS)):     $(addprefix $(EXECUTED)/,$(CHAPTERS) $(COLLECTORS))

# ---- the commands -----------------------------------------------------------------------------------------------------
.PHONY: book handouts executed tables weights test lint unit smoke-pages lab serve clean help FORCE

book: $(PAGES) ## fetch, run what changed, build the pages (PROFILE=read)
	@echo "The book is at $(CURDIR)/_build/html/index.html"

handouts: $(PAGES) ## for a teacher: the pages in a zip that opens offline, with and without solutions; every figure as a file and on slides
	@$(PY) -m tools.building.handouts $(EXECUTED) _build/html _build/handouts

executed: $(STATES)/checked $(addprefix $(EXECUTED)/,$(NOTEBOOKS)) ## run what changed, build no pages

tables: $(STATES)/checked $(addprefix $(EXECUTED)/,$(CHAPTERS) $(filter scoreboard.ipynb,$(COLLECTORS))) ## fill the result tables (PROFILE=paper retrains)
	@echo "The results are in $(CURDIR)/book/results/$(PROFILE)"

weights: $(INSTALLED) ## train one network, resumable: make weights NAME=admm_net15_brain_20
	$(if $(NAME),,$(error weights wants a name: make weights NAME=admm_net15_brain_20))
	$(PY) -m mddl_lib train "$$NAME"

# Tests that share an execution, a page or a set-up stay with one worker (tests/conftest.py says which).
PYTEST := -m pytest -n auto --no-loadscope-reorder --durations=10

test: lint ## lint, unit tests, every notebook in the smoke profile, the built pages in a browser
	$(PY) $(PYTEST) tests --ignore=tests/site
	@$(MAKE) smoke-pages
	MDDL_SITE="$(CURDIR)/_build/smoke/_build/html" MDDL_REQUIRE_SITE=1 $(PY) $(PYTEST) tests/site

lint: $(INSTALLED) ## ruff, and notebooks without outputs
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m nbstripout --verify --keep-id $(addprefix book/,$(NOTEBOOKS))

unit: $(INSTALLED) ## the tests that run no notebook and open no page
	$(PY) $(PYTEST) tests --ignore=tests/notebooks --ignore=tests/site

lab: $(INSTALLED) ## open the notebooks in JupyterLab
	MDDL_PROFILE="$(PROFILE)" $(PY) -m jupyter lab --notebook-dir=book

serve: book ## build, then serve the pages on PORT
	@echo "http://localhost:$$PORT/ (Ctrl-C ends it)"
	$(PY) -m http.server --bind 127.0.0.1 --directory _build/html "$$PORT"

clean: ## remove everything built; the environment, the data and the paper's results stay
	rm -rf _build book/results/smoke book/results/read

help: ## this list
	@echo "make TARGET [PROFILE=smoke|read|paper] [JOBS=2]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST)

# ---- environment ------------------------------------------------------------------------------------------------------
$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14) and "Python 3.11 to 3.13 is needed; say which: make PYTHON=…")'
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv "$(VENV)"
	@echo "[environment] installing into $(VENV), which takes minutes the first time …"
	@$(PY) -m pip install -qq --disable-pip-version-check -e '.[book,test]'
	@touch "$@"

# ---- notebooks --------------------------------------------------------------------------------------------------------
# Every call reads what each notebook depends on and fetches what it names; a state is written only when it changed.
$(STATES)/checked: FORCE | $(INSTALLED)
	@$(PY) -m tools.tracing.prerequisites $(PROFILE) $(STATES) _build/data_state.txt
$(STATES)/%: $(STATES)/checked ;

$(EXECUTED)/%.ipynb: $(STATES)/%.json | $(INSTALLED)
	@$(PY) -m tools.running.execute_notebook $* --profile $(PROFILE) --target $@
.PRECIOUS: $(EXECUTED)/%.ipynb $(STATES)/%

# ---- pages ------------------------------------------------------------------------------------------------------------
# Prose and captions are part of pages.state and of no notebook's: an edited one builds its page and runs nothing.
$(PAGES): $(addprefix $(EXECUTED)/,$(NOTEBOOKS)) $(STATES)/pages.state
	@rm -f _build/pages.*.stamp
	@echo "[pages] building …"
	@$(PY) -m tools.building.build_pages $(EXECUTED) _build
	@touch $@

# The tests' pages come from the executions that the tests made.
smoke-pages: $(INSTALLED)
	@$(PY) -m tools.building.build_pages _build/smoke/executed _build/smoke/_build

# Two commands: `make book` builds the pages, `make test` checks everything. `make help` lists the rest.
# make does the incremental part: a notebook runs when its own text, its packages, its data or its parameters changed.

PROFILE ?= read
JOBS    ?= 2
PYTHON  ?= python3
VENV    ?= .venv
PORT    ?= 8000

ifeq ($(filter $(PROFILE),smoke read paper),)
$(error PROFILE=$(PROFILE) is none of smoke, read, paper)
endif

MAKEFLAGS += -j$(JOBS) --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SHELL := /bin/bash

PY        := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
EXECUTED  := _build/executed/$(PROFILE)
SLICES    := _build/profiles/$(PROFILE)
PAGES     := _build/pages.$(PROFILE).stamp

# Notebooks run side by side: one thread each, or they slow each other down.
export OMP_NUM_THREADS ?= 1

# What the chapters fetch before they run; each has an embedded default for a machine without a network.
DATA       := brain_mr_test radial_masks admm_net_author chest_mr siat_brain complex_brain_mr admm_csnet_author
DATA_STATE := _build/data_state.txt

# ---- what a notebook depends on ---------------------------------------------------------------------------------------
NOTEBOOKS  := $(sort $(shell find book -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' -printf '%P\n' 2>/dev/null))
COLLECTORS := $(filter index.ipynb scoreboard.ipynb,$(NOTEBOOKS))
STATUS     := $(filter status.ipynb,$(NOTEBOOKS))
CHAPTERS   := $(filter-out $(COLLECTORS) $(STATUS),$(NOTEBOOKS))

RUN    := tools/execute_notebook.py tools/tidy_notebook.py
CORE   := $(wildcard mddl_lib/*.py $(foreach room,core models training results pages pages/sliders,mddl_lib/$(room)/*))
FETCH  := $(wildcard data_fetch/*.py data_fetch/*.json data_fetch/*.yaml)
TABLES := $(wildcard book/tables/*.yaml book/results/paper/*.json)

# Chapter → its own package, its weights, its tables. A new chapter adds one line here.
# (The stored results are what `read` checks itself against; `paper` writes them, so there they are no prerequisite.)
STORED := $(if $(filter paper,$(PROFILE)),,book/results/paper/admm_*net*.json)
MRI := $(wildcard $(foreach field,mri mri/competition mri/competition/tuned compressive_imaging,mddl_lib/$(field)/*.*) \
	mddl_lib/mri/weights/* mddl_lib/compressive_imaging/weights/* \
	book/tables/admm_*net*.yaml $(STORED))
$(EXECUTED)/models/fast_mri.ipynb:         $(MRI)
$(EXECUTED)/models/competition.ipynb:      $(MRI)
$(EXECUTED)/unrolling/deep_admm_net.ipynb: $(MRI)
$(EXECUTED)/unrolling/admm_csnet.ipynb:    $(MRI)
$(EXECUTED)/index.ipynb:                   $(MRI)

# These read what the chapters measured, so they run after them; the status page also tells about the other two.
$(addprefix $(EXECUTED)/,$(COLLECTORS)): $(addprefix $(EXECUTED)/,$(CHAPTERS)) $(TABLES)
$(addprefix $(EXECUTED)/,$(STATUS)):     $(addprefix $(EXECUTED)/,$(CHAPTERS) $(COLLECTORS))

# ---- the commands -----------------------------------------------------------------------------------------------------
.PHONY: book executed tables weights test lint unit smoke-pages lab serve clean help FORCE

book: $(PAGES) ## fetch, run what changed, build the pages (PROFILE=read)
	@echo "The book is at $(CURDIR)/_build/html/index.html"

executed: $(addprefix $(EXECUTED)/,$(NOTEBOOKS)) ## run what changed, build no pages

tables: $(addprefix $(EXECUTED)/,$(CHAPTERS) $(filter scoreboard.ipynb,$(COLLECTORS))) ## fill the result tables (PROFILE=paper retrains)
	@echo "The results are in $(CURDIR)/book/results/$(PROFILE)"

weights: $(INSTALLED) ## train one network, resumable: make weights NAME=admm_net15_brain_20
	$(if $(NAME),,$(error weights wants a name: make weights NAME=admm_net15_brain_20))
	$(PY) -m mddl_lib train $(NAME)

test: lint ## lint, unit tests, every notebook in the smoke profile, the built pages in a browser
	$(PY) -m pytest tests --ignore=tests/site --durations=10
	@$(MAKE) smoke-pages
	MDDL_SITE=$(CURDIR)/$(SMOKE_SITE) MDDL_REQUIRE_SITE=1 $(PY) -m pytest tests/site --durations=5

lint: $(INSTALLED) ## ruff, and notebooks without outputs
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m nbstripout --verify --keep-id $(addprefix book/,$(NOTEBOOKS))

unit: $(INSTALLED) ## the tests that run no notebook and open no page
	$(PY) -m pytest tests --ignore=tests/notebooks --ignore=tests/site

lab: $(INSTALLED) ## open the notebooks in JupyterLab
	MDDL_PROFILE=$(PROFILE) $(PY) -m jupyter lab --notebook-dir=book

serve: book ## build, then serve the pages on PORT
	@echo "http://localhost:$(PORT)/ (Ctrl-C ends it)"
	$(PY) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

clean: ## remove everything built; the environment, the data and the paper's results stay
	rm -rf _build book/results/smoke book/results/read

help: ## this list
	@echo "make TARGET [PROFILE=smoke|read|paper] [JOBS=2]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST)

# ---- environment, data, parameters ------------------------------------------------------------------------------------
$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which: make PYTHON=…")'
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@echo "[environment] installing into $(VENV), which takes minutes the first time …"
	@$(PY) -m pip install -qq --disable-pip-version-check -e '.[book,test]'
	@touch $@

# Run every time, written only when their content changed.
$(DATA_STATE): FORCE | $(INSTALLED)
	@$(PY) -m tools.fetch_data $@ $(DATA)

_build/profiles/$(PROFILE).checked: FORCE | $(INSTALLED)
	@$(PY) -m tools.profile_slice $(PROFILE) $(SLICES)
$(SLICES)/%.yaml: _build/profiles/$(PROFILE).checked
	@:

# ---- notebooks --------------------------------------------------------------------------------------------------------
$(EXECUTED)/%.ipynb: book/%.ipynb $(SLICES)/%.yaml $(DATA_STATE) $(CORE) $(FETCH) $(RUN) | $(INSTALLED)
	@$(PY) -m tools.execute_notebook $* --profile $(PROFILE) --target $@
.PRECIOUS: $(EXECUTED)/%.ipynb $(SLICES)/%.yaml

# ---- pages ------------------------------------------------------------------------------------------------------------
# Folders are prerequisites too: a page that was removed changes its folder. API pages come from the packages' docstrings.
SOURCES := $(shell find book/. \( -name results -o -name .ipynb_checkpoints -o -name __pycache__ \) -prune -o -not -name '*.ipynb' -print 2>/dev/null)
API     := $(shell find mddl_lib data_fetch -name '*.py' 2>/dev/null)
BUILD   := $(wildcard _config.yml tools/stage_book.py book_extensions/*.py)

# $(call build,folder of executed notebooks,staged folder,output folder). A warning fails the build; Sphinx would not repeat
# it for a page that it has read already, so a failed build forgets what was read.
define build
$(PY) -m tools.stage_book $(1) $(2)
rm -rf $(3)/_build/html
$(VENV)/bin/jupyter-book build $(2) --config _config.yml --path-output $(3) -W --keep-going -n --quiet \
	|| { rm -rf $(3)/_build/.doctrees; exit 1; }
endef

$(PAGES): $(addprefix $(EXECUTED)/,$(NOTEBOOKS)) $(SOURCES) $(API) $(BUILD)
	@rm -f _build/pages.*.stamp
	@echo "[pages] building …"
	@$(call build,$(EXECUTED),_build/source,.)
	@touch $@

# The tests' pages come from the executions that the tests made.
SMOKE_SITE := _build/smoke/_build/html
smoke-pages: $(INSTALLED)
	$(call build,_build/smoke/executed,_build/smoke/source,_build/smoke)

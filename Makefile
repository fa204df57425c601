# Everything a newcomer types. `make run` and `make test` each work alone on a fresh machine with Python >= 3.11.
PYTHON ?= python3
VENV := .venv/bin
SIZE ?= 10M
# Each worker has a home and a server of its own; a file's tests stay together, for they share a county.
# The longest files go first (tests/conftest.py), so that no worker is left alone with one at the end.
BOTH := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# What is compiled is kept: hundreds of tests start doudi anew, and each would compile nine hundred files.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench load agreement faults test-scale docs app dev browser documents

run: app  ## the demo county, served
	@exec $(VENV)/doudi serve --demo

test: dev browser  ## every test but those that take minutes each
	@$(VENV)/pytest $(BOTH)

check: dev  ## what a change must pass before a commit: without browsers and the files that take long
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/pytest $(BOTH) --everyday

bench: dev  ## the bars, in one table
	@$(PYTHON) requirements/environment.py openfisca
	@$(VENV)/doudi bench --size $(SIZE)

load: dev  ## nine thousand telephones in fifteen minutes, against the embedded server
	@$(VENV)/python -m bench.load

agreement: dev  ## engines against the definition, and a million operations of telephones, at length
	@$(VENV)/pytest tests/agreement tests/monitoring/simulator --run-heavy -m "not spark" -v \
		-n auto --maxprocesses 4 --dist worksteal

faults: dev  ## kill, fill, stop: at length
	@$(VENV)/pytest tests/faults --run-heavy

test-scale: dev  ## Spark in local mode (needs Java)
	@$(PYTHON) requirements/environment.py spark
	@PYTHONPATH=$$(echo build/spark/lib/python3*/site-packages) $(VENV)/pytest --run-heavy -m spark

docs: dev  ## the generated reference pages
	@$(VENV)/python -m tests.docs

app: documents
	@$(PYTHON) requirements/environment.py app

dev: documents
	@$(PYTHON) requirements/environment.py test

# Pango and a Chinese font, for PDFs; without them a PDF is refused with the reason.
documents:
	@$(PYTHON) requirements/system.py documents

# Chromium, an old Chromium and a Chinese font for the browser tests; without them those tests are skipped and named.
browser: dev
	@$(PYTHON) requirements/system.py browser
	@$(VENV)/python requirements/old_browser.py

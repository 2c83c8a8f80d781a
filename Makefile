# make chat                          set up, index corpus/, open the chat
# make chat CORPUS=/my/reports       the same for your own folder
# make test                          set up and run every test

CORPUS ?= corpus
# A folder of one's own gets an index of its own.
INDEX ?= $(if $(filter corpus,$(CORPUS)),data/index,data/$(notdir $(abspath $(CORPUS)))-$(shell printf '%s' '$(abspath $(CORPUS))' | cksum | cut -d' ' -f1))
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check

.PHONY: chat test clean

chat: $(VENV)/installed
	$(VENV)/bin/wenju chat --index "$(INDEX)" --corpus "$(CORPUS)" --open

test: $(VENV)/installed-test
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m pytest -q

# torch comes first and alone: only its CPU build is looked for beyond PyPI.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Wenju needs Python 3.10 or newer")'
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -q --no-deps --retries 1 --extra-index-url https://download.pytorch.org/whl/cpu -c constraints.txt torch
	$(PIP) install -q -c constraints.txt -e .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(PIP) install -q -c constraints.txt -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV) data

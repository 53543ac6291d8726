# Two commands on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
DEMO := --storage sqlite:///runs/demo.db --home runs

.PHONY: setup demo test check fuzz clean

setup: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: setup
	mkdir -p runs
	$(BIN)/tuner run studies/demo.toml --data synthetic:800 --workers 2 --budget 45s $(DEMO)
	$(BIN)/tuner evaluate runs/demo/best/model --unseal --storage sqlite:///runs/demo.db

test: setup check
	$(BIN)/python -m pytest -m slow --numprocesses 2 --dist loadscope

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m 'not slow' --numprocesses 2 --dist loadscope

fuzz: setup
	TUNER_FUZZ_EXAMPLES=5000 $(BIN)/python -m pytest tests/data_pipeline/test_fuzz.py --timeout 3600 --numprocesses 2

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

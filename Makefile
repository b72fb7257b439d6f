# make demo: try it.  make test: everything that CI runs.  Both make their own .venv first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test sweep check bench lock clean

demo: .venv/run
	$(BIN)/python -m bot demo

test: .venv/test check
	$(BIN)/python -m pytest -n auto

# The bot is killed at every point of what it does, not at a few: before a release, and after a change of turns, storing or sending.
sweep: .venv/test
	FAULTS_POINTS=all $(BIN)/python -m pytest tests/faults -p no:randomly

check: .venv/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/test
	$(BIN)/python -m benchmarks

.venv/run: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "需要 Python 3.11 或更新的版本")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	touch $@

.venv/test: .venv/run requirements-dev.lock
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@

lock:  # needs uv
	uv pip compile --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv data

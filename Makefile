# Two commands: `make demo` runs the main job on the embedded data, `make test` passes the tests.
# Both make the environment first, on a machine with Python 3.11 or 3.12, git and make.
PYTHON ?= python3
BIN := .venv/bin
# LabelImg's Qt (libgl1 to libxkbcommon-x11-0), the screen its test draws on, dciodvfy.
SYSTEM_PACKAGES := libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libx11-xcb1 libxcb-icccm4 libxcb-image0 \
	libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0 \
	libxkbcommon-x11-0 xvfb xdotool dicom3tools

.PHONY: demo test acceptance environment lock lint system-packages clean

environment: .venv/.installed

.venv/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' \
		|| { echo "Discern needs Python 3.11 or 3.12: make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet requirements.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --extra test \
		pyproject.toml -o requirements.txt

demo: environment
	$(BIN)/discern demo

test: lint
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile

lint: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

acceptance: environment
	$(BIN)/pytest -m acceptance

# What the tests need from the system; nothing where there is no apt (the tests then say what they left out).
system-packages:
	@if command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(SYSTEM_PACKAGES); \
	else echo "no apt-get here: install $(SYSTEM_PACKAGES) by hand"; fi

clean:
	rm -rf .venv demo build *.egg-info

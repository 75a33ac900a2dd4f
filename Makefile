# Two commands: `make demo` runs the main job on the embedded data, `make test` passes the tests.
# Both make the environment first, on a machine with Python 3.11 or 3.12, git and make.
PYTHON ?= python3
BIN := .venv/bin
# LabelImg's Qt (libgl1 to libxkbcommon-x11-0), the screen its test draws on, dciodvfy, the
# letters of Chinese, Japanese and Korean names in reports, the other database of the reading app, the browser
# that its tests drive.
SYSTEM_PACKAGES := libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libx11-xcb1 libxcb-icccm4 libxcb-image0 \
	libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0 \
	libxkbcommon-x11-0 xvfb xdotool dicom3tools fonts-droid-fallback fonts-nanum \
	postgresql chromium

.PHONY: demo test acceptance environment lock lint axial-models system-packages clean

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

# The models that come with the project (docs/axial.md, docs/severity.md), trained anew.
AXIAL := build/axial
WHOLE := --series "sagittal T2" --series "axial T2" --slices 5
SAGITTAL := --series "sagittal T2" --slices 2
FIVE := --numbering "five lumbar vertebrae"
OTHER := --numbering "four lumbar vertebrae" --numbering "six lumbar vertebrae" --numbering "sacralised L5"

axial-models: environment
	rm -rf $(AXIAL) && mkdir -p $(AXIAL)/studies
	$(BIN)/discern phantom --seed 7001 --patients 150 $(WHOLE) $(FIVE) --out $(AXIAL)/studies/whole-five
	$(BIN)/discern phantom --seed 7001 --patients 90 $(WHOLE) $(OTHER) --out $(AXIAL)/studies/whole-other
	$(BIN)/discern phantom --seed 7002 --patients 200 $(SAGITTAL) $(FIVE) --out $(AXIAL)/studies/sagittal-five
	$(BIN)/discern phantom --seed 7002 --patients 160 $(SAGITTAL) $(OTHER) --out $(AXIAL)/studies/sagittal-other
	$(BIN)/discern export $(AXIAL)/studies/*/* --key $(AXIAL)/key --out $(AXIAL)/cohort
	$(BIN)/discern label-phantom $(AXIAL)/studies $(AXIAL)/cohort --key $(AXIAL)/key --label-set axial
	$(BIN)/discern train-axial --data $(AXIAL)/cohort --out $(AXIAL)/models
	rm -rf axial/phantom_models
	$(BIN)/discern halve-models $(AXIAL)/models axial/phantom_models

clean:
	rm -rf .venv demo build *.egg-info

"""The slow check behind docs/machine-help.md: 50 diagnoses changed before training are to be found again."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from annotation.labels import DIAGNOSES
from annotation.voc import read_voc, write_voc
from benchmarks.protocol_file import protocol_path
from cli import app
from data.phantom.cohort import make_cohort
from data.phantom.ranges import DEMO_SEED

pytestmark = pytest.mark.acceptance

CHANGED, REVIEWED, SEEDS = 50, 100, (0, 1, 2)

Place = tuple[str, tuple[float, ...]]


def _run(*arguments: object) -> None:
    outcome = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output


def _change(cohort: Path, seed: int) -> set[Place]:
    """Change the diagnosis of discs drawn at random: a normal one becomes bulge or herniation, these become
    normal, as the view "diagnosis" can see. Returns the places, edges to a tenth of a pixel."""
    files = [read_voc(path) for path in sorted((cohort / "annotations").iterdir())]
    discs = [(file, box) for file, voc in enumerate(files) for box in voc.boxes if box.label in DIAGNOSES]
    random = np.random.default_rng(seed)
    changed = set()
    for number in random.choice(len(discs), CHANGED, replace=False):
        file, box = discs[number]
        label = str(random.choice(("bulge", "herniation"))) if box.label == "normal" else "normal"
        boxes = (replace(item, label=label) if item == box else item for item in files[file].boxes)
        files[file] = replace(files[file], boxes=tuple(boxes))
        changed.add((files[file].filename, tuple(round(edge, 1) for edge in box.edges)))
    for voc in files:
        write_voc(voc)
    return changed


def _reviewed(queue: Path) -> Iterator[Place]:
    with queue.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["image"], tuple(float(row[edge]) for edge in ("xmin", "ymin", "xmax", "ymax"))


def test_changed_diagnoses_are_among_the_first_in_the_queue(tmp_path: Path) -> None:
    content = yaml.safe_load(protocol_path("noise").read_text(encoding="utf-8"))
    phantom = make_cohort(tmp_path, 40, DEMO_SEED, slices=3)
    recalls = []
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        cohort = Path(shutil.copytree(phantom, folder / "cohort"))
        changed = _change(cohort, seed)
        protocol = folder / "noise.yaml"
        protocol.write_text(yaml.safe_dump({**content, "seeds": [seed]}), encoding="utf-8")
        benchmark, queue = folder / "benchmark", folder / "queue.csv"
        _run("benchmark", protocol, "--data", cohort, "--out", benchmark, "--jobs", 2)
        _run("noise", benchmark, "--out", queue, "--limit", REVIEWED)
        found = len(changed.intersection(_reviewed(queue)))
        print(f"seed {seed}: {found} of {CHANGED} in the first {REVIEWED}: precision {found / REVIEWED:.2f}")
        recalls.append(found / CHANGED)
    assert min(recalls) >= 0.8, recalls

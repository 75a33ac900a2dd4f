"""Reading 10,000 Pascal VOC files, beside a parse of them by expat that keeps nothing."""

from pathlib import Path
from xml.parsers import expat

import numpy as np

from annotation.boxes import Box
from annotation.voc import new_voc, read_voc, write_voc
from benchmarks.speed.goal import Outcome, Setting, Target, outcome, seconds_of

TARGET = Target("cost", 2)
FILES = 10_000
_BOXES = 12
_SIDE = 320
_LABELS = ("disc", "normal", "bulge", "herniation", "vertebra", "spondylolisthesis")


def measure(setting: Setting) -> list[Outcome]:
    """Files as LabelImg writes them, read to their boxes."""
    paths = _write_files(setting.folder, setting.count(FILES, least=2))

    def ours() -> None:
        for path in paths:
            read_voc(path)

    def other() -> None:
        for path in paths:
            expat.ParserCreate().Parse(path.read_bytes(), True)

    seconds = seconds_of([ours, other], setting.rounds, setting.tell)
    what = f"reading {len(paths):,} VOC files of {_BOXES} boxes"
    return [outcome("voc", what, "a bare expat parse", seconds[0], seconds[1], TARGET)]


def _write_files(folder: Path, number: int) -> list[Path]:
    random = np.random.default_rng(0)
    paths = [folder / f"{index:05d}.xml" for index in range(number)]
    for path in paths:
        corners = random.integers(1, _SIDE - 70, (_BOXES, 2))
        edges = np.hstack([corners, corners + random.integers(10, 60, (_BOXES, 2))]).tolist()
        labels = random.choice(_LABELS, _BOXES).tolist()
        boxes = [Box(label, *box) for label, box in zip(labels, edges, strict=True)]
        write_voc(new_voc(path, folder / "images" / f"{path.stem}.png", (_SIDE, _SIDE, 1), boxes))
    return paths

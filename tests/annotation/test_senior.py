"""A senior in the real LabelImg: what the readers differ on is shown, decided, and in the consensus."""

import os
import subprocess
from pathlib import Path

import pytest
from command import DISCERN
from labelimg_screen import HEIGHT, MISSING, WIDTH, screen, wait_for, write_picture

from annotation.adjudication.provenance import read_provenance
from annotation.boxes import Box
from annotation.voc import new_voc, read_voc, write_voc

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"{' and '.join(MISSING)} not installed here (make system-packages)"
)

DISC, HERNIATION = (Box(label, 60, 60, 110, 90) for label in ("disc", "herniation"))
VERTEBRA = Box("vertebra", 60, 100, 110, 150)


def write_boxes(path: Path, image: Path, *boxes: Box) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_voc(new_voc(path, image, (WIDTH, HEIGHT, 1), boxes))


def test_a_senior_takes_one_box_and_deletes_another(tmp_path: Path) -> None:
    for name in "ab":
        image = write_picture(tmp_path / "images" / f"{name}.png")
        write_boxes(tmp_path / "annotators" / "anna" / f"{name}.xml", image, VERTEBRA, DISC, HERNIATION)
        write_boxes(tmp_path / "annotators" / "ben" / f"{name}.xml", image, VERTEBRA)
    with screen() as display:
        process = subprocess.Popen(
            [str(DISCERN), "adjudicate", str(tmp_path), "anna", "ben", "--by", "senior"],
            env={**os.environ, "DISPLAY": display.display, "HOME": str(tmp_path)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            display.focus("LabelImg senior a.png")
            display.settled_view()
            display.keys("ctrl+e")  # the last box of the list is the one in question
            display.focus("Class of the box")
            display.answer("herniation")
            display.keys("ctrl+s")
            wait_for("the first decision", (tmp_path / "adjudication" / "senior" / "a.xml").exists)
            display.keys("d")
            display.focus("LabelImg senior b.png")
            display.settled_view()
            display.keys("Delete", "ctrl+s")
            wait_for("the second decision", (tmp_path / "adjudication" / "senior" / "b.xml").exists)
            display.keys("ctrl+q")
            _, complaints = process.communicate(timeout=90)
        finally:
            process.kill()
            process.wait()
    assert (process.returncode, complaints) == (0, "")
    consensus = {
        path.stem: {(box.label, box.edges) for box in read_voc(path).boxes}
        for path in (tmp_path / "annotations").iterdir()
    }
    assert consensus == {
        "a": {(box.label, box.edges) for box in (VERTEBRA, DISC, HERNIATION)},
        "b": {(VERTEBRA.label, VERTEBRA.edges)},
    }
    hows = {
        name: sorted(box.how for box in record.boxes) for name, record in read_provenance(tmp_path).items()
    }
    assert hows == {"a.png": ["agreed", "chosen", "chosen"], "b.png": ["agreed", "dropped", "dropped"]}

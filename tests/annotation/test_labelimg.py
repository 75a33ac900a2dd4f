"""The real LabelImg under a screen of its own: drawn in, zoomed, saved, killed."""

import json
import os
import pickle
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from labelimg_screen import HEIGHT, MISSING, WIDTH, Screen, annotating, screen, wait_for, write_picture

from annotation.boxes import Box
from annotation.labels import LabelSet
from annotation.voc import new_voc, read_voc, write_voc

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"{' and '.join(MISSING)} not installed here (make system-packages)"
)

CLASSES = LabelSet(("normal", "bulge", "herniation", "disc"))
DISC = Box("disc", 60, 60, 110, 90)
NORMAL = Box("normal", 60, 60, 110, 90)


@pytest.fixture(scope="module")
def display() -> Iterator[Screen]:
    with screen() as one:
        yield one


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Three pictures, of which anna has done the first."""
    images = [write_picture(tmp_path / "images" / f"{name}.png") for name in "abc"]
    CLASSES.write(tmp_path / "classes.txt")
    write_boxes(tmp_path / "annotators" / "anna" / "a.xml", images[0], DISC, NORMAL)
    return tmp_path


def write_boxes(path: Path, image: Path, *boxes: Box) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_voc(new_voc(path, image, (WIDTH, HEIGHT, 1), boxes))


class Exploit:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_boxes_are_drawn_moved_and_saved_as_the_real_labelimg_does(cohort: Path, display: Screen) -> None:
    settings = cohort / ".labelImgSettings.pkl"
    settings.write_bytes(pickle.dumps(Exploit(cohort / "unpickled")))
    before = settings.read_bytes()
    anna = cohort / "annotators" / "anna"
    with annotating(cohort, "anna", display) as process:
        display.focus("LabelImg anna b.png")  # the first that is not done
        view = display.settled_view()
        display.draw((50, 60), (130, 90), view)
        display.answer("herniation")
        display.draw((50, 200), (130, 230), view)
        display.answer("b")  # the first letter of one class alone

        display.xdotool("mousemove", *view.on_screen((120, 150)))
        display.xdotool("keydown", "ctrl", "click", "4", "keyup", "ctrl")
        wait_for(
            "a closer look",
            lambda: (seen := display.view()) and seen.right - seen.left > view.right - view.left,
        )
        closer = display.settled_view()
        display.xdotool("click", "5")
        wait_for("the wheel to scroll", lambda: (seen := display.view()) and seen.middle < closer.middle)
        lower = display.settled_view()
        display.xdotool("mousedown", "1", "mousemove_relative", "0", "100", "mouseup", "1")
        wait_for("the hand to pan", lambda: (seen := display.view()) and seen.middle > lower.middle)
        display.keys("ctrl+f")
        wait_for("the whole picture", lambda: display.view() == view)

        display.xdotool("mousemove", *view.on_screen((90, 215)), "click", "1")
        display.keys("Right", "Right", "Down")
        display.keys("ctrl+s")
        wait_for("the XML", (anna / "b.xml").exists)
        display.keys("d")
        display.focus("LabelImg anna c.png")
        display.keys("Right")  # moves no box of the image before, which would leave unsaved changes here
        display.keys("ctrl+q")
        printed, complaints = process.communicate(timeout=90)

    assert process.returncode == 0, complaints
    assert "anna: 2 of 3 images done" in printed
    saved = read_voc(anna / "b.xml", label_set=CLASSES)
    assert (saved.filename, saved.width, saved.height) == ("b.png", WIDTH, HEIGHT)
    assert [box.label for box in saved.boxes] == ["herniation", "bulge"]
    assert saved.boxes[0].edges == pytest.approx((50, 60, 130, 90), abs=1.5)
    assert saved.boxes[1].edges == pytest.approx((52, 201, 132, 231), abs=1.5)
    assert str(cohort / "images" / "b.png") in (anna / "b.xml").read_text()
    [record] = map(json.loads, (anna / "log.jsonl").read_text().splitlines())
    assert (record["image"], record["boxes"], record["prelabelled"]) == ("b.png", 2, False)
    assert record["seconds"] > 0
    assert settings.read_bytes() == before and not (cohort / "unpickled").exists()
    assert sorted(path.name for path in anna.iterdir()) == ["a.xml", "b.xml", "labelimg.log", "log.jsonl"]
    assert "Traceback" not in (anna / "labelimg.log").read_text()


def test_a_kill_loses_nothing_and_a_class_of_no_label_set_is_refused(cohort: Path, display: Screen) -> None:
    ben = cohort / "annotators" / "ben"
    write_boxes(cohort / "prelabels" / "a.xml", cohort / "images" / "a.png", DISC, NORMAL)
    with annotating(cohort, "ben", display) as process:
        display.focus("LabelImg ben a.png")
        view = display.settled_view()
        (ben / "a.xml").mkdir()  # so that saving fails: LabelImg logs it and goes on
        display.keys("ctrl+s")
        wait_for("the log", lambda: "IsADirectoryError" in (ben / "labelimg.log").read_text())
        (ben / "a.xml").rmdir()
        display.keys("ctrl+s")  # the machine's boxes are right
        wait_for("the XML", (ben / "a.xml").exists)
        saved = (ben / "a.xml").read_bytes()

        display.draw((50, 200), (130, 230), view)
        display.xdotool("type", "hernation")
        display.keys("Return")
        display.keys("ctrl+a")
        assert display.window("Class of the box")
        display.answer("herniation")
        launcher = int((ben / ".lock").read_text().split()[0])
        os.kill(launcher, signal.SIGKILL)
        _, complaints = process.communicate(timeout=90)
    assert process.returncode == 1
    assert "run the same command to go on" in complaints
    assert "Traceback" not in complaints
    assert (ben / "a.xml").read_bytes() == saved
    assert [box.label for box in read_voc(ben / "a.xml").boxes] == ["disc", "normal"]
    [record] = map(json.loads, (ben / "log.jsonl").read_text().splitlines())
    assert record["prelabelled"] and record["boxes"] == 2

    with annotating(cohort, "ben", display) as again:
        display.focus("LabelImg ben b.png")
        display.keys("ctrl+q")
        printed, complaints = again.communicate(timeout=90)
    assert again.returncode == 0, complaints
    assert "ben: 1 of 3 images done" in printed

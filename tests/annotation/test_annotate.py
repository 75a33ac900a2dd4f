"""What `discern annotate` does around LabelImg; needs no screen."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from mr_files import StudyFolder, axial, sagittal
from typer.testing import CliRunner
from voc_files import DISC, NORMAL, annotation_xml, write_image

from annotation.labelimg.colours import colour_of
from annotation.labelimg.lock import held
from annotation.labelimg.record import LONGEST_PAUSE, ActiveTime, append_save
from annotation.labelimg.session import annotators_task, check_done, open_labelimg
from annotation.labelimg.task import Task
from annotation.labels import named_label_set
from annotation.workplace import Workplace, open_workplace
from cli import app
from errors import BadInputError


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """Four pictures; anna has b and c to do."""
    (tmp_path / "images").mkdir()
    for name in "abcd":
        write_image(tmp_path / "images" / f"{name}.png")
    workplace = open_workplace(tmp_path)
    workplace.assign({"anna": ("b.png", "c.png"), "ben": ("d.png",)})
    return workplace


def annotate(workplace: Workplace, annotator: str, name: str, xml: str) -> Path:
    path = workplace.folder_of(annotator) / f"{name}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(xml)
    return path


# --- the task


def test_an_annotator_is_shown_the_assigned_images_from_the_first_that_is_not_done(
    workplace: Workplace,
) -> None:
    task = annotators_task(workplace, "anna")
    assert [image.name for image in task.images] == ["b.png", "c.png"]
    assert task.first == 0
    annotate(workplace, "anna", "b", annotation_xml(filename="b.png"))
    assert task.first == 1
    annotate(workplace, "anna", "c", annotation_xml(filename="c.png"))
    assert task.first == 0


def test_images_of_which_a_model_is_uncertain_come_first(workplace: Workplace) -> None:
    queue = workplace.folder / "prelabels" / "queue.csv"
    queue.parent.mkdir()
    queue.write_text("image,uncertainty,boxes\nd.png,3.1,20\nc.png,2.5,18\n")
    assert [image.name for image in annotators_task(workplace, "anna").images] == ["c.png", "b.png"]
    queue.write_text("picture\nd.png\n")
    with pytest.raises(BadInputError, match="make it anew"):
        annotators_task(workplace, "anna")


def test_nothing_assigned_is_said_before_any_window_opens(workplace: Workplace) -> None:
    with pytest.raises(BadInputError, match="nothing is assigned to carla"):
        annotators_task(workplace, "carla")


def test_a_task_reaches_the_other_process_as_it_was(workplace: Workplace) -> None:
    task = annotators_task(workplace, "anna")
    assert Task.from_json(task.to_json()) == task


def test_no_screen_is_one_clear_sentence(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(BadInputError, match="no screen"):
        open_labelimg(annotators_task(workplace, "anna"))


def test_every_class_has_a_colour_of_its_own_and_an_opinion_that_of_its_class() -> None:
    classes = named_label_set("lumbar").classes
    assert len({colour_of(label) for label in classes}) == len(classes)
    assert colour_of("herniation (anna)") == colour_of("herniation")


# --- the check afterwards


def test_only_what_the_annotator_has_done_of_the_assigned_images_is_checked(workplace: Workplace) -> None:
    annotate(workplace, "anna", "b", annotation_xml((DISC, NORMAL), filename="b.png"))
    annotate(workplace, "anna", "a", "not assigned, and no XML")
    annotate(workplace, "ben", "d", "someone else's, and no XML")
    report = check_done(workplace, "anna")
    assert (report.images, report.annotations, report.problems) == (2, 1, ())
    assert report.labels == {"disc": 1, "normal": 1}


def test_problems_of_the_annotator_are_found(workplace: Workplace) -> None:
    path = annotate(workplace, "anna", "b", annotation_xml((("bulgy", 10, 10, 60, 40),), filename="b.png"))
    report = check_done(workplace, "anna")
    assert report.count("error") == 1
    assert report.problems[0].file == path


# --- the lock


def test_the_same_annotator_cannot_open_twice(tmp_path: Path) -> None:
    with (
        held(tmp_path, os.getpid()),
        pytest.raises(BadInputError, match="open already; close LabelImg on"),
        held(tmp_path, os.getpid()),
    ):
        pass
    with held(tmp_path, os.getpid()):
        assert (tmp_path / ".lock").exists()
    assert not (tmp_path / ".lock").exists()


def test_a_lock_of_a_process_that_has_ended_is_taken_over(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / ".lock").write_text(f"{ended.pid} {socket.gethostname()}\n")
    with held(tmp_path, os.getpid()):
        assert (tmp_path / ".lock").read_text().startswith(f"{os.getpid()} ")


@pytest.mark.parametrize("content", ["1 another-computer\n", "", "nonsense"])
def test_a_lock_that_cannot_be_judged_from_here_is_respected(tmp_path: Path, content: str) -> None:
    (tmp_path / ".lock").write_text(content)
    with (
        pytest.raises(BadInputError, match="delete this file if it is not open"),
        held(tmp_path, os.getpid()),
    ):
        pass
    assert (tmp_path / ".lock").read_text() == content


# --- the record


def test_pauses_are_not_counted_as_work() -> None:
    times = iter([0.0, 10.0, 30.0, 30.0 + LONGEST_PAUSE + 1, 200.0])
    active = ActiveTime(lambda: next(times))
    for _ in range(4):
        active.touch()
    assert active.seconds == pytest.approx(30 + (200 - 30 - LONGEST_PAUSE - 1))


def test_every_save_is_one_line_of_the_record(tmp_path: Path) -> None:
    append_save(tmp_path, "a.png", 61.25, 12, prelabelled=True)
    append_save(tmp_path, "a.png", 3, 13, prelabelled=True)
    first, second = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    assert first["saved"].endswith("+00:00")
    assert {**first, "saved": ""} == {
        "image": "a.png",
        "saved": "",
        "seconds": 61.2,
        "boxes": 12,
        "prelabelled": True,
    }
    assert (second["seconds"], second["boxes"]) == (3, 13)


# --- saving

_STALLING_SAVE = """
import sys, time
from libs.pascal_voc_io import PascalVocWriter
from annotation.labelimg.repairs import AtomicLabelFile

def stall(self, element):
    print("saving", flush=True)
    time.sleep(600)

PascalVocWriter.prettify = stall  # what is called once the file has been opened
AtomicLabelFile().save_pascal_voc_format(sys.argv[1], [], sys.argv[2], None)
"""


def test_a_kill_while_saving_leaves_the_last_good_file(tmp_path: Path) -> None:
    pytest.importorskip("PyQt5.QtGui", exc_type=ImportError, reason="Qt needs libGL (make system-packages)")
    image = write_image(tmp_path / "a.png")
    good = annotation_xml(filename="a.png")
    path = tmp_path / "a.xml"
    path.write_text(good)
    command = [sys.executable, "-P", "-c", _STALLING_SAVE, str(path), str(image)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "saving\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert path.read_text() == good
    assert len(list(tmp_path.iterdir())) == 3, "the save had begun, beside the file"


# --- the command


def test_a_study_is_exported_where_there_is_no_cohort_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Task] = []
    monkeypatch.setattr("annotation.labelimg.session.open_labelimg", opened.append)
    study = StudyFolder(tmp_path / "study")
    study.series([sagittal(place) for place in (0.0, 4.0, 8.0)])
    study.series([axial(0), axial(4)])
    call = ["annotate", str(tmp_path / "cohort"), "--as", "anna", "--study", str(study.folder)]
    for _ in range(2):  # the second time the cohort is there, and is left as it is
        done = CliRunner().invoke(app, [*call, "--key", str(tmp_path / "pseudonyms.key")])
        assert done.exit_code == 0, done.output
        assert "anna: 0 of 3 images done" in done.output
    assert len(opened) == 2
    assert opened[0].images == opened[1].images

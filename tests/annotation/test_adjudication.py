"""Adjudication of a workplace: what is written where, what is left alone, and how it goes on."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from voc_files import HEIGHT, WIDTH, BoxRow, annotation_xml, write_image

import cli
from annotation.adjudication.folder import Report, adjudicate
from annotation.adjudication.panel import Panel, form_panel
from annotation.adjudication.provenance import ImageRecord, read_provenance
from annotation.boxes import Box
from annotation.checking.folder import check_folder
from annotation.labelimg.task import Task
from annotation.labels import named_label_set
from annotation.voc import read_voc, write_voc
from annotation.workplace import Workplace, open_workplace
from data.folder import read_cohort
from errors import BadInputError

DISC = ("disc", 100, 100, 160, 120)
NORMAL, BULGE, HERNIATION = ((label, *DISC[1:]) for label in ("normal", "bulge", "herniation"))
SHIFTED = [("disc", 102, 100, 162, 120), ("normal", 102, 100, 162, 120)]
VERTEBRA = ("vertebra", 95, 120, 160, 165)
TWICE = [DISC, NORMAL, VERTEBRA]
"""What both readers drew on the images where they agree."""


def annotate(workplace: Workplace, name: str, image: str, boxes: Sequence[BoxRow]) -> Path:
    path = workplace.folder_of(name) / f"{image}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(annotation_xml(boxes, f"{image}.png"))
    return path


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """Three images of three patients: anna and ben agree on one, differ on two."""
    (tmp_path / "cohort" / "images").mkdir(parents=True)
    rows = ["image,patient"]
    for name in ("agreed", "graded", "missed"):
        write_image(tmp_path / "cohort" / "images" / f"{name}.png")
        rows.append(f"{name}.png,patient-{name}")
    (tmp_path / "cohort" / "images.csv").write_text("\n".join(rows))
    workplace = open_workplace(tmp_path / "cohort")
    annotate(workplace, "anna", "agreed", TWICE)
    annotate(workplace, "ben", "agreed", [*SHIFTED, VERTEBRA])
    annotate(workplace, "anna", "graded", [DISC, HERNIATION, VERTEBRA])
    annotate(workplace, "ben", "graded", [DISC, BULGE, VERTEBRA])
    annotate(workplace, "anna", "missed", TWICE)
    annotate(workplace, "ben", "missed", [DISC, NORMAL])
    return workplace


def panel(workplace: Workplace, *readers: str, senior: str = "senior", **others: object) -> Panel:
    return form_panel(workplace, readers or ("anna", "ben"), senior, **others)  # type: ignore[arg-type]


def decide(found: Panel, image: str, classes: dict[str, str]) -> Path:
    """The senior's save: the shown boxes under other classes, those without one deleted."""
    shown = read_voc(found.opinions / f"{image}.xml")
    boxes = (replace(box, label=classes.get(box.label, box.label)) for box in shown.boxes)
    path = found.folder / f"{image}.xml"
    write_voc(replace(shown, boxes=tuple(box for box in boxes if box.label)), path)
    return path


def decide_all(found: Panel) -> None:
    decide(found, "graded", {"herniation (anna)": "herniation", "bulge (ben)": ""})
    decide(found, "missed", {"vertebra (anna)": ""})


def consensus(found: Panel, image: str) -> set[BoxRow]:
    return {(box.label, *box.edges) for box in read_voc(found.out / "annotations" / f"{image}.xml").boxes}


def bytes_in(*folders: Path) -> dict[Path, str]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def states(report: Report) -> dict[str, str]:
    return {name: record.state for name, record in report.records.items()}


def hows(record: ImageRecord) -> set[tuple[str, str]]:
    return {(box.label, box.how) for box in record.boxes}


def test_what_agrees_is_merged_and_what_does_not_awaits_the_senior(workplace: Workplace) -> None:
    found = panel(workplace)
    report = adjudicate(found)
    assert states(report) == {"agreed.png": "agreed", "graded.png": "awaiting", "missed.png": "awaiting"}
    assert consensus(found, "agreed") == {
        ("disc", 101, 100, 161, 120),
        ("normal", 101, 100, 161, 120),
        VERTEBRA,
    }
    assert [path.stem for path in (workplace.folder / "annotations").iterdir()] == ["agreed"]
    shown = read_voc(found.opinions / "graded.xml")
    assert {box.label for box in shown.boxes} == {"herniation (anna)", "bulge (ben)", "vertebra"}
    assert not report.complete
    assert {item.image.stem: set(item.unresolved) for item in report.awaiting} == {
        "graded": {"herniation (anna)", "bulge (ben)"},
        "missed": {"vertebra (anna)"},
    }


def test_the_seniors_decisions_complete_the_consensus(workplace: Workplace) -> None:
    found = panel(workplace)
    adjudicate(found)
    decide_all(found)
    report = adjudicate(found)
    assert report.complete
    assert consensus(found, "graded") == {DISC, HERNIATION, VERTEBRA}
    assert consensus(found, "missed") == {DISC, NORMAL}
    assert hows(report.records["graded.png"]) == {
        ("disc", "chosen"), ("herniation", "chosen"), ("vertebra", "agreed"),
        ("disc", "dropped"), ("bulge", "dropped"),
    }  # fmt: skip
    assert len(read_cohort(workplace.folder).images) == 3
    checked = check_folder(workplace.folder, workplace.label_set)
    assert not checked.count("error")


def test_no_annotation_is_ever_overwritten(workplace: Workplace) -> None:
    found = panel(workplace)
    readers = workplace.folder / "annotators"
    before = bytes_in(readers)
    adjudicate(found)
    decide_all(found)
    before |= {path: digest for path, digest in bytes_in(found.folder).items() if path.parent == found.folder}
    for accept_single in (False, True):
        adjudicate(panel(workplace, iou=0.9, accept_single=accept_single))
        adjudicate(panel(workplace, iou=0.5, out=workplace.folder / "other"))
    assert {path: digest for path, digest in bytes_in(workplace.folder).items() if path in before} == before
    assert bytes_in(readers).keys() <= before.keys()


def test_every_box_has_its_provenance(workplace: Workplace) -> None:
    found = panel(workplace)
    for index, path in enumerate(sorted((workplace.folder / "annotators").rglob("*.xml"))):
        os.utime(path, (index, 1_700_000_000 + index))
    adjudicate(found)
    decide_all(found)
    for path in found.folder.glob("*.xml"):
        os.utime(path, (0, 1_800_000_000))
    report = adjudicate(found)
    records = read_provenance(workplace.folder)
    assert records == report.records
    for name, record in records.items():
        path = workplace.folder / "annotations" / f"{Path(name).stem}.xml"
        assert record.consensus == hashlib.sha256(path.read_bytes()).hexdigest()
        kept = [(box.label, *box.edges) for box in record.boxes if box.how != "dropped"]
        assert sorted(kept) == sorted(consensus(found, path.stem))
        for source in record.readings:
            original = workplace.folder / source.file
            assert source.sha256 == hashlib.sha256(original.read_bytes()).hexdigest()
            boxes = [one for box in record.boxes for one in box.originals if one.reader == source.annotator]
            assert sorted((one.label, *one.edges) for one in boxes) == sorted(
                (box.label, *box.edges) for box in read_voc(original).boxes
            )
    [disc] = [box for box in records["agreed.png"].boxes if box.label == "disc"]
    assert disc.drawn_by == ("anna", "ben") and disc.decided_by is None
    assert disc.iou == pytest.approx(58 / 62, abs=1e-4)
    assert disc.when == "2023-11-14T22:13:23+00:00"
    chosen = next(box for box in records["graded.png"].boxes if box.how == "chosen")
    assert (chosen.drawn_by, chosen.decided_by) == (("anna",), "senior")
    assert chosen.when == "2027-01-15T08:00:00+00:00"


def test_running_again_changes_nothing(workplace: Workplace) -> None:
    found = panel(workplace)
    adjudicate(found)
    decide(found, "missed", {"vertebra (anna)": "vertebra"})
    adjudicate(found)
    before = bytes_in(workplace.folder)
    adjudicate(panel(workplace, "ben", "anna"))
    assert bytes_in(workplace.folder) == before


def test_a_kill_before_the_provenance_is_written_is_gone_on_from(workplace: Workplace) -> None:
    found = panel(workplace)
    adjudicate(found)
    before = bytes_in(workplace.folder)
    (workplace.folder / "provenance.json").unlink()
    adjudicate(found)
    assert bytes_in(workplace.folder) == before


@pytest.mark.parametrize("decided", [False, True])
def test_a_consensus_of_another_making_is_kept(workplace: Workplace, decided: bool) -> None:
    found = panel(workplace)
    if decided:
        adjudicate(found)
        decide_all(found)
        adjudicate(found)
    changed = workplace.folder / "annotations" / "graded.xml"
    changed.parent.mkdir(exist_ok=True)
    changed.write_text(annotation_xml([VERTEBRA], "graded.png"))
    before = bytes_in(workplace.folder)
    with pytest.raises(BadInputError, match=r"graded\.xml.*--out"):
        adjudicate(found)
    assert bytes_in(workplace.folder) == before
    adjudicate(panel(workplace, out=workplace.folder / "other"))
    assert (workplace.folder / "other" / "annotations" / "agreed.xml").exists()


def test_annotations_beside_the_pictures_are_not_put_out_of_sight(workplace: Workplace) -> None:
    beside = workplace.images[0].with_suffix(".xml")
    beside.write_text(annotation_xml([VERTEBRA], "agreed.png"))
    with pytest.raises(BadInputError, match="--out"):
        adjudicate(panel(workplace))
    assert not (workplace.folder / "annotations").exists()


def test_a_decision_on_annotations_that_changed_since_is_not_taken(workplace: Workplace) -> None:
    found = panel(workplace)
    adjudicate(found)
    decide_all(found)
    annotate(workplace, "ben", "graded", [DISC, NORMAL, VERTEBRA])
    report = adjudicate(found)
    assert ["ben has changed" in str(error) for error in report.errors] == [True]
    assert states(report)["missed.png"] == "adjudicated"
    (found.folder / "graded.xml").unlink()
    assert {*adjudicate(found).awaiting[0].unresolved} == {"herniation (anna)", "normal (ben)"}


def test_a_consensus_on_which_the_readers_no_longer_agree_is_withdrawn(workplace: Workplace) -> None:
    found = panel(workplace)
    adjudicate(found)
    annotate(workplace, "ben", "agreed", [DISC, BULGE, VERTEBRA])
    assert states(adjudicate(found))["agreed.png"] == "awaiting"
    assert not (workplace.folder / "annotations" / "agreed.xml").exists()


def test_two_diagnoses_on_one_disc_are_no_decision(workplace: Workplace) -> None:
    found = panel(workplace)
    adjudicate(found)
    decide(found, "graded", {"herniation (anna)": "herniation", "bulge (ben)": "bulge"})
    report = adjudicate(found)
    [graded] = [item for item in report.awaiting if item.image.stem == "graded"]
    assert "calls" in graded.unresolved[0]


def test_what_one_reader_alone_annotated_is_taken_where_that_is_said(workplace: Workplace) -> None:
    (workplace.folder_of("ben") / "missed.xml").unlink()
    (workplace.folder_of("anna") / "graded.xml").unlink()
    (workplace.folder_of("ben") / "graded.xml").unlink()
    report = adjudicate(panel(workplace))
    assert report.passed_over == {
        "graded.png": "annotated by nobody",
        "missed.png": "annotated by anna alone",
    }
    found = panel(workplace, accept_single=True)
    assert states(adjudicate(found)) == {"agreed.png": "agreed", "missed.png": "single"}
    assert consensus(found, "missed") == set(TWICE)
    annotate(workplace, "ben", "missed", SHIFTED)
    assert states(adjudicate(found))["missed.png"] == "awaiting"


def test_of_several_readers_two_are_taken_for_each_image(workplace: Workplace) -> None:
    for image in ("agreed", "graded"):
        (workplace.folder_of("anna") / f"{image}.xml").rename(workplace.folder / f"{image}.kept")
        annotate(workplace, "carla", image, TWICE)
    report = adjudicate(panel(workplace, "anna", "ben", "carla"))
    assert {name: record.readers for name, record in report.records.items()} == {
        "agreed.png": ("ben", "carla"),
        "graded.png": ("ben", "carla"),
        "missed.png": ("anna", "ben"),
    }
    again = adjudicate(panel(workplace, accept_single=True))
    assert again.passed_over == {
        "agreed.png": "adjudicated between ben and carla",
        "graded.png": "adjudicated between ben and carla",
    }
    assert read_provenance(workplace.folder).keys() == report.records.keys()
    annotate(workplace, "carla", "missed", TWICE)
    report = adjudicate(panel(workplace, "anna", "ben", "carla", out=workplace.folder / "other"))
    assert report.passed_over == {"missed.png": "annotated by anna, ben, carla; name two of them"}


def test_another_senior_leaves_what_is_decided(workplace: Workplace) -> None:
    found = panel(workplace)
    adjudicate(found)
    decide(found, "missed", {"vertebra (anna)": "vertebra"})
    adjudicate(found)
    report = adjudicate(panel(workplace, senior="other"))
    assert report.passed_over == {"missed.png": "adjudicated by senior"}
    assert consensus(found, "missed") == set(TWICE)


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<annotation>", "XML"),
        (annotation_xml([("disk", *DISC[1:])]), "disk"),
        (annotation_xml(width=WIDTH + 1, height=HEIGHT), "321 x 400"),
    ],
)
def test_an_annotation_that_cannot_be_used_is_told_and_the_rest_goes_on(
    workplace: Workplace, xml: str, reason: str
) -> None:
    (workplace.folder_of("ben") / "missed.xml").write_text(xml)
    report = adjudicate(panel(workplace))
    assert [error.path.name for error in report.errors] == ["missed.xml"]
    assert reason in str(report.errors[0])
    assert states(report) == {"agreed.png": "agreed", "graded.png": "awaiting"}


def test_who_cannot_adjudicate_is_refused(workplace: Workplace) -> None:
    for readers, senior in ((["anna"], "senior"), (["anna", "nobody"], "senior"), (["anna", "ben"], "a/b")):
        with pytest.raises(BadInputError):
            form_panel(workplace, readers, senior)


def test_a_damaged_provenance_is_told(workplace: Workplace) -> None:
    adjudicate(panel(workplace))
    (workplace.folder / "provenance.json").write_text('{"images": {"agreed.png": {}}}')
    with pytest.raises(BadInputError, match=r"provenance\.json"):
        adjudicate(panel(workplace))


# --- the commands


def discern(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["discern", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "200")
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_command_opens_labelimg_on_what_the_senior_decides(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Task] = []

    def save_in_labelimg(task: Task) -> None:
        opened.append(task)
        decide_all(panel(workplace))

    monkeypatch.setattr("annotation.labelimg.session.open_labelimg", save_in_labelimg)
    call = ("adjudicate", workplace.folder, "anna", "ben", "--by", "senior")
    code, out, err = discern(capsys, monkeypatch, *call)
    assert (code, err) == (0, "")
    [task] = opened
    assert [image.stem for image in task.images] == ["graded", "missed"]
    assert all(task.proposal(image).exists() for image in task.images)
    shown: Iterable[Box] = [box for image in task.images for box in read_voc(task.proposal(image)).boxes]
    assert all(box.label in task.label_set for box in shown)
    assert task.label_set.classes[:6] == named_label_set("lumbar").classes
    assert "2 adjudicated, 1 agreed" in out
    code, out, _ = discern(capsys, monkeypatch, *call, "--json")
    assert (code, len(opened)) == (0, 1)
    assert json.loads(out)["boxes"]["chosen"] == 2


def test_the_command_lists_what_is_unresolved(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ("adjudicate", workplace.folder, "anna", "ben", "--by", "senior", "--no-open")
    code, out, err = discern(capsys, monkeypatch, *call)
    assert (code, err) == (1, "")
    assert "herniation (anna)" in out and "2 images await senior" in out


def test_assign_and_status_tell_who_has_what(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = discern(capsys, monkeypatch, "assign", workplace.folder, "anna", "ben", "carla")
    assert (code, err) == (0, "")
    assert "3 of 3 images annotated by 2" in out
    assert {name: len(images) for name, images in workplace.assignments().items()} == {
        "anna": 3,
        "ben": 3,
        "carla": 0,
    }
    code, out, _ = discern(capsys, monkeypatch, "status", workplace.folder, "--json")
    assert code == 0
    assert json.loads(out)["annotators"][0]["done"] == 3


def test_assign_needs_to_know_the_patients(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (workplace.folder / "images.csv").write_text("image,patient\nagreed.png,one\n")
    call = ("assign", workplace.folder, "anna", "ben")
    code, _, err = discern(capsys, monkeypatch, *call)
    assert code == 1 and "no row for graded.png" in err and err.count("\n") == 1
    (workplace.folder / "images.csv").unlink()
    code, _, err = discern(capsys, monkeypatch, *call)
    assert code == 1 and "--patient-pattern" in err and err.count("\n") == 1
    assert discern(capsys, monkeypatch, *call, "--patient-pattern", "(?P<patient>[a-z]+)")[0] == 0
    assert discern(capsys, monkeypatch, *call, "--by-image")[0] == 0
    code, _, err = discern(capsys, monkeypatch, *call, "--by-image", "--times", 3)
    assert code == 1 and "lower --times" in err and err.count("\n") == 1

from pathlib import Path

import pytest

from annotation.boxes import Box
from annotation.labels import LabelSet, named_label_set
from annotation.views import named_view, read_view
from errors import BadInputError

LUMBAR = named_label_set("lumbar")
EMBEDDED = sorted(path.stem for path in (Path(__file__).parents[2] / "annotation" / "views").glob("*.yaml"))
LABEL_SETS = {path.stem for path in (Path(__file__).parents[2] / "annotation" / "label_sets").glob("*.txt")}


def box(label: str, top: float = 0) -> Box:
    return Box(label, 0, top, 40, top + 20)


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_embedded_view_fits_its_label_set(name: str) -> None:
    own = max((known for known in LABEL_SETS if name.startswith(known)), key=len, default="lumbar")
    view = named_view(name, named_label_set(own))
    assert view.name == name and view.names


def test_diagnosis_counts_bulges_as_herniations_and_drops_anatomy() -> None:
    boxes = [box("bulge"), box("disc"), box("normal", 50), box("spondylolisthesis", 50), box("vertebra")]
    found = named_view("diagnosis", LUMBAR).apply(boxes)
    assert sorted((b.label, b.ymin) for b in found) == [
        ("herniation", 0),
        ("normal", 50),
        ("spondylolisthesis", 50),
    ]


def test_anatomy_takes_a_disc_without_a_box_from_its_diagnosis_once() -> None:
    boxes = [box("disc"), box("bulge"), box("normal", 50), box("vertebra", 100)]
    found = named_view("anatomy", LUMBAR).apply(boxes)
    assert sorted((b.label, b.ymin) for b in found) == [("disc", 0), ("disc", 50), ("vertebra", 100)]


def test_a_class_is_annotated_where_all_that_it_merges_are() -> None:
    anatomy, diagnosis = named_view("anatomy", LUMBAR), named_view("diagnosis", LUMBAR)
    assert dict(zip(anatomy.names, anatomy.annotated(["disc"]), strict=True)) == {
        "vertebra": False,
        "disc": True,
    }
    graded = anatomy.annotated(["normal", "bulge", "herniation"])
    assert dict(zip(anatomy.names, graded, strict=True)) == {"vertebra": False, "disc": True}
    assert diagnosis.annotated(["normal", "herniation"])[diagnosis.names.index("herniation")] is False


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("classes: [", "not YAML"),
        ("", "a view is"),
        ("classes: {disc: 3}", "a view is"),
        ("classes: {disc: []}", "a view is"),
        ("classes: {}", "no classes"),
        ("classes: {disc: [disk]}", "no class 'disk'"),
    ],
)
def test_a_view_of_no_use_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "view.yaml"
    path.write_text(content)
    with pytest.raises(BadInputError, match=reason):
        named_view(str(path), LabelSet(("disc",)))


def test_an_unknown_view_names_those_there_are() -> None:
    with pytest.raises(BadInputError, match="anatomy, diagnosis"):
        named_view("spine", LUMBAR)


def test_a_view_in_a_file_merges_and_derives(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("classes:\n  sick: {merge: [bulge, herniation], otherwise: [spondylolisthesis]}\n")
    assert [b.label for b in read_view(path).apply([box("bulge"), box("spondylolisthesis")])] == ["sick"]

"""A cohort that was converted and imported again is the same cohort."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_cohorts import SIZE, write_cohort_folder

from annotation.boxes import Box
from annotation.checking.folder import check_folder
from data.exporters.cohort_export import Shares, convert_cohort
from data.folder import read_cohort
from data.importers.box_download import open_download
from data.importers.box_source import BoxSource
from data.importers.class_names import name_classes
from data.importers.coco import open_coco
from data.importers.cohort_import import import_cohort
from data.importers.picture_patients import open_patients
from data.importers.roboflow import open_roboflow
from data.importers.yolo import open_yolo

OPENED: dict[str, Callable[[Path], BoxSource]] = {
    "coco": open_coco,
    "yolo": open_yolo,
    "roboflow": open_roboflow,
}
CLASSES = ("Bandscheibe", "Wirbel körper", "椎间盘")
HUNDREDTH = 0.005 + 1e-9
"""Half of the hundredth of a pixel to which an import rounds."""


def edges(limit: int) -> st.SearchStrategy[tuple[float, float]]:
    """A lower and an upper edge within a picture, at any part of a pixel."""
    lower = st.floats(0, limit - 0.5)
    return lower.flatmap(lambda low: st.tuples(st.just(low), st.floats(low + 0.25, limit)))


boxes = st.lists(
    st.builds(
        lambda label, across, down: Box(label, across[0], down[0], across[1], down[1]),
        st.sampled_from(CLASSES),
        edges(SIZE[0]),
        edges(SIZE[1]),
    ),
    max_size=4,
)


@pytest.mark.parametrize("name", OPENED)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.tuples(boxes, boxes, boxes))
def test_boxes_classes_and_patients_come_back(name: str, drawn: tuple[list[Box], ...]) -> None:
    pictures = dict(zip(("anna_ä 1.png", "ben_1.2.png", "carla_1.png"), drawn, strict=True))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        before = read_cohort(write_cohort_folder(folder / "cohort", pictures, CLASSES))
        convert_cohort(before, name, folder / "out", Shares(valid=0.3, test=0.3, seed=2))
        source = OPENED[name](folder / "out")
        classes = name_classes(source.place, source.classes, None, {})
        patients = open_patients(folder / "out", None, None, classes)
        report = import_cohort(open_download(source, patients, classes), folder / "back")
        assert not report.left_out and not report.warnings
        after = read_cohort(folder / "back")
        assert after.label_set == before.label_set
        images = {image.name: image for image in after.images}
        assert set(images) == set(pictures)
        for image in before.images:
            again = images[image.name]
            assert again.path.read_bytes() == image.path.read_bytes()
            for known in ("patient", "sex", "age", "kind", "annotated"):
                assert getattr(again, known) == getattr(image, known)
            assert [box.label for box in again.boxes] == [box.label for box in image.boxes]
            for one, other in zip(image.boxes, again.boxes, strict=True):
                assert other.edges == pytest.approx(one.edges, abs=HUNDREDTH)
        assert check_folder(folder / "back", after.label_set).count("error") == 0

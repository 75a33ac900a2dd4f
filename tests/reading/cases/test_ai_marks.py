"""What the AI found, as marks over a case's pictures."""

from dataclasses import replace

import numpy as np
import pytest
from report_scenes import Scene, herniated, measure, normal, write_scene

from axial.findings import Endplates, Slip
from reading.cases.marks import Mark, marks_of
from reading.cases.pictures import CaseSeries, series_of


@pytest.fixture(scope="module")
def scene_and_series(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, tuple[CaseSeries, ...]]:
    folder = tmp_path_factory.mktemp("case")
    scene = write_scene(folder)
    assert scene.pictures.sagittal is not None
    instance = scene.pictures.sagittal.instance
    return replace(scene, result=replace(scene.result, sagittal_instance=instance)), series_of(folder)


@pytest.fixture
def scene(scene_and_series: tuple[Scene, tuple[CaseSeries, ...]]) -> Scene:
    return scene_and_series[0]


@pytest.fixture
def series(scene_and_series: tuple[Scene, tuple[CaseSeries, ...]]) -> tuple[CaseSeries, ...]:
    return scene_and_series[1]


def of_tone(marks: list[Mark], *tones: str) -> list[Mark]:
    return [mark for mark in marks if mark.tone in tones]


def test_each_mark_stands_on_the_slice_that_it_was_found_on(
    scene: Scene, series: tuple[CaseSeries, ...]
) -> None:
    marks = marks_of(scene.result, series)
    sagittal, axial = series
    vertebrae = of_tone(marks, "vertebra")
    assert [mark.label for mark in vertebrae] == [item.name for item in scene.result.vertebrae]
    assert [mark.edges for mark in vertebrae] == [item.edges for item in scene.result.vertebrae]
    for mark in marks:
        place = scene.pictures.sagittal if mark.series == sagittal.number else None
        shown = series[mark.series - 1].slices[mark.slice].instance
        assert place is None or shown == place.instance
    on_axial = [mark for mark in marks if mark.series == axial.number]
    assert [(axial.slices[mark.slice].instance, mark.level, mark.label) for mark in on_axial] == [
        (item.instance, item.level, f"{item.level} normal") for item in scene.result.slices
    ]


def test_every_named_disc_has_a_mark_between_its_vertebrae(
    scene: Scene, series: tuple[CaseSeries, ...]
) -> None:
    boxes = {item.name: item.edges for item in scene.result.vertebrae}
    discs = [mark for mark in marks_of(scene.result, series) if mark.tone == "disc" and mark.line]
    assert [mark.label for mark in discs] == [item.level for item in scene.result.findings]
    for mark in discs:
        assert mark.level and mark.line
        above, below = (boxes[name] for name in mark.level.split("-"))
        assert above and below
        (right, height), (left, other) = mark.line
        assert height == other == (above[3] + below[1]) / 2
        assert left < right


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.6, 1.4)])
@pytest.mark.parametrize("turned", [0.0, 0.4, -0.9])
def test_measures_are_as_long_as_they_say(
    scene: Scene, series: tuple[CaseSeries, ...], spacing: tuple[float, float], turned: float
) -> None:
    """Whatever the pixels' shape and however the disc lies."""
    scale = np.array(spacing[::-1])
    turn = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]])
    corners = np.array([(-20, -5), (10, -4), (-15, 4), (15, 5)]) @ turn.T / scale + 100
    plates = Endplates(*((float(x), float(y)) for x, y in corners))
    finding = herniated(slip=Slip(measure(-5.2), measure(-15.0), 0), height=measure(8.7), endplates=plates)
    own = tuple(replace(item, spacing=spacing) for item in series)
    marks = marks_of(replace(scene.result, findings=(finding,)), own)
    slip, height, herniation = of_tone(marks, "measure")
    assert [mark.label for mark in (height, slip, herniation)] == ["8.7 mm", "slip 5.2 mm", "6.1 mm"]
    assert {mark.level for mark in (height, slip, herniation)} == {"L4-L5"}
    for mark, length in ((height, 8.7), (slip, 5.2)):
        first, second = (np.array(end) * scale for end in mark.line or ())
        assert np.linalg.norm(second - first) == pytest.approx(length)
    assert slip.line and slip.line[0] == pytest.approx(plates.posterior_below)
    assert finding.herniation and herniation.line == (finding.herniation.foot, finding.herniation.summit)
    assert own[herniation.series - 1].slices[herniation.slice].instance == next(
        item.instance for item in scene.result.slices if item.picture == "axial 11"
    )
    (disc,) = of_tone(marks, "finding")
    assert disc.label == "L4-L5 herniation, slip"


def test_discs_without_a_name_are_marked_by_their_place(scene: Scene, series: tuple[CaseSeries, ...]) -> None:
    nameless = replace(
        scene.result,
        vertebrae=tuple(replace(item, name=None) for item in scene.result.vertebrae),
        findings=(normal(None), normal(None, place="disc 2 from below", verdict="bulge")),
        slices=tuple(replace(item, level=None, verdict="bulge") for item in scene.result.slices[:1]),
    )
    marks = marks_of(nameless, series)
    assert {mark.label for mark in of_tone(marks, "vertebra")} == {"?"}
    assert [(mark.tone, mark.label, mark.level) for mark in of_tone(marks, "disc", "finding")] == [
        ("disc", "Disc 1 from below", None),
        ("finding", "Disc 2 from below bulge", None),
        ("finding", "disc bulge", None),
    ]


def test_what_was_not_found_or_is_not_shown_has_no_mark(scene: Scene, series: tuple[CaseSeries, ...]) -> None:
    result = scene.result
    lost = replace(result.vertebrae[1], edges=None, centre=None)
    marks = marks_of(replace(result, vertebrae=(result.vertebrae[0], lost, *result.vertebrae[2:])), series)
    assert not [mark for mark in marks if mark.line and mark.level in ("L5-S1", "L4-L5")]
    assert len(of_tone(marks, "vertebra")) == len(result.vertebrae) - 1
    unknown = marks_of(replace(result, sagittal_instance=""), series)
    assert {mark.series for mark in unknown} == {2}
    assert marks_of(result, ()) == []

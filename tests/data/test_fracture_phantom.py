"""Phantom patients with a fractured vertebra: its form, matter and box, and the features ticked."""

import csv
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation.voc import read_voc
from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.boxes import SliceReader
from data.phantom.cohort import OPEN_KEY, make_cohort
from data.phantom.fracture.ceiling import fracture_ceiling
from data.phantom.fracture.draw import draw_fractured
from data.phantom.fracture.features import ticked_features, true_features
from data.phantom.fracture.fracture import Fracture, deformed
from data.phantom.landmarks import VertebraLandmarks, landmarks
from data.phantom.patient import Patient, draw_patient
from data.phantom.ranges import Range
from data.phantom.sampling import sample_slice
from data.phantom.tissue import Tissue, spin_echo_signal
from data.phantom.truth import TRUTH_FILE, Edges, StudyTruth, read_truth
from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind

POSITION = 4
"""L1, in patients with five lumbar vertebrae."""
WEDGE = Fracture("benign", "wedge", front_loss=0.4, middle_loss=0.3, back_loss=0.05, upper_share=1.0)
TUMOUR = replace(WEDGE, cause="malignant", lesion="tumour", extent=1.4, density=1.0)


def patient_with(fracture: Fracture | None) -> Patient:
    patient = replace(draw_patient(5, 0), scoliosis=0.0)
    segments = list(patient.segments)
    segments[POSITION] = replace(segments[POSITION], fracture=fracture)
    return replace(patient, segments=tuple(segments))


def height(body: VertebraLandmarks, front: bool) -> float:
    if front:
        return math.dist(body.anterior_superior, body.anterior_inferior)
    return math.dist(body.posterior_superior, body.posterior_inferior)


def around(phantom: Phantom, size: float = 70.0, spacing: float = 0.7) -> SliceGeometry:
    """A sagittal slice through the middle of the vertebra."""
    x, y, z = landmarks(phantom).vertebrae[POSITION + 1].centre
    side = round(size / spacing)
    corner = (x, y - size / 2, z + size / 2)
    return SliceGeometry(corner, (0, 1, 0), (0, 0, -1), (spacing, spacing), side, side, 3.0)


def box_of(fracture: Fracture | None) -> Edges:
    phantom = Phantom(patient_with(fracture))
    geometry = around(Phantom(patient_with(WEDGE)))
    reader = SliceReader(phantom, landmarks(phantom), geometry, sample_slice(phantom, geometry, []))
    return next(body.edges for body in reader.vertebrae if body.name == "L1")


def signals_of(fracture: Fracture | None) -> tuple[float, float]:
    """Mean T1-weighted and T2-weighted signal inside the vertebra."""
    phantom = Phantom(patient_with(fracture))
    tables = [spin_echo_signal(phantom.properties, *times) for times in ((550.0, 11.0), (3800.0, 105.0))]
    sampled = sample_slice(phantom, around(phantom), tables)
    body = sampled.filling([part_code(POSITION, Part.BODY)]) == 1
    t1, t2 = (float(signal[body].mean()) for signal in sampled.signals)
    return t1, t2


def test_a_fractured_patient_is_the_lumbar_one_but_for_name_and_fractures() -> None:
    fractured = draw_fractured(3, 5)
    assert draw_fractured(3, 5) == fractured
    unbroken = tuple(replace(segment, fracture=None) for segment in fractured.segments)
    lumbar = draw_patient(3, 5)
    assert replace(fractured, name=lumbar.name, segments=unbroken) == lumbar
    # Other pictures, so another patient by name.
    assert fractured.name != lumbar.name


def test_one_vertebra_from_t11_to_l4_is_freshly_fractured_and_carries_no_screws() -> None:
    causes = []
    for index in range(300):
        patient = draw_fractured(11, index)
        fresh = [
            (position, segment)
            for position, segment in enumerate(patient.segments)
            if segment.fracture and not segment.fracture.healed
        ]
        assert len(fresh) == 1
        position, segment = fresh[0]
        assert segment.vertebra in ("T11", "T12", "L1", "L2", "L3", "L4")
        assert position not in patient.implant
        assert segment.fracture is not None
        causes.append(segment.fracture.cause)
    assert 0.18 < causes.count("malignant") / len(causes) < 0.35


@given(front=st.floats(0, 0.6), back=st.floats(0, 0.4), middle=st.floats(0, 0.6), upper=st.floats(0, 1))
def test_the_form_loses_what_the_fracture_takes(
    front: float, back: float, middle: float, upper: float
) -> None:
    tall, wedge, depth = 26.0, 2.0, 32.0
    form = deformed(Fracture("benign", "crush", front, middle, back, upper), tall, wedge, depth, 1.5)
    opening = math.tan(math.radians(wedge) / 2) * depth
    now = math.tan(math.radians(form.wedge) / 2) * depth
    assert form.height + now == pytest.approx((tall + opening) * (1 - front))
    assert form.height - now == pytest.approx((tall - opening) * (1 - back))
    assert min(form.depression_above, form.depression_below) >= 0
    left = form.height - 3.0 - form.depression_above - form.depression_below
    assert left >= min(0.35 * tall, form.height - 3.0) - 1e-9


def test_landmarks_lose_height_in_front_and_keep_it_behind() -> None:
    healthy, fractured = (
        landmarks(Phantom(patient_with(fracture))).vertebrae[POSITION + 1] for fracture in (None, WEDGE)
    )
    assert height(fractured, front=True) / height(healthy, front=True) == pytest.approx(0.6, abs=0.05)
    assert height(fractured, front=False) / height(healthy, front=False) == pytest.approx(0.95, abs=0.05)


def test_the_box_encloses_a_convex_wall_and_a_retropulsed_corner_but_no_soft_tissue() -> None:
    plain = np.array(box_of(WEDGE))
    for fracture in (replace(WEDGE, convexity=5.0), replace(WEDGE, retropulsion=5.0)):
        wide = np.array(box_of(fracture))
        assert 2.0 < (wide - plain)[2] * 0.7 < 6.0
        assert np.abs((wide - plain)[:2]).max() <= 1
    mass = replace(WEDGE, epidural=5.0, paravertebral=10.0)
    assert np.abs(np.array(box_of(mass)) - plain).max() <= 1


@pytest.mark.parametrize("fracture", [replace(TUMOUR, lesion="oedema"), TUMOUR])
def test_altered_marrow_is_dark_on_t1_and_bright_on_t2(fracture: Fracture) -> None:
    healthy, altered = signals_of(None), signals_of(fracture)
    assert altered[0] < 0.8 * healthy[0]
    assert altered[1] > 1.1 * healthy[1]


def test_a_healed_fracture_keeps_its_marrow() -> None:
    phantom = Phantom(patient_with(replace(WEDGE, healed=True)))
    assert phantom.patient.fractured is None
    assert not (set(tissues_around(phantom)) & {Tissue.OEDEMA, Tissue.TUMOUR, Tissue.FLUID})


def test_a_fluid_sign_is_fluid_inside_the_body() -> None:
    phantom = Phantom(patient_with(replace(WEDGE, extent=0.4, density=0.9, fluid=3.0)))
    assert 10 < np.mean(tissues_around(phantom) == Tissue.FLUID) * 70 * 70 < 150


def test_a_mass_leaves_the_cord_and_reaches_into_the_canal() -> None:
    without, within = (
        tissues_around(Phantom(patient_with(replace(TUMOUR, epidural=depth)))) for depth in (0.0, 5.0)
    )
    assert np.array_equal(without == Tissue.CORD, within == Tissue.CORD)
    assert (within == Tissue.TUMOUR).sum() > (without == Tissue.TUMOUR).sum() + 50


def tissues_around(phantom: Phantom) -> NDArray[np.uint8]:
    step = np.arange(-35, 35, 0.5) + 0.25
    x, y, z = landmarks(phantom).vertebrae[POSITION + 1].centre
    back, up = np.meshgrid(step, step)
    points = np.stack([np.full(back.size, x), y + back.ravel(), z + up.ravel()])
    return phantom.at(*points.astype(np.float32)).tissue


def test_fifteen_features_follow_from_the_object_and_are_ticked_with_few_errors() -> None:
    truth = true_features(patient_with(replace(TUMOUR, pedicles="left", epidural=3.0, convexity=4.0)))
    assert len(truth) == 15
    assert {name for name, true in truth.items() if true} == {
        "diffuse_replacement",
        "convex_posterior_border",
        "pedicle_involved",
        "epidural_mass",
        "height_loss_over_third",
    }
    rng = np.random.default_rng(0)
    wrong = [ticked_features(truth, rng)[name] != true for _ in range(200) for name, true in truth.items()]
    assert 0.04 < np.mean(wrong) < 0.08


def test_a_perfect_reader_of_the_six_images_errs() -> None:
    ceiling = fracture_ceiling(8000)
    assert 0.94 < ceiling.accuracy < 0.98
    assert Range(0.88, 0.98).clip(ceiling.sensitivity) == ceiling.sensitivity


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fractures")
    series = (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1)
    make_cohort(out, 2, 19, 3, workers=1, kind_of_patient="fracture", series=series)
    return out


def truths(folder: Path) -> Iterator[StudyTruth]:
    for path in sorted((folder / "studies").iterdir()):
        yield read_truth(path / TRUTH_FILE)


def pictures(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "cohort" / "images.csv").open(newline="", encoding="utf-8") as file:
        return {row["instance"]: row for row in csv.DictReader(file)}


def test_one_picture_of_each_study_has_one_box_of_the_cause(folder: Path) -> None:
    boxes = {
        path.stem: read_voc(path).boxes for path in sorted((folder / "cohort" / "annotations").glob("*.xml"))
    }
    assert len(boxes) == 12
    rows = pictures(folder)
    for study in truths(folder):
        fracture = study.fracture
        assert fracture is not None and fracture.instance is not None
        row = rows[OPEN_KEY.uid(fracture.instance)]
        assert row["kind"] == SeriesKind.SAGITTAL_T2
        assert [box.label for box in boxes.pop(Path(row["image"]).stem)] == [fracture.fracture.cause]
        shown = next(item for item in study.slices if item.instance == fracture.instance)
        stack = [item for item in study.slices if item.kind is SeriesKind.SAGITTAL_T2]
        assert shown is stack[1]
        body = next(item for item in shown.vertebrae if item.name == fracture.vertebra)
        assert study.boxes(shown)[-1].edges == body.edges
        assert not body.truncated
    assert not any(boxes.values())


def test_t1_and_t2_are_cut_in_the_same_places_around_the_fracture(folder: Path) -> None:
    for study in truths(folder):
        t2, t1 = (
            [item.geometry for item in study.slices if item.kind is kind]
            for kind in (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1)
        )
        assert t1 == t2
        assert study.fracture is not None
        centre = next(body.centre for body in study.vertebrae if body.name == study.fracture.vertebra)
        assert abs(float(t2[1].distance([centre])[0])) < 4


def test_the_cohort_holds_what_a_radiologist_ticked(folder: Path) -> None:
    with (folder / "cohort" / "features.csv").open(newline="", encoding="utf-8") as file:
        rows = {row.pop("patient"): row for row in csv.DictReader(file)}
    patients = {row["instance"]: row["patient"] for row in pictures(folder).values()}
    for study in truths(folder):
        assert study.fracture is not None and study.fracture.instance is not None
        row = rows.pop(patients[OPEN_KEY.uid(study.fracture.instance)])
        assert row.pop("cause") == study.fracture.fracture.cause
        assert row == {name: str(int(ticked)) for name, ticked in study.fracture.features.items()}
    assert not rows

"""The cervical phantom: its object, its lesions and what slices show of them."""

import functools
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from annotation.labels import named_label_set
from annotation.voc import read_voc
from commands.studies import app
from data.phantom.boxes import SliceReader
from data.phantom.cervical.disease import CervicalDisc, Injury
from data.phantom.cervical.lesions import draw_group, draw_injury
from data.phantom.cervical.patient import CervicalPatient, draw_cervical_patient
from data.phantom.cervical.phantom import CervicalPhantom
from data.phantom.cervical.ranges import CERVICAL_SEEDS, LESIONS
from data.phantom.cohort import make_cohort
from data.phantom.labels import label_set_of
from data.phantom.landmarks import landmarks
from data.phantom.matter import Part, part_code
from data.phantom.planes import sagittal_slices
from data.phantom.sampling import sample_slice
from data.phantom.scanner import draw_scanner
from data.phantom.tissue import Tissue
from data.phantom.truth import SliceTruth, read_truth
from data.phantom.variants import variant
from errors import BadInputError
from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind

SPACING = 0.8
C5_C6 = 6
"""Position of the disc below C5."""
TORN = Injury(C5_C6, 9.0, 0.6, 0.0, 1.0, 5.0, 14.0, 1.0)


@functools.cache
def somebody(seed: int = 3, index: int = 0) -> CervicalPatient:
    return draw_cervical_patient(seed, index)


@functools.cache
def patients() -> tuple[CervicalPatient, ...]:
    return tuple(somebody(3, index) for index in range(8))


def healthy() -> CervicalPatient:
    """A straight patient in whom nothing is displaced or injured."""
    patient = replace(somebody(), scoliosis=0.0, injuries=(), cord=replace(somebody().cord, dents=()))
    segments = [
        replace(item, disease=replace(item.disease, herniation=0.0, compression=0.0))
        for item in patient.segments
    ]
    return replace(patient, segments=tuple(segments))


def neck_slice(phantom: CervicalPhantom, offset: float, thickness: float = 1.0) -> SliceGeometry:
    """A plain sagittal slice of C3 to C7 and what is before and behind them."""
    middle = phantom.skeleton.vertebrae[6].frame
    corner = (offset, middle.y - 45, middle.z + 60)
    return SliceGeometry(corner, (0, 1, 0), (0, 0, -1), (SPACING, SPACING), 150, 125, thickness)


def read(phantom: CervicalPhantom, geometry: SliceGeometry) -> SliceTruth:
    reader = SliceReader(phantom, landmarks(phantom), geometry, sample_slice(phantom, geometry, []))
    return SliceTruth(
        "", "", SeriesKind.SAGITTAL_T2, geometry, reader.vertebrae, reader.discs, injuries=reader.injuries
    )


def behind_disc(phantom: CervicalPhantom, position: int) -> NDArray[np.float32]:
    """(3, n) points from a disc's middle straight backwards at its summit's offset, a tenth of a mm apart."""
    disc = phantom.skeleton.discs[position]
    backs = np.arange(0, 26, 0.1)
    places = [disc.frame.moved(back, 0.0, disc.frame.tilt) for back in backs]
    lateral = np.full(len(backs), disc.disease.offset)
    y, z = np.array([place.y for place in places]), np.array([place.z for place in places])
    return np.array(phantom.posture.bend(lateral, y, z), np.float32)


def test_a_patient_is_the_same_whenever_drawn() -> None:
    assert draw_cervical_patient(3, 0) == somebody()
    assert draw_cervical_patient(3, 1) != somebody()
    assert draw_cervical_patient(4, 0).texture_seed != somebody().texture_seed
    assert len(set(CERVICAL_SEEDS)) == 2


def test_c2_to_t4_stand_one_on_the_other_in_lordosis() -> None:
    for patient in patients():
        phantom = CervicalPhantom(patient)
        bodies = phantom.skeleton.vertebrae
        assert [body.name for body in bodies] == ["T4", "T3", "T2", "T1", "C7", "C6", "C5", "C4", "C3", "C2"]
        assert [disc.name for disc in phantom.skeleton.discs][3:] == [
            "T1-T2", "C7-T1", "C6-C7", "C5-C6", "C4-C5", "C3-C4", "C2-C3",
        ]  # fmt: skip
        heights = [body.frame.z for body in bodies]
        assert heights == sorted(heights)
        lordosis = np.degrees(bodies[4].lower_endplate.tilt - bodies[9].lower_endplate.tilt)
        assert 0 < lordosis < 30


def test_the_cord_runs_through_fluid_from_t4_up_to_the_brain() -> None:
    phantom = CervicalPhantom(healthy())
    grid = np.array(
        np.meshgrid(np.linspace(-60, 60, 121), np.linspace(0, 250, 51), indexing="ij"), np.float32
    )
    y, z = grid.reshape(2, -1)
    matter = phantom.at(np.zeros_like(y), y, z)
    curved = phantom.course.at(y, z)
    for level in range(9):
        near = np.abs(curved.level - level) < 0.25
        cord = curved.behind[near & (matter.tissue == Tissue.CORD)]
        fluid = curved.behind[near & (matter.tissue == Tissue.CSF)]
        assert cord.max() - cord.min() < 9
        assert fluid.min() < cord.min() and fluid.max() > cord.max()


def test_only_lesions_reach_the_cord_and_as_deep_as_they_say() -> None:
    pressing, bulging = [], []
    for patient in patients():
        phantom = CervicalPhantom(patient)
        for position, disc in enumerate(phantom.skeleton.discs):
            disease = disc.disease
            assert isinstance(disease, CervicalDisc)
            if not disease.herniation:
                continue
            part = phantom.at(*behind_disc(phantom, position)).part
            reached = 0.1 * float((part == part_code(position, Part.PRESSING)).sum())
            assert reached == pytest.approx(disease.compression, abs=0.4)
            assert disease.state == ("disc" if reached else "normal")
            (pressing if reached else bulging).append(disease.herniation)
    assert len(pressing) > 3 and len(bulging) > 3
    # Bulges are no small matter: it is the cord that counts.
    assert max(bulging) > 3


@pytest.fixture(scope="module")
def pressed() -> CervicalPhantom:
    """One disc presses on the cord to the left of the midline."""
    patient = next(
        patient
        for patient in patients()
        if any(item.disease.state == "disc" and item.disease.offset > 0.5 for item in patient.segments)
    )
    return CervicalPhantom(replace(patient, scoliosis=0.0, injuries=()))


def test_a_slice_is_labelled_disc_only_where_it_cuts_what_presses(pressed: CervicalPhantom) -> None:
    discs = pressed.skeleton.discs
    disc = next(item for item in discs if item.disease.state == "disc" and item.disease.offset > 0.5)
    through, beside = (
        {seen.level: seen for seen in read(pressed, neck_slice(pressed, offset)).discs}
        for offset in (disc.disease.offset, disc.disease.offset - 9.5)
    )
    assert through[disc.name].label == "disc"
    assert beside[disc.name].label == "normal"
    # What presses belongs to the disc's box.
    assert through[disc.name].edges[2] > beside[disc.name].edges[2] + 2
    untouched = [item.name for item in discs if item.disease.state == "normal" and item.name in through]
    assert untouched and all(through[name].label == "normal" for name in untouched)


def test_the_slice_says_disc_or_normal_and_never_both(pressed: CervicalPhantom) -> None:
    shown = read(pressed, neck_slice(pressed, 1.0))
    labels = named_label_set("cervical")
    boxes = [box for box in shown.boxes() if box.label in labels]
    assert len(boxes) == len(shown.discs)
    assert {box.label for box in boxes} == {"disc", "normal"}


def test_what_is_injured_is_bright_and_in_its_box() -> None:
    torn, sound = CervicalPhantom(replace(healthy(), injuries=(TORN,))), CervicalPhantom(healthy())
    geometry = neck_slice(torn, 0.0)
    shown = read(torn, geometry)
    (box,) = [box for box in shown.boxes() if box.label == "injured"]
    assert [injury.level for injury in shown.injuries] == ["C5-C6"]
    assert read(sound, geometry).injuries == ()
    # Whatever differs from the sound neck, but for the tissue that the fluid lifts, is in the box.
    grid = np.array(np.meshgrid(np.arange(125) + 0.5, np.arange(150) + 0.5, indexing="ij")).reshape(2, -1).T
    points = geometry.to_patient(grid).T.astype(np.float32)
    before, after = sound.at(*points), torn.at(*points)
    injured = grid[after.part == part_code(C5_C6, Part.INJURED)]
    assert set(after.tissue[after.part == part_code(C5_C6, Part.INJURED)]) == {
        Tissue.FLUID, Tissue.CORD_OEDEMA
    }  # fmt: skip
    (disc,) = [disc for disc in shown.discs if disc.level == "C5-C6"]
    assert (np.array(box.edges[:2]) <= np.minimum(injured.min(axis=0), disc.edges[:2]) + 2.5).all()
    assert (np.array(box.edges[2:]) >= np.maximum(injured.max(axis=0), disc.edges[2:]) - 2.5).all()
    cord = before.tissue == Tissue.CORD
    changed = after.tissue == Tissue.CORD_OEDEMA
    assert changed.any() and not (changed & ~cord).any()
    # 18 mm long, and as high as the disc.
    rows = grid[changed][:, 1]
    assert np.ptp(rows) * SPACING == pytest.approx(18, abs=4)


def test_every_injury_changes_cord_or_ligaments() -> None:
    rng = np.random.default_rng(0)
    injuries = [draw_injury(rng, C5_C6) for _ in range(300)]
    kinds = Counter(
        (item.cord_half_length > 0, item.anterior_depth > 0, item.posterior_size > 0) for item in injuries
    )
    assert (False, False, False) not in kinds
    assert len(kinds) == 7


def test_the_groups_are_as_often_as_published() -> None:
    rng = np.random.default_rng(0)
    drawn = Counter(draw_group(rng) for _ in range(6000))
    for group, share in (("disc", 800 / 1500), ("injured", 200 / 1500), ("normal", 500 / 1500)):
        assert drawn[group] / 6000 == pytest.approx(share, abs=0.025)
    assert sum(share for _, share in LESIONS.where) == pytest.approx(1)


def test_the_pictures_show_every_disc_of_the_neck() -> None:
    for index, patient in enumerate(patients()[:4]):
        measured = landmarks(CervicalPhantom(patient))
        rng = np.random.default_rng([3, index])
        stack = sagittal_slices(draw_scanner(rng), measured, 3, rng, None, variant("cervical").stack)
        cervical = [disc.centre for disc in measured.discs if disc.name.startswith("C")]
        assert len(cervical) == 6
        columns, rows = stack[1].to_pixels(cervical).T
        assert (columns > 20).all() and (columns < stack[1].columns - 20).all()
        assert (rows > 20).all() and (rows < stack[1].rows - 20).all()
        assert 200 <= stack[1].rows * stack[1].spacing[0] <= 260 * 1.35


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("necks")
    return make_cohort(folder, patients=2, seed=3, slices=2, workers=1, kind_of_patient="cervical")


def test_a_cohort_is_labelled_by_the_cervical_label_set(cohort: Path) -> None:
    assert (cohort / "classes.txt").read_text().split() == ["disc", "injured", "normal"]
    labels = [
        box.label for path in sorted((cohort / "annotations").iterdir()) for box in read_voc(path).boxes
    ]
    assert set(labels) <= {"disc", "injured", "normal"} and labels.count("normal") > 4 * 5
    assert label_set_of(cohort.parent / "studies") == "cervical"


def test_a_study_says_that_it_is_a_neck_and_what_is_true_of_it(cohort: Path) -> None:
    study = sorted((cohort.parent / "studies").iterdir())[0]
    header = pydicom.dcmread(study / "sagittal-T2" / "001.dcm", stop_before_pixels=True)
    assert (header.BodyPartExamined, header.StudyDescription) == ("CSPINE", "MR cervical spine")
    truth, patient = read_truth(study / "truth.json"), somebody()
    assert (truth.variant, truth.numbering) == ("cervical", "seven cervical vertebrae")
    assert [disc.state for disc in truth.discs] == [item.disease.state for item in patient.segments]
    injured = {item.position for item in patient.injuries}
    assert {number for number, disc in enumerate(truth.discs) if disc.injured} == injured


@pytest.mark.parametrize(
    "wrong",
    [("--variant", "neck"), ("--variant", "cervical", "--series", "axial T2")],
)
def test_what_there_is_not_is_refused(wrong: tuple[str, ...], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["phantom", "--out", str(tmp_path / "phantom"), *wrong])
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_studies_of_two_variants_are_labelled_one_by_one(cohort: Path, tmp_path: Path) -> None:
    study = sorted((cohort.parent / "studies").iterdir())[0]
    truth = read_truth(study / "truth.json")
    for name in ("cervical", "lumbar"):
        (tmp_path / name).mkdir()
        replace(truth, variant=name).write(tmp_path / name / "truth.json")
    with pytest.raises(BadInputError, match="several variants"):
        label_set_of(tmp_path)

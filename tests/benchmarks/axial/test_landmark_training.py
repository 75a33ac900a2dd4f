"""Training the landmark models of the measures on the marks of a cohort."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from axial_sets import small_axial_protocol
from scenery_studies import CENTRES, axial_slices, corners, displaced, sagittal_slices, write_study_cohort

from annotation.marks import ENDPLATES, HERNIATIONS, read_marks, write_marks
from axial.measures import IntervalWidths, disc_space
from benchmarks.axial.landmark_training import epochs_of_landmarks, train_landmarks
from benchmarks.axial.protocol import AxialProtocol, read_axial_protocol
from benchmarks.axial.trial import StudySource
from data.cohort_studies import CohortStudy
from errors import BadInputError
from imaging.coordinates import Pixel
from landmarks.runtime import Landmarks, load
from landmarks.settings import Augmentation, Settings

LEARNING = Settings(
    image_size=32,
    resolution=2.0,
    epochs=14,
    batch_size=4,
    learning_rate=1e-2,
    ema_decay=0.9,
    augmentation=Augmentation(shift=2, rotation=3, scale=0.05, guides=0.5, noise=0.0),
)
PATIENTS = 4


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study_cohort(tmp_path_factory.mktemp("landmark-training") / "cohort", PATIENTS)


@pytest.fixture(scope="module")
def studies(cohort: Path) -> tuple[CohortStudy, ...]:
    return StudySource(cohort, "axial").read()[1]


@pytest.fixture
def protocol(tmp_path: Path) -> AxialProtocol:
    """One that wants no model but those that a test adds."""
    return read_axial_protocol(str(small_axial_protocol(tmp_path / "small.yaml")))


@pytest.mark.slow
def test_models_learn_the_points_that_were_marked(
    cohort: Path, studies: tuple[CohortStudy, ...], protocol: AxialProtocol, tmp_path: Path
) -> None:
    wanted = replace(protocol, endplates=LEARNING, herniations=LEARNING)
    counted: list[int] = []
    widths = train_landmarks(wanted, studies, cohort, 1, tmp_path, lambda epoch, loss: counted.append(epoch))
    assert counted == list(range(1, epochs_of_landmarks(wanted) + 1))
    assert epochs_of_landmarks(wanted) == 2 * (2 + 1) * LEARNING.epochs
    assert all(0 < width < 50 for width in (widths.slip, widths.height, widths.extent))
    middle = sagittal_slices(sides=0.0)[0]
    guides = tuple(
        (float(x), float(y)) for x, y in middle.geometry.to_pixels([CENTRES["L2"], CENTRES["L3"]]).round()
    )
    model = load(tmp_path / "endplates")
    (found,) = model.find(middle.pixels, (1.0, 1.0), [guides])
    assert away(found, corners(*guides)) < 1.2
    assert disc_space(found).slip.value == pytest.approx(guides[1][0] - guides[0][0], abs=1.5)
    assert all(model.card.trained_on(f"p{patient}") for patient in range(PATIENTS))
    slice_of = axial_slices({"L4-L5": "herniation"})[10]
    (shown,) = load(tmp_path / "herniations").find(
        slice_of.pixels, slice_of.geometry.spacing, [((36.0, 32.0),)]
    )
    assert away(shown, displaced((36.0, 32.0))) < 1.2


def away(found: Landmarks, expected: tuple[Pixel, ...]) -> float:
    """Mean distance in pixels."""
    return float(np.linalg.norm(found.points - np.array(expected), axis=1).mean())


def quick(**changes: int) -> Settings:
    return replace(LEARNING, epochs=0, **changes)  # type: ignore[arg-type]


def train(
    protocol: AxialProtocol, studies: tuple[CohortStudy, ...], cohort: Path, folder: Path
) -> IntervalWidths:
    return train_landmarks(protocol, studies, cohort, 1, folder, lambda epoch, loss: None)


def test_a_protocol_without_landmarks_trains_none(
    cohort: Path, studies: tuple[CohortStudy, ...], protocol: AxialProtocol, tmp_path: Path
) -> None:
    out = tmp_path / "models"
    out.mkdir()
    assert train(protocol, studies, cohort, out) == IntervalWidths()
    assert list(out.iterdir()) == []
    assert epochs_of_landmarks(protocol) == 0


def test_of_one_model_the_other_s_widths_stay_as_foreseen(
    cohort: Path, studies: tuple[CohortStudy, ...], protocol: AxialProtocol, tmp_path: Path
) -> None:
    widths = train(replace(protocol, herniations=quick()), studies, cohort, tmp_path)
    assert (widths.slip, widths.height) == (IntervalWidths().slip, IntervalWidths().height)
    assert widths.extent != IntervalWidths().extent
    assert not (tmp_path / "endplates").exists()


def test_marks_of_other_studies_are_not_learnt(
    cohort: Path, studies: tuple[CohortStudy, ...], protocol: AxialProtocol, tmp_path: Path
) -> None:
    train(replace(protocol, endplates=quick()), studies[1:3], cohort, tmp_path)
    card = load(tmp_path / "endplates").card
    assert [card.trained_on(f"p{patient}") for patient in range(PATIENTS)] == [False, True, True, False]
    assert card.points == ENDPLATES.points


def test_marks_of_too_few_patients_are_one_sentence(
    cohort: Path, studies: tuple[CohortStudy, ...], protocol: AxialProtocol, tmp_path: Path
) -> None:
    for some in (studies[:1], ()):
        with pytest.raises(
            BadInputError, match=r"^[^\n]*endplates\.csv: marks of fewer patients than inner folds"
        ):
            train(replace(protocol, endplates=quick()), some, cohort, tmp_path)
    with pytest.raises(BadInputError, match="marks of fewer patients than inner folds"):
        train(replace(protocol, endplates=quick(inner_folds=PATIENTS + 1)), studies, cohort, tmp_path)
    assert not (tmp_path / "endplates").exists()


def test_a_cohort_without_marks_is_one_sentence(
    cohort: Path, studies: tuple[CohortStudy, ...], protocol: AxialProtocol, tmp_path: Path
) -> None:
    unmarked = Path(shutil.copytree(cohort, tmp_path / "unmarked"))
    write_marks(unmarked, HERNIATIONS, [])
    with pytest.raises(BadInputError, match=r"herniations\.csv: marks of fewer patients"):
        train(replace(protocol, herniations=quick()), studies, unmarked, tmp_path)
    (unmarked / "herniations.csv").unlink()
    with pytest.raises(
        BadInputError, match=r"herniations\.csv: cannot be read; mark the points of foot, summit"
    ):
        train(replace(protocol, herniations=quick()), studies, unmarked, tmp_path)


def test_the_scenery_marks_what_the_models_of_tests_know(cohort: Path) -> None:
    for place in read_marks(cohort, ENDPLATES):
        assert place.points == corners(*place.guides)
    for place in read_marks(cohort, HERNIATIONS):
        assert place.points == displaced(*place.guides)

"""What is promised of the axial path, on 300 phantom studies that its models have not seen."""

from collections.abc import Iterator

import pytest

from axial.models import PHANTOM_MODELS
from benchmarks.axial.phantom import evaluate_phantoms
from benchmarks.axial.results import AxialResults, StateFigures
from data.phantom.ranges import TEST_SEED
from data.phantom.studies import StudyPlan, generate_studies
from imaging.study import SeriesKind

pytestmark = pytest.mark.acceptance

STUDIES = 300


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AxialResults]:
    folder = tmp_path_factory.mktemp("axial") / "studies"
    generate_studies(folder, STUDIES, TEST_SEED, StudyPlan((SeriesKind.SAGITTAL_T2, SeriesKind.AXIAL_T2), 3))
    yield evaluate_phantoms(PHANTOM_MODELS, folder)


def share(results: AxialResults, name: str) -> float:
    (found,) = [figure.value.share for figure in results.figures if figure.name.startswith(name)]
    return found


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("Studies not flagged: every visible vertebra right", 0.99),
        ("Transitional or cut-off: flagged", 0.9),
        ("Level of slices with a disc, given true centres", 1.0),
        ("Disc region, AP50", 0.98),
        ("Slips of 3 mm or more, by their measure: sensitivity", 0.95),
        ("Slips of 3 mm or more, by their measure: specificity", 0.95),
        ("Meyerding’s grade: kappa", 0.9),
        ("Discs between whole vertebrae: found under their level and measured", 0.95),
    ],
)
def test_the_stages_reach_what_is_promised(results: AxialResults, name: str, least: float) -> None:
    assert share(results, name) >= least


def test_few_ordinary_studies_are_flagged(results: AxialResults) -> None:
    assert share(results, "Ordinary: flagged") <= 0.05


@pytest.mark.parametrize("truth", ["slices", "object"])
def test_discs_are_judged_right(results: AxialResults, truth: str) -> None:
    rows: tuple[StateFigures, ...] = results.discs if truth == "slices" else results.object_discs
    (of_all,) = [row for row in rows if row.level == "all"]
    assert of_all.balanced_accuracy.share >= 0.85
    assert all(recall.share >= 0.75 for recall in of_all.recalls)


@pytest.mark.parametrize("name", ["Slip", "Disc height"])
def test_measures_are_near_the_truth(results: AxialResults, name: str) -> None:
    """Within 1 mm, and within 10 %, for 95 % of the levels."""
    (measure,) = [item for item in results.measures if item.name == name]
    assert measure.near.share >= 0.95


def test_both_sides_are_compared_with_each_alone(results: AxialResults) -> None:
    """Whether both together are better is reported, not promised."""
    assert results.fusion is not None
    for difference in results.fusion.differences:
        value = difference.balanced_accuracy
        assert value.low <= value.estimate <= value.high


def test_a_study_takes_less_than_five_seconds(results: AxialResults) -> None:
    assert sum(stage.seconds for stage in results.seconds) < 5

"""One finding from both sides, from one, from none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seeing_models import BOTH, COMBINATION

from annotation.labels import DIAGNOSES
from axial.chain import Candidate
from axial.findings import Finding
from axial.fusion import FusionRules, SlipOdds, findings
from axial.interspaces import Interspace
from axial.result import SliceResult
from axial.sagittal import SagittalDisc

BODY = Candidate((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.0), 0.9)
SPACE = Interspace("L4-L5", "L4-L5", BODY, BODY, 0.8)
RULES = FusionRules(COMBINATION, COMBINATION, BOTH)
SURE = {"normal": (0.98, 0.01, 0.01), "bulge": (0.01, 0.98, 0.01), "herniation": (0.01, 0.01, 0.98)}


def shown(state: str, number: int = 1, level: str | None = "L4-L5") -> SliceResult:
    """A slice that shows this state."""
    shares = dict(zip(DIAGNOSES, SURE[state], strict=True))
    return SliceResult(f"axial {number}", "", level, verdict=state, probabilities=shares)


def seen(state: str, slip: float = 0.0) -> SagittalDisc:
    return SagittalDisc(["sagittal 2"], [SURE[state]], slip)


def finding(slices: list[SliceResult], disc: SagittalDisc | None, rules: FusionRules = RULES) -> Finding:
    (found,) = findings([SPACE], slices, None if disc is None else [disc], rules)
    return found


def test_both_sides_together_are_one_finding() -> None:
    found = finding([shown("bulge", 1), shown("bulge", 2)], seen("bulge"))
    assert (found.level, found.place, found.verdict, found.confidence) == ("L4-L5", "L4-L5", "bulge", 0.8)
    sagittal, axial = found.opinions
    assert (sagittal.side, sagittal.verdict, sagittal.pictures) == ("sagittal", "bulge", ("sagittal 2",))
    assert (axial.side, axial.verdict, axial.pictures) == ("axial", "bulge", ("axial 1", "axial 2"))
    assert not found.disagreement
    expected = BOTH.verdict([SURE["bulge"]] * 2, [SURE["bulge"]]).probabilities
    assert tuple(found.probabilities.values()) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("state", DIAGNOSES)
def test_one_side_alone_is_its_own_verdict(state: str) -> None:
    for found, side in ((finding([shown(state)], None), "axial"), (finding([], seen(state)), "sagittal")):
        (said,) = found.opinions
        assert (said.side, said.verdict, found.verdict) == (side, state, state)
        assert found.probabilities == said.probabilities
        assert not found.disagreement


def test_no_side_is_no_verdict() -> None:
    found = finding([], None)
    assert (found.verdict, found.probabilities, found.opinions) == (None, {}, ())
    assert (found.disagreement, found.slip_probability) == (False, None)


@given(axial=st.sampled_from(DIAGNOSES), sagittal=st.sampled_from(DIAGNOSES))
def test_sides_disagree_where_their_verdicts_differ(axial: str, sagittal: str) -> None:
    found = finding([shown(axial)], seen(sagittal))
    assert found.disagreement == (axial != sagittal)
    assert {said.side: said.verdict for said in found.opinions} == {"axial": axial, "sagittal": sagittal}
    assert found.verdict in DIAGNOSES
    assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-3)


def test_a_detector_that_saw_no_state_leaves_the_axial_side_alone() -> None:
    found = finding([shown("normal")], SagittalDisc(slip=0.9))
    assert [said.side for said in found.opinions] == ["axial"]
    assert found.slip_probability == pytest.approx(0.9)


def test_without_rules_of_the_sagittal_side_it_is_not_asked() -> None:
    found = finding([shown("normal")], seen("herniation"), FusionRules(COMBINATION))
    assert [said.side for said in found.opinions] == ["axial"]
    assert found.verdict == "normal"


def test_without_rules_of_both_the_axial_side_counts() -> None:
    found = finding([shown("normal")], seen("herniation"), FusionRules(COMBINATION, COMBINATION))
    assert (found.verdict, found.disagreement) == ("normal", True)


def test_slices_of_other_levels_and_without_a_verdict_say_nothing() -> None:
    unjudged = SliceResult("axial 9", "", "L4-L5")
    assert (
        finding([shown("bulge", level="L5-S1"), shown("bulge", level=None), unjudged], None).verdict is None
    )


def test_a_space_without_a_level_takes_no_slice() -> None:
    nameless = Interspace(None, "disc 2 from below", BODY, BODY, 0.0)
    (found,) = findings([nameless], [shown("bulge", level=None)], [seen("normal")], RULES)
    assert (found.level, found.place, found.verdict) == (None, "disc 2 from below", "normal")
    assert [said.side for said in found.opinions] == ["sagittal"]


def test_each_space_has_its_own_finding() -> None:
    other = Interspace("L5-S1", "L5-S1", BODY, BODY, 0.7)
    found = findings([other, SPACE], [shown("bulge")], [seen("normal"), seen("bulge")], RULES)
    assert [(item.place, item.verdict) for item in found] == [("L5-S1", "normal"), ("L4-L5", "bulge")]
    assert findings([], [shown("bulge")], None, RULES) == []


@given(
    scores=st.tuples(st.floats(0, 1), st.floats(0, 1)), slope=st.floats(0.1, 5), intercept=st.floats(-5, 5)
)
def test_a_better_score_is_a_likelier_slip(
    scores: tuple[float, float], slope: float, intercept: float
) -> None:
    odds = SlipOdds(slope, intercept)
    less, more = (odds.probability(score) for score in sorted(scores))
    assert 0 <= less <= more <= 1


@given(score=st.floats(0.001, 0.999))
def test_odds_that_were_not_fitted_leave_the_score_as_it_is(score: float) -> None:
    assert SlipOdds().probability(score) == pytest.approx(score)

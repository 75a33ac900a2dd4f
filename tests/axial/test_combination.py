"""From what the slices of a disc show to its verdict."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from seeing_models import COMBINATION

from axial.combination import fit_combination, severities
from axial.fusion import FusionRules
from axial.models import AxialRules

NORMAL, BULGE, HERNIATION = range(3)
Floats = NDArray[np.float64]


@st.composite
def discs(draw: st.DrawFn) -> Floats:
    """(n, 3) probabilities of the slices of one disc."""
    return generated(draw(st.integers(0, 10_000)), draw(st.sampled_from([0, 1, 2])))[0]


def generated(seed: int, state: int) -> tuple[Floats, int]:
    """A disc of one to seven slices, of which one or two in the middle show its state."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 8))
    strength = np.zeros((count, 3))
    strength[:, NORMAL] = 1.5
    shown = random.integers(count, size=2)
    strength[shown, NORMAL] = 0
    strength[shown, state] = 2.0
    shares = np.exp(strength + random.normal(0, 0.7, strength.shape))
    return shares / shares.sum(axis=1, keepdims=True), state


def population(seeds: range) -> tuple[list[list[Floats]], list[int]]:
    """Discs of which most are normal, each seen from one side."""
    made = [generated(seed, (0, 0, 0, 0, 1, 1, 2)[seed % 7]) for seed in seeds]
    return [[disc] for disc, _ in made], [state for _, state in made]


@given(disc=discs(), seed=st.integers(0, 100))
def test_the_order_of_slices_is_nothing(disc: Floats, seed: int) -> None:
    verdict = COMBINATION.verdict(disc)
    shuffled = COMBINATION.verdict(np.random.default_rng(seed).permutation(disc))
    assert shuffled.label == verdict.label
    assert shuffled.probabilities == pytest.approx(verdict.probabilities)


@given(disc=discs())
def test_a_slice_seen_twice_says_no_more_than_once(disc: Floats) -> None:
    assert COMBINATION.verdict(np.concatenate([disc, disc])) == COMBINATION.verdict(disc)


@given(disc=discs())
def test_probabilities_add_up_to_one(disc: Floats) -> None:
    shares = COMBINATION.verdict(disc).probabilities
    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= 0


@given(normal_slices=st.integers(0, 12))
def test_one_sure_herniation_makes_the_disc_herniated(normal_slices: int) -> None:
    slices = [[0.98, 0.01, 0.01]] * normal_slices + [[0.01, 0.01, 0.98]]
    assert COMBINATION.verdict(slices).label == HERNIATION


def test_worked_severities() -> None:
    # At least a bulge: 0.3 and 0.6; a herniation: 0.2 and 0.1.
    assert severities([[0.7, 0.1, 0.2], [0.4, 0.5, 0.1]]) == pytest.approx([0.6, 0.2])


@pytest.mark.parametrize("sure", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
def test_certainty_stays_finite(sure: list[float]) -> None:
    verdict = COMBINATION.verdict([sure])
    assert verdict.label == int(np.argmax(sure))
    assert np.isfinite(verdict.probabilities).all()


def test_fitted_it_is_right_more_often_than_the_mean_of_the_slices() -> None:
    combination = fit_combination(*population(range(700)))
    unseen, states = population(range(700, 1400))
    fitted = np.array([combination.verdict(disc).label for (disc,) in unseen])
    mean = np.array([int(disc.mean(axis=0).argmax()) for (disc,) in unseen])

    def mean_recall(said: NDArray[np.int_]) -> float:
        return float(np.mean([np.mean(said[np.array(states) == state] == state) for state in range(3)]))

    assert mean_recall(fitted) > mean_recall(mean) + 0.15
    assert mean_recall(fitted) > 0.8


def test_fitted_probabilities_are_those_of_the_population() -> None:
    combination = fit_combination(*population(range(1400)))
    unseen, states = population(range(1400, 2800))
    said = np.mean([combination.verdict(disc).probabilities for (disc,) in unseen], axis=0)
    assert said == pytest.approx(np.bincount(states) / len(states), abs=0.04)


def test_a_class_without_a_disc_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="no disc of one of the classes"):
        fit_combination([[[[0.8, 0.1, 0.1]]], [[[0.1, 0.8, 0.1]]]], [NORMAL, BULGE])


def test_rules_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    from pydantic import TypeAdapter

    rules = AxialRules(FusionRules(fit_combination(*population(range(70)))))
    rules.write(tmp_path)
    assert TypeAdapter(AxialRules).validate_json((tmp_path / "axial.json").read_bytes()) == rules

"""Training the sagittal side: who is held out, what was annotated, and how both sides are combined."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from axial_sets import small_axial_protocol
from numpy.typing import NDArray
from scenery_studies import CENTRES, LEVELS, SLIPPED, write_study_cohort
from seeing_models import COMBINATION, seeing_models

from annotation.labels import DIAGNOSES, SLIP
from axial.fusion import FusionRules, SlipOdds
from axial.sagittal import SagittalDisc
from benchmarks.axial import sagittal_training
from benchmarks.axial.protocol import read_axial_protocol
from benchmarks.axial.sagittal_training import (
    DiscKey,
    annotated_spaces,
    epochs_of_sagittal,
    fit_fusion,
    train_sagittal,
)
from benchmarks.axial.trial import StudySource
from data.cohort import Cohort
from data.cohort_studies import CohortStudy
from detectors.model_folder import ModelCard
from detectors.runtime import load

SURE = {state: tuple(0.9 if other == state else 0.05 for other in DIAGNOSES) for state in DIAGNOSES}
RULES = FusionRules(COMBINATION)
Whole = tuple[Cohort, tuple[CohortStudy, ...]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = write_study_cohort(tmp_path_factory.mktemp("sagittal-training") / "cohort", 4)
    return StudySource(folder, "axial").read()


def state_of(study: int, level: str) -> str:
    """As ``write_study_cohort`` draws it."""
    return DIAGNOSES[(study + LEVELS.index(level)) % 3] if level in LEVELS else "normal"


def without(study: CohortStudy, keep: Callable[[str], bool]) -> CohortStudy:
    """A study whose sagittal pictures have the boxes of these labels alone."""
    sagittal = tuple(
        replace(
            item, image=replace(item.image, boxes=tuple(box for box in item.image.boxes if keep(box.label)))
        )
        for item in study.sagittal
    )
    return replace(study, sagittal=sagittal)


def test_spaces_have_the_state_and_the_slip_that_were_drawn(whole: Whole) -> None:
    spaces = annotated_spaces(whole[1][1])
    assert len(spaces) == len(CENTRES) - 1
    for item in spaces:
        assert item.space.level is not None and item.state is not None
        assert DIAGNOSES[item.state] == state_of(1, item.space.level)
        assert item.slipped == (item.space.level == SLIPPED)


def test_a_space_without_a_diagnosis_has_no_state(whole: Whole) -> None:
    spaces = annotated_spaces(without(whole[1][0], lambda label: label not in DIAGNOSES))
    assert {item.state for item in spaces} == {None}
    assert [item.space.level for item in spaces if item.slipped] == [SLIPPED]


def test_without_sagittal_pictures_or_vertebrae_there_is_no_space(whole: Whole) -> None:
    assert annotated_spaces(replace(whole[1][0], sagittal=())) == []
    assert annotated_spaces(without(whole[1][0], lambda label: label in DIAGNOSES)) == []


@pytest.mark.slow
def test_every_disc_is_told_by_a_detector_that_has_not_seen_its_patient(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the detectors of inner folds know is on their cards; in their places speaks one that sees."""
    cards: list[ModelCard] = []

    def load_seeing(path: Path, threads: int) -> object:
        cards.append(load(path, threads).card)
        return seeing_models().sagittal

    monkeypatch.setattr(sagittal_training, "load", load_seeing)
    stage = read_axial_protocol(str(small_axial_protocol(tmp_path / "small.yaml", whole=True))).sagittal
    assert stage is not None
    counted: list[int] = []
    said = train_sagittal(stage, *whole, 2, tmp_path, lambda epoch, loss: counted.append(epoch))
    assert counted == list(range(1, epochs_of_sagittal(stage, 2) + 1))
    assert [sum(card.trained_on(f"p{patient}") for patient in range(4)) for card in cards] == [2, 2]
    assert all(
        cards[0].trained_on(f"p{patient}") != cards[1].trained_on(f"p{patient}") for patient in range(4)
    )
    assert len(said) == 4 * (len(CENTRES) - 1)
    for (study, level), disc in said.items():
        expected = DIAGNOSES.index(state_of(int(study[-1]), level))
        assert [int(np.argmax(shares)) for shares in disc.probabilities] == [expected]
        assert (disc.slip > 0.5) == (level == SLIPPED)
    final = load(tmp_path / "sagittal").card
    assert final.classes == (*DIAGNOSES, SLIP)
    assert all(final.trained_on(f"p{patient}") for patient in range(4))


def seen(state: str, slip: float = 0.1) -> SagittalDisc:
    return SagittalDisc(["a"], [SURE[state]], slip)


def both_sides(
    studies: tuple[CohortStudy, ...],
) -> tuple[dict[DiscKey, NDArray[np.float64]], dict[DiscKey, int], dict[DiscKey, SagittalDisc]]:
    """What is right of each disc: the axial side's pictures and states, and the sagittal side."""
    axial, states, sagittal = {}, {}, {}
    for number, study in enumerate(studies):
        for item in annotated_spaces(study):
            key = (study.study, item.space.level or "")
            state = state_of(number, key[1])
            sagittal[key] = seen(state, 0.8 if item.slipped else 0.2)
            if key[1] in LEVELS:
                axial[key], states[key] = np.array([SURE[state]] * 3), DIAGNOSES.index(state)
    return axial, states, sagittal


def test_rules_of_each_side_and_of_both_are_fitted(whole: Whole) -> None:
    axial, states, sagittal = both_sides(whole[1])
    rules = fit_fusion(RULES, axial, states, sagittal, whole[1])
    assert rules.axial == RULES.axial
    assert rules.sagittal is not None and rules.both is not None
    for number, state in enumerate(DIAGNOSES):
        assert rules.sagittal.verdict([SURE[state]]).label == number
        assert rules.both.verdict([SURE[state]], [SURE[state]]).label == number
    # T11-T12 and T12-L1 have no axial slices: they are normal, and count for the sagittal side alone.
    assert rules.sagittal.frequencies[0] > rules.both.frequencies[0]
    assert rules.slip.probability(0.8) > 0.5 > rules.slip.probability(0.2)


def test_a_disc_is_as_severe_as_either_side_shows_it(whole: Whole) -> None:
    """At first no state is drawn on the sagittal pictures."""
    normal = tuple(without(study, lambda label: label not in DIAGNOSES) for study in whole[1])
    axial, states, sagittal = both_sides(whole[1])
    of_axial = fit_fusion(RULES, axial, states, sagittal, normal)
    assert of_axial.both is not None and of_axial.sagittal is not None
    counts = np.bincount(list(states.values())) / len(states)
    assert of_axial.both.frequencies == pytest.approx(tuple(counts))
    assert of_axial.sagittal.frequencies == pytest.approx(tuple(counts))
    # On the axial slices one disc is worse than on the sagittal pictures, and one is better.
    first, second = (next(key for key in states if states[key] == state) for state in (0, 2))
    worse = fit_fusion(RULES, axial, {**states, first: 2, second: 0}, sagittal, whole[1])
    assert worse.both is not None
    expected = counts + np.array([-1, 0, 1]) / len(states)
    assert worse.both.frequencies == pytest.approx(tuple(expected))


def test_discs_that_no_sagittal_picture_shows_do_not_count(whole: Whole) -> None:
    axial, states, sagittal = both_sides(whole[1])
    unseen = {key: SagittalDisc(slip=disc.slip) for key, disc in sagittal.items()}
    rules = fit_fusion(RULES, axial, states, unseen, whole[1])
    assert (rules.sagittal, rules.both) == (None, None)
    assert rules.slip != SlipOdds()


def test_without_any_slip_its_score_stays_as_it_is(whole: Whole) -> None:
    none = tuple(without(study, lambda label: label != SLIP) for study in whole[1])
    axial, states, sagittal = both_sides(whole[1])
    assert fit_fusion(RULES, axial, states, sagittal, none).slip == SlipOdds()


def test_a_state_that_no_disc_has_cannot_be_fitted(whole: Whole) -> None:
    axial, states, sagittal = both_sides(whole[1])
    chosen = {key for key, state in states.items() if DIAGNOSES[state] != "herniation"}
    with pytest.raises(ValueError, match="no disc of one of the classes"):
        fit_fusion(
            RULES,
            {key: axial[key] for key in chosen},
            {key: states[key] for key in chosen},
            {key: sagittal[key] for key in chosen},
            whole[1],
        )

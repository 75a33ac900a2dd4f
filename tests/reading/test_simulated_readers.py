"""Simulated readers, and the study that they and the AI read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reader_tables import LEVELS, at, reference, right

from annotation.labels import DIAGNOSES
from errors import BadInputError
from reading.analysis.matching import NOT_CALLED, match_readings
from reading.readings import AI, Readings, read_readings
from reading.reference import Reference, read_reference
from reading.simulation.simulated_readers import (
    FIRST_PAPER,
    ReaderSimulation,
    read_simulation,
    simulate_readings,
)
from reading.simulation.simulated_study import simulate_study


@pytest.fixture(scope="module")
def simulation() -> ReaderSimulation:
    return read_simulation()


@pytest.fixture(scope="module")
def many_discs() -> Reference:
    rng = np.random.default_rng(1)
    return reference(
        *(
            right(f"case {number}", at(level), DIAGNOSES[rng.integers(3)], bool(rng.random() < 0.3))
            for number in range(500)
            for level in LEVELS
        )
    )


def test_the_first_papers_design_is_marked_as_assumed(simulation: ReaderSimulation) -> None:
    assert simulation.assumed
    assert simulation.cases == 50
    assert simulation.published is not None
    means = [
        item.seconds.median * np.exp(np.log(item.seconds.spread) ** 2 / 2)
        for item in simulation.readers
        if item.seconds
    ]
    assert np.mean(means) == pytest.approx(
        simulation.published.ai_seconds * simulation.published.times_faster, abs=0.5
    )


def test_readers_err_and_take_as_long_as_assumed(simulation: ReaderSimulation, many_discs: Reference) -> None:
    said = simulate_readings(simulation, many_discs)
    matched = match_readings(Readings(Path("simulated"), tuple(said)), many_discs)
    for reader in simulation.readers:
        calls = matched.calls[matched.calls["reader"] == reader.name]
        called = calls[calls["call"] != NOT_CALLED]
        for truth, shares in reader.verdicts.items():
            found = called[called["truth"] == truth]["call"].value_counts(normalize=True)
            assert [found.get(name, 0) for name in DIAGNOSES] == pytest.approx(shares, abs=0.045)
        slipped = called[called["truth_slip"]]["slip_call"].mean()
        assert slipped == pytest.approx(reader.slip_sensitivity, abs=0.045)
        left_out = reader.not_called + reader.indeterminate
        assert (calls["call"] == NOT_CALLED).mean() == pytest.approx(left_out, abs=0.01)
        seconds = matched.reads[matched.reads["reader"] == reader.name]["seconds"]
        assert reader.seconds is not None
        assert seconds.median() == pytest.approx(reader.seconds.median, rel=0.05)


def test_readers_find_the_same_discs_hard(simulation: ReaderSimulation, many_discs: Reference) -> None:
    said = simulate_readings(simulation, many_discs)
    matched = match_readings(Readings(Path("simulated"), tuple(said)), many_discs)
    wrong = (matched.calls["truth"] != matched.calls["call"]).to_numpy().reshape(len(simulation.readers), -1)
    assert (np.corrcoef(wrong)[np.triu_indices(3, 1)] > 0.1).all()


def test_the_same_seed_gives_the_same_readings(simulation: ReaderSimulation, many_discs: Reference) -> None:
    few = many_discs.of_cases(["case 1", "case 2"])
    assert simulate_readings(simulation, few) == simulate_readings(simulation, few)
    other = replace(simulation, seed=5)
    assert simulate_readings(other, few) != simulate_readings(simulation, few)


def test_a_reader_who_calls_nothing_has_read_every_case(
    simulation: ReaderSimulation, many_discs: Reference
) -> None:
    idle = replace(simulation.readers[0], not_called=1.0)
    few = many_discs.of_cases(["case 1", "case 2"])
    said = simulate_readings(replace(simulation, readers=(idle,)), few)
    assert [(disc.case, disc.place, disc.verdict) for disc in said] == [
        ("case 1", None, None),
        ("case 2", None, None),
    ]


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("assumed: true", "assumed: false", "simulated readers are assumed"),
        ("normal: [0.93, 0.06, 0.01]", "normal: [0.93, 0.06, 0.02]", "do not add up to 1"),
        ("normal: [0.93, 0.06, 0.01]", "normal: [0.93, 0.07]", "do not add up to 1"),
        ("slip_sensitivity: 0.85", "slip_sensitivity: 1.85", "a share is not from 0 to 1"),
        ("shared_by_case: 0.2", "shared_by_case: 0.8", "a share is not from 0 to 1"),
        ("cases: 50", "cases: 0", "no cases or no readers"),
        ("cases: 50", "cases: fifty", "give a whole number"),
        ("surgeon, 8 years", "surgeon, 4 years", "two readers of the same name"),
        ("simulated surgeon, 8", "surgeon, 8", "does not begin with 'simulated'"),
        ("spread: 1.3}", "spread: 0.3}", "a spread of 1 or more"),
        ("present: [", "there: [", "correct the names"),
    ],
)
def test_a_simulation_that_makes_no_sense_is_one_sentence(
    written: str, instead: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "simulation.yaml"
    path.write_text(FIRST_PAPER.read_text().replace(written, instead))
    with pytest.raises(BadInputError, match=rf"^[^\n]*simulation\.yaml: [^\n]*{said}[^\n]*$"):
        read_simulation(path)


def test_a_study_is_read_by_the_simulated_readers_and_really_by_the_ai(
    simulation: ReaderSimulation, phantom_studies: Path, tmp_path: Path
) -> None:
    done: list[int] = []
    study = simulate_study(replace(simulation, cases=1), tmp_path, phantom_studies, progress=done.append)
    assert done == [1]
    readings, reference_read = read_readings(study.readings), read_reference(study.reference)
    assert {disc.reader for disc in readings.discs} == {AI, *(item.name for item in simulation.readers)}
    calls = match_readings(readings, reference_read).calls
    assert calls.groupby("reader").size().eq(len(reference_read.discs)).all()
    ai = [disc for disc in readings.discs if disc.reader == AI]
    assert any(disc.verdict for disc in ai)
    assert all(disc.seconds and disc.seconds > 0 for disc in ai)
    experts = read_readings(study.experts)
    assert {disc.arm for disc in experts.discs} == {"before consensus"}


def test_too_few_studies_are_one_sentence(
    simulation: ReaderSimulation, phantom_studies: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match="1 phantom studies, 50 are needed"):
        simulate_study(simulation, tmp_path, phantom_studies)

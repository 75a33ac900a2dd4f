"""The orders in which readers read: complete, seeded, balanced, training first."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reading.study.design import EXPERT, WITH_AI, WITHOUT_AI, Kind, StudyDesign
from reading.study.order import CaseToRead, PlannedReading, planned_readings

KINDS: tuple[Kind, ...] = ("standalone", "sequential", "crossover")
DESIGNS = st.builds(StudyDesign, kind=st.sampled_from(KINDS), seed=st.integers(0, 2**40))


def people(role: str, number: int) -> list[str]:
    return [f"{role} {index}" for index in range(1, number + 1)]


def cases(measured: int, training: int = 0, patients: int | None = None) -> list[CaseToRead]:
    """The measured ones are of so many patients, of one each where not given; of two strata."""
    found = [
        CaseToRead(
            f"case-{number:02d}",
            f"patient-{number % (patients or measured):02d}",
            stratum="herniation" if number % 3 == 0 else "normal",
        )
        for number in range(measured)
    ]
    return found + [CaseToRead(f"training-{number}", f"trained {number}", True) for number in range(training)]


def plan(
    design: StudyDesign, readers: int, to_read: list[CaseToRead], experts: int = 0
) -> tuple[PlannedReading, ...]:
    return planned_readings(design, "a study", people("reader", readers), people("expert", experts), to_read)


def of(planned: tuple[PlannedReading, ...], reader: str, period: int | None = None) -> list[PlannedReading]:
    found = [item for item in planned if item.reader == reader and period in (None, item.period)]
    return sorted(found, key=lambda item: (item.period, item.position))


@given(DESIGNS, st.integers(1, 7), st.integers(2, 13), st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_everyone_reads_every_case_once_in_every_arm(
    design: StudyDesign, readers: int, measured: int, training: int, experts: int
) -> None:
    to_read = cases(measured, training)
    planned = plan(design, readers, to_read, experts)
    arms = {WITHOUT_AI} if design.kind == "standalone" else {WITHOUT_AI, WITH_AI}
    expected = {
        (reader, item.name, arm) for reader in people("reader", readers) for item in to_read for arm in arms
    }
    expected |= {
        (expert, item.name, EXPERT) for expert in people("expert", experts) for item in to_read[:measured]
    }
    read = Counter((item.reader, item.case, item.arm) for item in planned)
    assert set(read) == expected
    assert set(read.values()) == {1}
    for person in people("reader", readers) + people("expert", experts):
        for period in {item.period for item in of(planned, person)}:
            assert [item.position for item in of(planned, person, period)] == [
                *range(1, len(of(planned, person, period)) + 1)
            ]


@given(DESIGNS, st.permutations(range(6)), st.permutations(range(4)))
@settings(max_examples=30, deadline=None)
def test_the_same_seed_gives_the_same_orders_however_people_and_cases_are_listed(
    design: StudyDesign, shuffled_cases: list[int], shuffled_readers: list[int]
) -> None:
    to_read, readers = cases(6), people("reader", 4)
    again = planned_readings(
        design,
        "a study",
        [readers[number] for number in shuffled_readers],
        [],
        [to_read[number] for number in shuffled_cases],
    )
    assert set(again) == set(plan(design, 4, to_read))


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_another_study_and_another_reader_have_other_orders(kind: Kind) -> None:
    to_read, design = cases(12), StudyDesign(kind, seed=1)
    first = plan(design, 2, to_read)
    others = planned_readings(design, "another study", people("reader", 2), [], to_read)
    assert first != plan(replace(design, seed=2), 2, to_read)
    assert first != others
    one, two = ([(item.case, item.arm) for item in of(first, reader)] for reader in ("reader 1", "reader 2"))
    assert one != two


@given(DESIGNS, st.integers(1, 5), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_training_comes_first_and_without_the_ai_before_with_it(
    design: StudyDesign, readers: int, training: int
) -> None:
    planned = plan(design, readers, cases(5, training))
    for reader in people("reader", readers):
        read = of(planned, reader)
        trained = [item for item in read if item.case.startswith("training")]
        assert read[: len(trained)] == trained
        assert {item.period for item in trained} == {1}
        for case in {item.case for item in trained}:
            assert [item.arm for item in trained if item.case == case] == list(design.arms)


@given(st.integers(0, 2**32), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_in_a_sequential_study_the_ai_follows_at_once_on_the_same_case(seed: int, readers: int) -> None:
    planned = plan(StudyDesign("sequential", seed=seed), readers, cases(7, 2))
    for reader in people("reader", readers):
        read = of(planned, reader)
        for first, second in zip(read[::2], read[1::2], strict=True):
            assert (first.case, first.arm, second.arm) == (second.case, WITHOUT_AI, WITH_AI)


@given(
    st.integers(0, 2**32),
    st.integers(1, 4),
    st.integers(2, 12),
    st.sampled_from(["standalone", "sequential"]),
)
@settings(max_examples=40, deadline=None)
def test_of_two_readers_one_has_a_case_early_and_one_late(
    seed: int, pairs: int, measured: int, kind: Kind
) -> None:
    planned = plan(StudyDesign(kind, seed=seed), 2 * pairs, cases(measured))
    early = Counter(
        item.case for item in planned if item.arm == WITHOUT_AI and _place(item, planned) < measured // 2
    )
    # With an odd number of cases, one case of each pair of readers stands in the middle of one of them.
    assert all(pairs - (measured % 2) * pairs <= early[item.name] <= pairs for item in cases(measured))
    if measured % 2 == 0:
        assert {early[item.name] for item in cases(measured)} == {pairs}


def _place(reading: PlannedReading, planned: tuple[PlannedReading, ...]) -> int:
    """How many cases the reader reads in the same period before it."""
    before = [
        item
        for item in planned
        if (item.reader, item.period) == (reading.reader, reading.period) and item.position < reading.position
    ]
    return len({item.case for item in before} - {reading.case})


@given(st.integers(0, 2**32), st.integers(2, 8), st.integers(2, 13), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_a_crossover_reads_each_case_both_ways_in_two_periods(
    seed: int, readers: int, measured: int, training: int
) -> None:
    planned = plan(StudyDesign("crossover", seed=seed), readers, cases(measured, training))
    measured_readings = [item for item in planned if not item.case.startswith("training")]
    for reader in people("reader", readers):
        for period in (1, 2):
            here = [item for item in measured_readings if (item.reader, item.period) == (reader, period)]
            assert {item.case for item in here} == {item.name for item in cases(measured)}
            aided = sum(item.arm == WITH_AI for item in here)
            assert abs(2 * aided - measured) <= 1
    # As many readers begin a case without the AI as with it, up to one.
    for case in cases(measured):
        first = [item.arm for item in measured_readings if (item.case, item.period) == (case.name, 1)]
        assert abs(2 * first.count(WITH_AI) - readers) <= 1


@given(st.integers(0, 2**32), st.integers(1, 3), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_four_readers_of_a_crossover_have_each_case_early_and_late_in_either_arm(
    seed: int, fours: int, quarter: int
) -> None:
    measured = 4 * quarter
    alike = [replace(case, stratum="") for case in cases(measured)]
    planned = plan(StudyDesign("crossover", seed=seed), 4 * fours, alike)
    early = Counter((item.case, item.arm, item.period) for item in planned if item.position <= measured // 2)
    assert set(early.values()) == {fours}
    assert len(early) == 4 * measured
    for reader in people("reader", 4 * fours):
        halves = [{item.case for item in of(planned, reader, period)[: measured // 2]} for period in (1, 2)]
        assert not halves[0] & halves[1]


@given(st.integers(0, 2**32), st.integers(2, 5), st.integers(5, 14))
@settings(max_examples=40, deadline=None)
def test_a_patient_is_never_read_in_both_arms_of_one_period(seed: int, patients: int, measured: int) -> None:
    to_read = cases(measured, patients=patients)
    patient_of = {case.name: case.patient for case in to_read}
    for period in (1, 2):
        for reader in people("reader", 4):
            planned = of(plan(StudyDesign("crossover", seed=seed), 4, to_read), reader, period)
            arms = {(patient_of[item.case], item.arm) for item in planned}
            assert len(arms) == patients


def test_the_halves_of_a_crossover_are_alike_in_disease() -> None:
    to_read = cases(12)
    herniated = {case.name for case in to_read if case.stratum == "herniation"}
    for seed in range(10):
        planned = plan(StudyDesign("crossover", seed=seed), 1, to_read)
        aided = {item.case for item in of(planned, "reader 1", 1) if item.arm == WITH_AI}
        assert len(aided) == 6
        assert len(aided & herniated) == 2


def test_an_order_is_as_good_as_random() -> None:
    """Over many seeds each case stands at each place equally often, within what chance allows."""
    to_read, places = cases(4), Counter[tuple[str, int]]()
    for seed in range(400):
        places.update(
            (item.case, item.position)
            for item in of(plan(StudyDesign("standalone", seed=seed), 2, to_read), "reader 1")
        )
    assert min(places.values()) > 60
    assert max(places.values()) < 145

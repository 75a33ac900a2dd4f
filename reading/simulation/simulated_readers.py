"""Simulated readers: how they err and how long they take is assumed, in a YAML file that says so.

They show that an analysis runs, and say nothing of surgeons.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.stats import norm

from annotation.labels import DIAGNOSES
from benchmarks.typed import typed
from errors import BadInputError
from reading.readings import SCALE, SIMULATED, DiscReading
from reading.reference import Reference, ReferenceDisc
from reading.table import DiscPlace

FIRST_PAPER = Path(__file__).parents[1] / "protocols" / "first_paper.yaml"
Floats = NDArray[np.float64]
Shares = tuple[float, ...]
BEFORE_CONSENSUS = "before consensus"
_SLIP = ("absent", "present")
_READERS, _EXPERTS = 0, 1
"""Streams of random numbers."""


@dataclass(frozen=True)
class Seconds:
    """Log-normal time of a case: its median in seconds, and its geometric standard deviation."""

    median: float
    spread: float


@dataclass(frozen=True)
class SimulatedReader:
    """``verdicts``: of a disc that is really normal, a bulge or a herniation, the shares called each of the
    three. ``not_called``, ``indeterminate``: shares of discs left out, and looked at without a verdict."""

    name: str
    verdicts: dict[str, Shares]
    slip_sensitivity: float
    slip_specificity: float
    not_called: float = 0.0
    indeterminate: float = 0.0
    seconds: Seconds | None = None


@dataclass(frozen=True)
class Published:
    """What is known of the paper's study; nothing is computed from it."""

    ai_accuracy: float
    ai_seconds: float
    times_faster: float


@dataclass(frozen=True)
class ReaderSimulation:
    """``shared_by_case`` and ``shared_by_disc``: how much of the difficulty of a disc (a standard normal
    variable) all discs of a case, and all readers of a disc, have in common; of a case's time the former.
    ``herniation_likelihood`` and ``slip_likelihood``: shares of the scale 1 to 5, by what is called."""

    assumed: bool
    title: str
    cases: int
    seed: int
    arm: str
    shared_by_case: float
    shared_by_disc: float
    herniation_likelihood: dict[str, Shares]
    slip_likelihood: dict[str, Shares]
    readers: tuple[SimulatedReader, ...]
    experts: tuple[SimulatedReader, ...] = ()
    published: Published | None = None


def read_simulation(path: Path = FIRST_PAPER) -> ReaderSimulation:
    """Raises BadInputError where the file is no simulation, or its shares are none."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        simulation: ReaderSimulation = typed(ReaderSimulation, content, "a simulation of readers")
        _check(simulation)
    except OSError:
        raise BadInputError(path, "cannot be read; give a YAML file that describes readers") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(path, f"not YAML: {' '.join(str(error).split())}") from None
    except ValueError as error:
        raise BadInputError(path, str(error)) from None
    return simulation


def simulate_readings(simulation: ReaderSimulation, reference: Reference) -> list[DiscReading]:
    """What the simulated readers say of the reference discs."""
    return _simulated(simulation, simulation.readers, simulation.arm, reference, _READERS)


def simulate_experts(simulation: ReaderSimulation, reference: Reference) -> list[DiscReading]:
    """What the simulated experts say before their consensus."""
    return _simulated(simulation, simulation.experts, BEFORE_CONSENSUS, reference, _EXPERTS)


def _simulated(
    simulation: ReaderSimulation,
    readers: Sequence[SimulatedReader],
    arm: str,
    reference: Reference,
    stream: int,
) -> list[DiscReading]:
    rng = np.random.default_rng([simulation.seed, stream])
    cases = reference.by_case()
    case_of = np.zeros(len(reference.discs), np.intp)
    for case, numbers in enumerate(cases.values()):
        case_of[numbers] = case
    hard, hard_slips = (_difficulties(simulation, rng, case_of, len(readers)) for _ in range(2))
    case_times = rng.standard_normal(len(cases))
    found: list[DiscReading] = []
    for place, reader in enumerate(readers):
        seconds = _seconds(reader.seconds, simulation.shared_by_case, case_times, rng)
        for numbers, took in zip(cases.values(), seconds, strict=True):
            first = reference.discs[numbers[0]]
            said = [
                _call(
                    simulation,
                    reader,
                    reference.discs[number],
                    hard[place, number],
                    hard_slips[place, number],
                    rng,
                )
                for number in numbers
            ]
            marked = [item for item in said if item]
            nothing = DiscReading(reader.name, arm, first.case, first.patient, None, None)
            found += [replace(item, arm=arm, seconds=took) for item in marked or [nothing]]
    return found


def _difficulties(
    simulation: ReaderSimulation, rng: np.random.Generator, case_of: NDArray[np.intp], readers: int
) -> Floats:
    """(readers, discs) how hard each disc is for each reader, uniform from 0 (easy) to 1."""
    of_case = rng.standard_normal(case_of.max(initial=0) + 1)[case_of]
    of_disc = rng.standard_normal(len(case_of))
    own = rng.standard_normal((readers, len(case_of)))
    by_case, by_disc = simulation.shared_by_case, simulation.shared_by_disc
    together = by_case**0.5 * of_case + by_disc**0.5 * of_disc + (1 - by_case - by_disc) ** 0.5 * own
    return np.asarray(norm.cdf(together))


def _seconds(
    seconds: Seconds | None, shared: float, case_times: Floats, rng: np.random.Generator
) -> list[float | None]:
    """Of each case."""
    if seconds is None:
        return [None] * len(case_times)
    own = rng.standard_normal(len(case_times))
    deviations = shared**0.5 * case_times + (1 - shared) ** 0.5 * own
    return (seconds.median * seconds.spread**deviations).round(1).tolist()


def _call(
    simulation: ReaderSimulation,
    reader: SimulatedReader,
    disc: ReferenceDisc,
    hard: float,
    slip_hard: float,
    rng: np.random.Generator,
) -> DiscReading | None:
    """What a reader says of a disc; None where it is left out."""
    chance = rng.random()
    if chance < reader.not_called:
        return None
    verdict = _verdict(disc.verdict, reader.verdicts[disc.verdict], hard)
    slip_right = slip_hard < (reader.slip_sensitivity if disc.slip else reader.slip_specificity)
    slip = disc.slip if slip_right else not disc.slip
    herniation, slipped = (
        float(rng.choice(SCALE, p=shares))
        for shares in (simulation.herniation_likelihood[verdict], simulation.slip_likelihood[_SLIP[slip]])
    )
    unclear = chance < reader.not_called + reader.indeterminate
    return DiscReading(
        reader.name,
        "",
        disc.case,
        disc.patient,
        DiscPlace(disc.place.level) if disc.place.level else disc.place,
        None if unclear else verdict,
        slip,
        None if unclear else herniation,
        slipped,
        indeterminate=unclear,
    )


def _verdict(right: str, shares: Shares, hard: float) -> str:
    """The right verdict on easy discs, on harder ones its neighbours on the scale."""
    order = sorted(range(len(DIAGNOSES)), key=lambda number: abs(number - DIAGNOSES.index(right)))
    place = int(np.searchsorted(np.cumsum([shares[number] for number in order]), hard))
    return DIAGNOSES[order[min(place, len(order) - 1)]]


def _check(simulation: ReaderSimulation) -> None:
    if not simulation.assumed:
        raise ValueError("assumed is false; simulated readers are assumed: write true")
    _check_shares(simulation.herniation_likelihood, DIAGNOSES, len(SCALE))
    _check_shares(simulation.slip_likelihood, _SLIP, len(SCALE))
    parts = [simulation.shared_by_case, simulation.shared_by_disc]
    parts += [1 - sum(parts)]
    for reader in _all(simulation):
        _check_shares(reader.verdicts, DIAGNOSES, len(DIAGNOSES))
        parts += [reader.slip_sensitivity, reader.slip_specificity, reader.not_called, reader.indeterminate]
        if reader.seconds and not (reader.seconds.median > 0 and reader.seconds.spread >= 1):
            raise ValueError("seconds need a median above 0 and a spread of 1 or more; correct them")
    if not all(0 <= part <= 1 for part in parts):
        raise ValueError("a share is not from 0 to 1; correct sensitivities, specificities and shared parts")
    if simulation.cases < 1 or not simulation.readers:
        raise ValueError("no cases or no readers; name at least one of each")
    if not all(reader.name.startswith(SIMULATED) for reader in _all(simulation)):
        raise ValueError(f"a reader's name does not begin with {SIMULATED.strip()!r}; no one may be deceived")
    if len({reader.name for reader in _all(simulation)}) < len(_all(simulation)):
        raise ValueError("two readers of the same name; give each another")


def _all(simulation: ReaderSimulation) -> tuple[SimulatedReader, ...]:
    return (*simulation.readers, *simulation.experts)


def _check_shares(shares: dict[str, Shares], names: Sequence[str], parts: int) -> None:
    if set(shares) != set(names):
        raise ValueError(f"shares are given for {', '.join(names)}; correct the names")
    for row in shares.values():
        if len(row) != parts or min(row) < 0 or abs(sum(row) - 1) > 1e-6:
            raise ValueError(f"shares of {parts} that do not add up to 1; correct them")

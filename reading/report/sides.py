"""Who reads in a comparison, in one order, one name and one look for all of its tables and plots."""

from dataclasses import dataclass

from benchmarks.plots import COLOURS
from reading.analysis.comparison import Comparison
from reading.readings import AI, SIMULATED

_AI_LOOK, _LOOKS = (
    (COLOURS[1], "D"),
    [
        (colour, marker)
        for colour, marker in zip((COLOURS[0], *COLOURS[2:]), ("o", "s", "^", "v", "P", "X"), strict=True)
    ],
)


@dataclass(frozen=True)
class Side:
    """A reader in an arm. ``name``: without the arm where all people read in one."""

    reader: str
    arm: str
    name: str
    colour: str
    marker: str


def sides(comparison: Comparison) -> tuple[Side, ...]:
    """In the order of their first readings, the AI last."""
    table = comparison.readings[["reader", "arm"]]
    people = table[table["reader"] != AI].drop_duplicates()
    several = people["arm"].nunique() > 1
    found = [
        Side(reader, arm, f"{reader}, {arm}" if several else reader, *_LOOKS[number % len(_LOOKS)])
        for number, (reader, arm) in enumerate(people.itertuples(index=False))
    ]
    ai = table[table["reader"] == AI]
    return (*found, *(Side(AI, arm, AI, *_AI_LOOK) for arm in ai["arm"].unique()))


def simulated(comparison: Comparison) -> bool:
    """Whether any reader is simulated."""
    return any(reader.startswith(SIMULATED) for reader in comparison.readings["reader"])

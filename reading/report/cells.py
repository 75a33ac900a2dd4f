"""How a report writes numbers, intervals and p values; a dash for what there is not."""

from collections.abc import Mapping
from math import isnan
from typing import Any

NONE = "–"


def counted(number: int, what: str) -> str:
    """So many of them: "1 reader", "2 readers"."""
    return f"{number:,} {what}" + "s" * (number != 1)


def number(value: float | None, digits: int = 2) -> str:
    """With a true minus sign, and none before zero."""
    if value is None or isnan(value):
        return NONE
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def seconds(value: float | None) -> str:
    return number(value, 2 if value is not None and value < 10 else 1)


def percent(share: float | None) -> str:
    """Without the sign: of headings."""
    return number(None if share is None else 100 * share, 1)


def points(difference: float | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    shown = percent(difference)
    return f"+{shown}" if difference is not None and difference > 0 and shown not in (NONE, "0.0") else shown


def p_value(p: float | None) -> str:
    if p is None or isnan(p):
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def interval(row: Mapping[str, Any], low: str, high: str, share: bool = True, digits: int = 2) -> str:
    """The two ends as "62.3 to 86.8", in percent where they are shares; a dash where one is unknown."""
    ends = [percent(row[name]) if share else number(row[name], digits) for name in (low, high)]
    return NONE if NONE in ends else " to ".join(ends)

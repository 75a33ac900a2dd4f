"""The tables of a comparison as a report shows them: few columns, rounded, each part with the plan's mark."""

from collections.abc import Iterable, Mapping, Sequence
from math import nan
from typing import Any

import pandas as pd

from reading.analysis.analysis_plan import EXPLORATORY
from reading.analysis.comparison import Comparison
from reading.analysis.result_tables import records
from reading.report.blocks import Grid, Rows
from reading.report.cells import NONE, interval, number, p_value, percent, points, seconds
from reading.report.sides import sides

MEASURES = ("sensitivity", "specificity", "accuracy", "PPV", "NPV", "balanced accuracy", "Cohen's kappa")
CLASS_MEASURES = ("accuracy", "balanced accuracy", "Cohen's kappa")
_KAPPA = "Cohen's kappa"
_NOTHING = {"low": nan, "high": nan, "p": nan}
Record = Mapping[str, Any]


def mark_of(table: pd.DataFrame) -> str:
    """The plan's mark of a table's rows; exploratory as soon as one of them is."""
    marks = set(table["plan"])
    return EXPLORATORY if EXPLORATORY in marks else next(iter(marks), "")


def accuracy_grid(
    comparison: Comparison, table: pd.DataFrame, measures: Sequence[str], titles: Sequence[str] = ()
) -> Grid:
    """Measures of every reader, their intervals by patients below them; a part for each of the endpoints
    ``titles``, where there are some."""
    headings = ("Reader", *(name if name == _KAPPA else f"{name}, %" for name in measures))
    groups = []
    for title in titles or ("",):
        part = table[table["endpoint"] == title] if title else table
        cells = {(row["reader"], row["arm"], row["measure"]): _estimate(row) for row in records(part)}
        rows = [
            (side.name, *(cells.get((side.reader, side.arm, name), NONE) for name in measures))
            for side in sides(comparison)
        ]
        groups.append(Rows(tuple(rows), title, mark_of(part)))
    return Grid(headings, tuple(groups))


def intervals_grid(comparison: Comparison, endpoint: str, measures: Iterable[str]) -> Grid:
    """Counts and all intervals of some measures of one endpoint."""
    table, groups = comparison.accuracy, []
    for measure in measures:
        part = table[(table["endpoint"] == endpoint) & (table["measure"] == measure)]
        rows = [
            (
                _name(comparison, row),
                f"{row['correct']:.0f} of {row['total']:.0f}",
                percent(row["estimate"]),
                *(interval(row, f"{kind}_low", f"{kind}_high") for kind in ("cluster", "wilson", "exact")),
            )
            for row in records(part)
            if row["total"] == row["total"]
        ]
        groups.append(Rows(tuple(rows), f"{endpoint}: {measure}", mark_of(part)))
    return Grid(("Reader", "Right", "%", "By patients", "Wilson", "Clopper–Pearson"), tuple(groups))


def level_grid(comparison: Comparison, endpoint: str, measures: Iterable[str]) -> Grid | None:
    """Measures of one endpoint by level, from above; None without levels."""
    if "level" not in comparison.by_level:
        return None
    table, groups = comparison.by_level[comparison.by_level["endpoint"] == endpoint], []
    levels = sorted(table["level"].dropna().unique())
    for measure in measures:
        part = table[table["measure"] == measure]
        cells = {(row["reader"], row["arm"], row["level"]): _share(row) for row in records(part)}
        rows = [
            (side.name, *(cells.get((side.reader, side.arm, level), NONE) for level in levels))
            for side in sides(comparison)
        ]
        groups.append(Rows(tuple(rows), f"{endpoint}: {measure}, %", mark_of(part)))
    return Grid(("Reader", *levels), tuple(groups))


def published_grid(comparison: Comparison, endpoint: str) -> Grid:
    """Table 3 of the first paper."""
    part = comparison.published[comparison.published["endpoint"] == endpoint]
    names = ("sensitivity", "specificity", "accuracy", "seconds")
    rows = [
        (_name(comparison, row), *(number(row[name], 1) for name in names), p_value(row.get("p")))
        for row in records(part)
    ]
    headings = (
        "Reader",
        "sensitivity, %",
        "specificity, %",
        "accuracy, %",
        "mean s a case",
        "p against the AI",
    )
    return Grid(headings, (Rows(tuple(rows), endpoint, mark_of(part)),))


def tests_grid(tests: pd.DataFrame, by: str, estimate: str = "difference, points", digits: int = -1) -> Grid:
    """Tests in parts by the column ``by``; the column ``row`` names their lines. What is tested is headed
    ``estimate``, with so many ``digits``, or else in percentage points."""
    groups = []
    for title, part in tests.groupby(by, sort=False):
        rows = [
            (
                item["row"],
                points(item["estimate"]) if digits < 0 else number(item["estimate"], digits),
                interval(item, "low", "high", digits < 0, digits),
                p_value(item["p"]),
                p_value(item.get("holm_p")),
                item["note"],
            )
            for item in records(part)
        ]
        groups.append(Rows(tuple(rows), str(title), mark_of(part)))
    headings = ("", estimate, "95 % interval", "p", "p, Holm", "what to know")
    return without_empty(Grid(headings, tuple(groups), (5,)))


def measures_grid(tests: pd.DataFrame, measures: Sequence[str]) -> Grid:
    """Differences of several measures side by side, each with its interval and p after Holm: a part for each
    endpoint, the pre-specified first, a line for each ``row``."""
    groups = []
    for endpoint, part in tests.groupby("endpoint", sort=False):
        cells = {(row["row"], row["measure"]): row for row in records(part)}
        rows = []
        for name in dict.fromkeys(part["row"]):
            found = [cells.get((name, measure)) for measure in measures]
            pairs = [(_difference(row), p_value(row["holm_p"])) if row else (NONE, NONE) for row in found]
            rows.append((name, *(cell for pair in pairs for cell in pair)))
        groups.append(Rows(tuple(rows), str(endpoint), mark_of(part)))
    headings = [heading for measure in measures for heading in (f"{measure}, points", "p, Holm")]
    return without_empty(
        Grid(("", *headings), tuple(sorted(groups, key=lambda group: group.mark == EXPLORATORY)))
    )


def analyses_grid(tests: pd.DataFrame) -> Grid:
    """A difference over many readers: its interval with p below, by each analysis. Parts by the column
    ``part``, the pre-specified first; a line for each ``row``."""
    analyses, groups = [name for name in dict.fromkeys(tests["analysis"]) if name], []
    for title, part in tests.groupby("part", sort=False):
        rows = []
        for name, found in part.groupby("row", sort=False):
            cells = {row["analysis"]: row for row in records(found)}
            ends = [
                (interval(row, "low", "high"), row["p"])
                for row in (cells.get(item, _NOTHING) for item in analyses)
            ]
            shown = [NONE if p != p else f"{between}\np {p_value(p)}" for between, p in ends]
            rows.append((str(name), points(found["estimate"].max()), *shown))
        groups.append(Rows(tuple(rows), str(title), mark_of(part)))
    groups.sort(key=lambda group: group.mark == EXPLORATORY)
    return Grid(("", "difference, points", *analyses), tuple(groups))


def p_values_grid(tests: pd.DataFrame, by: str, rows: str, columns: str) -> Grid:
    """The p values of tests alone: a part for each value of ``by``, a line for each of ``rows``."""
    groups, headings = [], list(dict.fromkeys(tests[columns]))
    for title, part in tests.groupby(by, sort=False):
        cells = {(row[rows], row[columns]): p_value(row["p"]) for row in records(part)}
        names = dict.fromkeys(part[rows])
        lines = tuple((name, *(cells.get((name, column), NONE) for column in headings)) for name in names)
        groups.append(Rows(lines, str(title), mark_of(part)))
    return Grid(("p", *headings), tuple(groups))


def readings_grid(comparison: Comparison) -> Grid:
    """How much everybody read."""
    extra = {(row["reader"], row["arm"]): row for row in records(comparison.extra)}
    rows = [
        (
            row["reader"],
            row["arm"],
            *(
                f"{row[name]:,}"
                for name in ("cases", "cases_not_read", "discs", "not_called", "indeterminate")
            ),
            number(extra[row["reader"], row["arm"]]["per_image"]),
        )
        for row in records(comparison.readings)
    ]
    headings = (
        "Reader",
        "arm",
        "cases read",
        "not read",
        "discs",
        "no verdict",
        "indeterminate",
        "extra, an image",
    )
    return Grid(headings, (Rows(tuple(rows)),), (1,))


def areas_grid(comparison: Comparison) -> Grid:
    """AUCs with logit intervals, and the AI's difference from each reader."""
    differences = {
        (row["endpoint"], row["reader"], row["arm"]): row for row in records(comparison.roc_against_ai)
    }
    groups = []
    for endpoint, part in comparison.roc.groupby("endpoint", sort=False):
        rows = []
        for row in records(part):
            tested = differences.get((endpoint, row["reader"], row["arm"]), {})
            less = [
                number(tested.get("estimate")),
                interval(tested, "low", "high", False) if tested else NONE,
            ]
            notes = "; ".join(filter(None, (row["note"], tested.get("note", ""))))
            ends = interval(row, "logit_low", "logit_high", False) if "auc" in row else NONE
            rows.append(
                (_name(comparison, row), number(row.get("auc")), ends, *less, p_value(tested.get("p")), notes)
            )
        groups.append(Rows(tuple(rows), str(endpoint), mark_of(part)))
    headings = ("Reader", "AUC", "95 % interval", "AI less reader", "95 % interval", "p", "what to know")
    return without_empty(Grid(headings, tuple(groups), (6,)))


def times_grid(comparison: Comparison) -> Grid:
    table, rows = comparison.times, []
    for side in sides(comparison):
        for row in records(table):
            if (row.get("reader"), row.get("arm")) != (side.reader, side.arm):
                continue
            quartiles = f"{seconds(row['lower_quartile'])} to {seconds(row['upper_quartile'])}"
            figures = seconds(row["median"]), quartiles, seconds(row["geometric_mean"])
            rows.append((side.name, f"{row['reads']:,}", *figures))
    headings = ("Reader", "cases", "median, s", "quartiles, s", "geometric mean, s")
    return Grid(headings, (Rows(tuple(rows), "", mark_of(table)),))


def agreement_grid(table: pd.DataFrame) -> Grid:
    """Coefficients of every two readers and of all together, their intervals by patients below them."""
    names, groups = list(dict.fromkeys(table["coefficient"])), []
    for (arm, said), part in table.groupby(["arm", "said"], sort=False):
        cells = {(row["readers"], row["coefficient"]): _coefficient(row) for row in records(part)}
        rows = [
            (readers, *(cells.get((readers, name), NONE) for name in names))
            for readers in dict.fromkeys(part["readers"])
        ]
        groups.append(Rows(tuple(rows), f"{said}, {arm}", mark_of(part)))
    return Grid(("Readers", *names), tuple(groups))


def without_empty(grid: Grid) -> Grid:
    """The same without columns that have nothing but dashes."""
    every = [row for group in grid.groups for row in group.rows]
    kept = [
        number
        for number in range(len(grid.headings))
        if number == 0 or any(row[number] not in ("", NONE) for row in every)
    ]
    groups = tuple(
        Rows(tuple(tuple(row[number] for number in kept) for row in group.rows), group.title, group.mark)
        for group in grid.groups
    )
    texts = tuple(place for place, number in enumerate(kept) if number in grid.texts)
    return Grid(tuple(grid.headings[number] for number in kept), groups, texts)


def _name(comparison: Comparison, row: Record) -> str:
    return next(
        (side.name for side in sides(comparison) if (side.reader, side.arm) == (row["reader"], row["arm"])),
        "",
    )


def _estimate(row: Record) -> str:
    """The figure, and its interval by patients on a line below."""
    share = row["measure"] != _KAPPA
    value = percent(row["estimate"]) if share else number(row["estimate"])
    ends = interval(row, "cluster_low", "cluster_high", share)
    return value if ends == NONE else f"{value}\n{ends}"


def _coefficient(row: Record) -> str:
    ends = interval(row, "low", "high", share=False)
    return number(row["estimate"]) if ends == NONE else f"{number(row['estimate'])}\n{ends}"


def _difference(row: Record) -> str:
    """The difference, and its interval on a line below."""
    ends = interval(row, "low", "high")
    return points(row["estimate"]) if ends == NONE else f"{points(row['estimate'])}\n{ends}"


def _share(row: Record) -> str:
    """The figure, and its count on a line below."""
    if row["total"] != row["total"]:
        return NONE
    return f"{percent(row['estimate'])}\n{row['correct']:.0f} of {row['total']:.0f}"

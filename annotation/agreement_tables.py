"""Agreement as tables on the terminal."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isnan

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from annotation.agreement import (
    Agreement,
    Alpha,
    ClassAgreement,
    Comparison,
    PatientAgreement,
    Quartiles,
    Ratings,
)
from annotation.opinions import Readings
from stats.agreement import Coefficient
from stats.intervals import Interval

_MOST_PATIENTS = 10
_MOST_NAMES = 5


def print_agreement(agreement: Agreement, console: Console) -> None:
    """Every two readers: diagnoses, coefficients, boxes, patients; then alpha of all together."""
    images, patients = _count(agreement.images, "image"), _count(agreement.patients, "patient")
    console.print(
        f"{images} of {patients}; boxes of one structure overlap by IoU {agreement.iou:g} or more; "
        "intervals are 95 %, by patients and (asymptotic) by discs"
    )
    for comparison in agreement.comparisons:
        console.rule(escape(f"{comparison.first} and {comparison.second}"))
        console.print(_diagnoses(comparison))
        console.print(*_coefficients(comparison), sep="\n")
        console.print(_boxes(comparison))
        console.print(_patients(comparison.patients))
    if agreement.alphas:
        console.rule(escape(", ".join(agreement.readers)))
        console.print(_alphas(agreement.alphas))
    for reason in sorted(set(_undefined(agreement))):
        console.print(f"– is undefined: {reason}")


def print_left_out(readings: Readings, console: Console) -> None:
    """The images that only some of the readers annotated."""
    if not readings.some_only:
        return
    console.print(f"{_count(len(readings.some_only), 'image')} left out, annotated by some only:")
    by_readers = sorted(readings.some_only, key=lambda item: item.readers)
    for readers, group in groupby(by_readers, key=lambda item: item.readers):
        images = [item.image for item in group]
        more = f" and {len(images) - _MOST_NAMES} more (--json)" if len(images) > _MOST_NAMES else ""
        names = ", ".join(images[:_MOST_NAMES])
        console.print(f"  {escape(' and '.join(readers))}: {escape(names)}{more}", soft_wrap=True)


def _diagnoses(comparison: Comparison) -> Table:
    title = f"Discs: {comparison.first} (rows) and {comparison.second} (columns)"
    table = _table(escape(title), ("", *comparison.categories))
    for row, (name, counts) in enumerate(zip(comparison.categories, comparison.table, strict=True)):
        cells = [
            f"[bold]{count}[/bold]" if row == column else str(count) for column, count in enumerate(counts)
        ]
        table.add_row(name, *cells[:-1], "" if row == len(cells) - 1 else cells[-1])
    return table


def _coefficients(comparison: Comparison) -> Iterator[Table]:
    headings = ("", "discs", "agreement", "Cohen's kappa", "asymptotic", "Gwet's AC1", "asymptotic")
    matched = [(item.label, item.matched) for item in comparison.classes]
    drawn = [(item.label, item.drawn) for item in comparison.classes]
    for title, rows in (
        ("Discs that both drew", [("diagnosis", comparison.matched), *matched]),
        ('Discs that either drew, with "not drawn" as a category', [("diagnosis", comparison.drawn), *drawn]),
    ):
        table = _table(title, headings)
        for label, ratings in rows:
            if ratings is not None:
                table.add_row(escape(label), *_ratings(ratings))
        yield table


def _ratings(ratings: Ratings) -> tuple[str, ...]:
    coefficients = [(_estimate(one), _interval(one.asymptotic)) for one in (ratings.kappa, ratings.ac1)]
    return str(ratings.observed.items), _number(ratings.observed.estimate), *sum(coefficients, ())


def _boxes(comparison: Comparison) -> Table:
    only = (f"only {escape(comparison.first)}", f"only {escape(comparison.second)}")
    headings = ("", "both", *only, "other diagnosis", "positive agreement", "IoU: median (quartiles)")
    table = _table("What was drawn", headings)
    for item in comparison.classes:
        table.add_row(escape(item.label), *_box_cells(item))
    return table


def _box_cells(item: ClassAgreement) -> tuple[str, ...]:
    otherwise = str(item.otherwise) if item.otherwise else ""
    counts = (str(item.both), str(item.only_first), str(item.only_second), otherwise)
    return *counts, _estimate(item.positive), _quartiles(item.iou)


def _patients(patients: Sequence[PatientAgreement]) -> Table:
    title = f"Patients, most disagreements first ({min(len(patients), _MOST_PATIENTS)} of {len(patients)})"
    headings = (
        "patient",
        "images",
        "discs of both",
        "same diagnosis",
        "discs of one",
        "slips of one",
        "IoU: median (quartiles)",
    )
    table = _table(title, headings)
    for item in patients[:_MOST_PATIENTS]:
        counts = (item.images, item.matched, item.same, item.only_first + item.only_second, item.slips_of_one)
        table.add_row(escape(item.patient), *map(str, counts), _quartiles(item.iou))
    return table


def _alphas(alphas: Sequence[Alpha]) -> Table:
    headings = ("", "discs", "of those who drew it", "discs", '"not drawn" as a category')
    table = _table("Krippendorff's alpha of all readers", headings)
    for item in alphas:
        cells = [text for one in (item.matched, item.drawn) for text in (str(one.items), _estimate(one))]
        table.add_row(escape(item.label), *cells)
    return table


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index else "left")
    return table


def _undefined(agreement: Agreement) -> Iterator[str]:
    """Why coefficients are undefined."""
    for comparison in agreement.comparisons:
        shown = [comparison.matched, comparison.drawn]
        for item in comparison.classes:
            shown += [ratings for ratings in (item.matched, item.drawn) if ratings is not None]
        for ratings in shown:
            yield from (one.undefined for one in (ratings.kappa, ratings.ac1) if one.undefined)
    for alpha in agreement.alphas:
        yield from (one.undefined for one in (alpha.matched, alpha.drawn) if one.undefined)


def _estimate(coefficient: Coefficient) -> str:
    interval = _interval(coefficient.by_cluster)
    return f"{_number(coefficient.estimate)} ({interval})" if interval else _number(coefficient.estimate)


def _interval(interval: Interval) -> str:
    return "" if isnan(interval.low) else f"{_number(interval.low)} to {_number(interval.high)}"


def _quartiles(quartiles: Quartiles) -> str:
    lower, median, upper = map(_number, (quartiles.lower, quartiles.median, quartiles.upper))
    return "–" if isnan(quartiles.median) else f"{median} ({lower} to {upper})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _number(value: float) -> str:
    return "–" if isnan(value) else f"{value:.2f}"

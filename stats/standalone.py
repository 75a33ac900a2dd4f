"""The readers' average against a standalone AI that rated the same cases."""

from collections.abc import Hashable
from math import inf, sqrt

import numpy as np
import pandas as pd

from stats.jackknife import Merit, Merits, crossed_reads, jackknifed_merits
from stats.mrmc import RANDOM, Analysis, Estimate, claim, difference_row, mean_row, readers_mean
from stats.results import TestRow, tests_table
from stats.roc import NO_VARIANCE


def compare_standalone(
    table: pd.DataFrame, ai: Hashable, merit: Merit = "auc", analysis: Analysis = RANDOM
) -> pd.DataFrame:
    """The test that a standalone AI has the readers' mean merit, as a ``tests_table``.

    ``table`` has a row for each read, of the readers and of the AI: ``reader`` (``ai`` names the AI),
    ``case``, ``truth`` (1 diseased), ``rating`` (for sensitivity and specificity the call, 0 or 1), and
    ``patient`` where patients have several cases (discs). The rows: the difference, AI less readers, with
    its t test (z for fixed readers); the AI's merit; the readers' mean merit.

    The AI is fixed, the readers are a sample. Let psi_j = theta_AI - theta_j for the r readers, and Cov2 the
    mean covariance of two readers' psi over the sampling of cases; through it the AI's own error, which
    all psi share, enters::

        t = mean psi / sqrt(MS(R) / r + max(Cov2, 0)),   df = (r - 1) ((MS(R) + r max(Cov2, 0)) / MS(R))²

    with MS(R) the psi's variance between readers: Obuchowski and Rockette's model of a single treatment, its
    merit replaced by the difference. Fixed readers or fixed cases: as ``stats.mrmc.readers_mean``.

    Of 4,000 simulated studies without a difference (50 patients × 5 discs, 40 % diseased, patients differ
    strongly; sensitivity) it rejects 4.8 % at the level of 5 % with six readers, but 7.2 % with three.

    ValueError: no such AI among the readers, one reader where they are random, reads that are missing or
    double, what ``jackknifed_merits`` refuses, differences without any variance.

    Sources: Hillis, Stat Med 2007; 26: 596-619, section 5.3; the differences as merits: Chakraborty, Observer
    Performance Methods for Diagnostic Imaging, 2017, chapter 22 ("1T-RRRC" of the R package RJafroc).

    >>> calls = {"AI": "111101", "Ann": "110100", "Bo": "011000", "Cy": "100011"}
    >>> reads = [(reader, case, int(case < 4), int(call))
    ...          for reader, row in calls.items() for case, call in enumerate(row)]
    >>> table = pd.DataFrame(reads, columns=["reader", "case", "truth", "rating"])
    >>> found = compare_standalone(table, "AI", "sensitivity")
    >>> found[["estimate", "statistic", "df", "p"]].head(1).round(3).to_numpy().tolist()
    [[0.5, 3.464, 2.0, 0.074]]
    """
    if "reader" in table and not (table["reader"] == ai).any():
        raise ValueError(f"there are no reads of {ai}; the table needs the AI's reads among the readers'")
    reads = crossed_reads(table.assign(treatment=""))
    return compare_with_readers(jackknifed_merits(reads, merit), reads.readers.index(ai), analysis)


def compare_with_readers(merits: Merits, ai: int, analysis: Analysis = RANDOM) -> pd.DataFrame:
    """What ``compare_standalone`` says, from merits of one treatment that are there already; ``ai`` is the
    AI's place among the readers."""
    test = standalone_test(merits, ai, analysis)
    values, covariance = merits.values[0], merits.covariance[0, :, 0]
    people = np.delete(np.arange(len(values)), ai)
    alone = Estimate(float(values[ai]), sqrt(max(float(covariance[ai, ai]), 0.0)), inf)
    mean = readers_mean(values[people], covariance[np.ix_(people, people)], analysis)
    return tests_table([test, mean_row("AI", alone, ""), mean_row("mean of readers", mean, test.note)])


def standalone_test(merits: Merits, ai: int, analysis: Analysis = RANDOM) -> TestRow:
    """The first row of ``compare_standalone`` alone, for simulations."""
    values, covariance = merits.values[0], merits.covariance[0, :, 0]
    if len(values) < 2:
        raise ValueError("there are no readers beside the AI; at least one is needed")
    note = claim(len(values) - 1, analysis)
    # A row for each reader: the AI less that reader, as a linear map of all merits.
    contrast = np.delete(-np.eye(len(values)), ai, axis=0)
    contrast[:, ai] = 1
    difference = readers_mean(contrast @ values, contrast @ covariance @ contrast.T, analysis)
    if difference.error**2 < NO_VARIANCE:
        raise ValueError(
            "the AI's differences from the readers have no variance, over readers or over cases; a test "
            "needs differences that vary"
        )
    return difference_row(f"AI − mean of readers, {analysis}", difference, note)

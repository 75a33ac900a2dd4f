"""The plot of how many readers and cases a study needs."""

import io

import pandas as pd
from matplotlib import rc_context

from benchmarks.plots import COLOURS, INK, LINES, MARKERS, MUTED, PERCENT_LIMITS, STYLE, Plot
from stats.power import PairedStudy


def power_plot(table: pd.DataFrame, study: PairedStudy) -> bytes:
    """Power against cases as PNG, a line for each number of readers, with the simulation's 95 % intervals
    and a line at 80 %."""
    with rc_context(STYLE):
        plot = Plot("power", 6.4, 3.4)
        axes = plot.axes
        axes.axhline(80, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        groups = table.sort_values("cases").groupby("readers")
        apart = 0.01 * (table["cases"].max() - table["cases"].min())
        for index, (readers, rows) in enumerate(groups):
            errors = 100 * abs(rows[["low", "high"]].T.to_numpy() - rows["power"].to_numpy())
            axes.errorbar(
                rows["cases"] + apart * (index - (len(groups) - 1) / 2),
                100 * rows["power"],
                errors,
                label="1 reader (about\nthis one only)" if readers == 1 else f"{readers} readers",
                color=COLOURS[index % len(COLOURS)],
                linestyle=LINES[index % len(LINES)],
                marker=MARKERS[index % len(MARKERS)],
                markersize=5.5,
                markeredgecolor="white",
                markeredgewidth=0.8,
                elinewidth=1.1,
            )
        axes.set(ylim=PERCENT_LIMITS, yticks=(0, 20, 40, 60, 80, 100), xticks=sorted(set(table["cases"])))
        axes.set(xlabel=f"cases (patients, {study.discs} discs each)", ylabel="power, %")
        axes.set_title(endpoint_name(study), fontsize=10, loc="left", color=INK)
        axes.grid(axis="y")
        axes.legend(reverse=True, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        stream = io.BytesIO()
        plot.figure.savefig(stream, format="png", dpi=200, metadata={"Software": None})
    return stream.getvalue()


def endpoint_name(study: PairedStudy) -> str:
    """What the two sides reach, in words."""
    sides = "readers with the AI's help" if study.against == "arm" else "the AI alone"
    return f"{study.merit} {100 * study.first:g} % by readers, {100 * study.second:g} % by {sides}"

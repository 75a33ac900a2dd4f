"""The simulation: its readers are equally good, its discs as alike as it says, its tests the right ones."""

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from commands.simulate_null import app
from stats import null_simulation
from stats.chi_square import AS_PUBLISHED
from stats.clustered import OBUCHOWSKI, RAO_SCOTT
from stats.marginal_model import GEE_BIAS_REDUCED
from stats.null_simulation import SCENARIOS, NullDesign, draw_reads, simulate_null


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return simulate_null(repetitions=1500, gee_repetitions=4, seed=5)


def rate(table: pd.DataFrame, scenario: int, reads: str, test: str) -> float:
    where = table[["clustering", "reads", "test"]].eq([SCENARIOS[scenario].name, reads, test]).all(axis=1)
    return float(table.loc[where, "rejected"].item())


@pytest.mark.parametrize("clustering", SCENARIOS, ids=lambda clustering: clustering.name)
def test_both_readers_are_right_on_the_share_of_the_design(clustering: object) -> None:
    reads = draw_reads(clustering, NullDesign(), 400, np.random.default_rng(2))  # type: ignore[arg-type]
    assert reads.mean(axis=(0, 2, 3)) == pytest.approx([0.85, 0.85], abs=0.01)


def test_discs_of_a_patient_are_alike_only_where_patients_differ() -> None:
    alike = []
    for clustering in SCENARIOS:
        reads = draw_reads(clustering, NullDesign(discs=2), 400, np.random.default_rng(2))[:, 0]
        alike.append(np.corrcoef(reads[..., 0].ravel(), reads[..., 1].ravel())[0, 1])
    assert alike[0] == pytest.approx(0, abs=0.02) and min(alike[1:]) > 0.2


def test_the_primary_test_keeps_its_level_in_every_scenario(table: pd.DataFrame) -> None:
    for scenario in range(3):
        assert 0.03 < rate(table, scenario, "same patients", OBUCHOWSKI) < 0.07


def test_the_published_chi_square_does_not_keep_its_level_where_patients_differ(table: pd.DataFrame) -> None:
    assert rate(table, 1, "same patients", AS_PUBLISHED) < 0.03
    assert rate(table, 2, "same patients", AS_PUBLISHED) > 0.08
    assert rate(table, 1, "different patients", AS_PUBLISHED) > 0.1
    assert rate(table, 1, "different patients", RAO_SCOTT) < 0.08


def test_every_rate_lies_in_its_interval_and_names_its_repetitions(table: pd.DataFrame) -> None:
    assert ((table["low"] <= table["rejected"]) & (table["rejected"] <= table["high"])).all()
    assert table.loc[table["test"] == GEE_BIAS_REDUCED, "repetitions"].tolist() == [4, 4, 4]
    assert set(table["repetitions"]) == {1500, 4}


def test_the_same_seed_gives_the_same_table() -> None:
    first, again, other = (simulate_null(100, seed, gee_repetitions=0) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_studies_too_small_to_test_reject_nothing() -> None:
    design = NullDesign(patients=2, discs=1, accuracy=0.99)
    tiny = simulate_null(20, seed=0, gee_repetitions=5, design=design)
    assert not tiny["rejected"].any()


def test_the_command_writes_the_table(tmp_path: Path) -> None:
    options = ["--repetitions", "40", "--gee-repetitions", "0", "--patients", "12"]
    for name in ("null.csv", "null.md"):
        done = CliRunner().invoke(app, [*options, "--out", str(tmp_path / "new" / name)])
        assert done.exit_code == 0, done.output
    written = pd.read_csv(tmp_path / "new/null.csv")
    lines = (tmp_path / "new/null.md").read_text().splitlines()
    assert len(written) == len(lines) - 2 and OBUCHOWSKI in lines[5] + lines[6] + lines[4]
    assert CliRunner().invoke(app, [*options, "--out", str(tmp_path / "null.txt")]).exit_code == 2


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(null_simulation).failed == 0

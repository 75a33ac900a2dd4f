"""A fifth system as docs/protocols.md adds one: a protocol, a label set, a view and a phantom variant."""

import sys
from pathlib import Path

import pytest

import cli
from benchmarks.results import read_results
from data.phantom.truth import read_truth
from data.phantom.variants import VARIANTS

EXAMPLE = Path(__file__).parents[2] / "docs/examples/thoracic"


@pytest.mark.slow
def test_a_thoracic_system_runs_from_its_files_to_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    from thoracic import THORACIC  # type: ignore[import-not-found]

    monkeypatch.setitem(VARIANTS, "thoracic", THORACIC)
    out = tmp_path / "out"
    words = ["benchmark", str(EXAMPLE / "thoracic.yaml"), "--quick", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["discern", *words])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    assert "displaced" in capsys.readouterr().out
    results = read_results(out / "results.json")
    assert (results.title, results.patients, results.images) == ("Thoracic discs", 4, 8)
    normal, displaced = results.detectors[0].classes
    assert (normal.name, displaced.name) == ("normal", "displaced")
    assert normal.ap50.estimate > 0.5
    truth = read_truth(next((out / "phantom/studies").glob("*/truth.json")))
    assert {"T8-T9", "T9-T10", "T10-T11"} <= {disc.level for disc in truth.slices[0].discs}

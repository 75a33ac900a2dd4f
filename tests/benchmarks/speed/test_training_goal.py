"""The frameworks' own loops, beside which our training is timed, train on our pictures. Nothing is timed."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.speed import training
from benchmarks.speed.goal import Setting
from benchmarks.speed.training import SUBJECTS, training_settings, write_pictures

YOLO, PADDLE, _ = SUBJECTS


def test_paddles_loop_tells_the_end_of_each_epoch(tmp_path: Path) -> None:
    small = replace(PADDLE, side=96, batch=2)
    images = write_pictures(tmp_path / "pictures", 2, small.side)
    ended: list[int] = []
    settings = replace(training_settings(small, threads=1), epochs=2)
    small.epochs(small.detector, images, settings, lambda: ended.append(1))
    assert len(ended) == 2


def test_ultralytics_loop_is_measured_beside_ours_and_reports_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(training, "SUBJECTS", (replace(YOLO, side=64, batch=2, pictures=2),))
    monkeypatch.setattr(training, "EPOCHS", 2)
    monkeypatch.setattr(Setting, "threads", 1)
    (found,) = training.measure(Setting(tmp_path / "goal", rounds=1))
    assert (found.name, found.goal, found.rounds) == ("training-yolov5n", "≤ 1.05 ×", 1)
    assert found.ours > 0 and found.other > 0
    assert not list((tmp_path / "here").iterdir())

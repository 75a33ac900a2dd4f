"""A benchmark's results: what tables and the report show, and its file ``results.json``."""

import json
import math
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from benchmarks.bootstrap import Interval
from benchmarks.precision import OperatingPoint
from benchmarks.published import PublishedResult
from errors import BadInputError
from imaging.new_folder import write_whole


@dataclass(frozen=True)
class ClassCount:
    """One class in the scored images: ``images`` and ``patients`` in which it is annotated, its boxes
    to find, and the patients that have one."""

    name: str
    images: int
    patients: int
    boxes: int
    patients_with: int


@dataclass(frozen=True)
class ClassResult:
    """One detector on one class, out of fold, seeds averaged. AP is a fraction, NaN without a box.

    ``resamples_without``: how many bootstrap resamples had no box of the class. ``operating``: per
    seed the point of the best F1, None where nothing was found. ``curve``: precision at COCO's 101
    recall points.
    """

    name: str
    ap50: Interval
    coco_ap: float
    resamples_without: int
    operating: tuple[OperatingPoint | None, ...]
    curve: tuple[float, ...]


@dataclass(frozen=True)
class DetectorResult:
    """One detector, pooled out of fold. ``note`` sets apart rows of one detector ("start weights
    untouched"); ``fold_mean`` ± ``fold_sd``: mAP50 of the folds, each averaged over its seeds.
    ``confusion``: annotated by detected classes at the operating points, background last, all seeds
    added up."""

    detector: str
    note: str
    seeds: tuple[int, ...]
    folds: int
    images: int
    patients: int
    epochs: int
    parameters: int
    model_bytes: int
    map50: Interval
    coco_map: float
    fold_mean: float
    fold_sd: float
    classes: tuple[ClassResult, ...]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def name(self) -> str:
        return f"{self.detector}, {self.note}" if self.note else self.detector


@dataclass(frozen=True)
class Difference:
    """``first`` minus ``second`` on the images that both were tested on, seeds averaged; ``ap50`` per
    class. ``seeds``: the fewer of the two."""

    first: str
    second: str
    seeds: int
    images: int
    map50: Interval
    ap50: tuple[Interval, ...]


@dataclass(frozen=True)
class TrialScore:
    """One trial on its fold's test images, or on all where it has no fold; ``ap50`` per class, fractions."""

    detector: str
    note: str
    fold: int | None
    seed: int
    images: int
    map50: float
    coco_map: float
    ap50: tuple[float, ...]


@dataclass(frozen=True)
class FailedTrial:
    """A trial without a result, and the last lines of its log."""

    detector: str
    note: str
    fold: int | None
    seed: int
    log_tail: str

    @property
    def place(self) -> str:
        """Which of the detector's trials it is."""
        return f"seed {self.seed}" if self.fold is None else f"fold {self.fold} seed {self.seed}"


@dataclass(frozen=True)
class TrialTiming:
    """What differs from run to run: training in seconds, prediction in milliseconds an image."""

    detector: str
    note: str
    fold: int | None
    seed: int
    train_seconds: float
    milliseconds_an_image: float


@dataclass(frozen=True)
class BenchmarkResults:
    """Everything that tables and the report show. Of two runs of one benchmark only ``timing`` differs.

    ``settings``: what was run, name and value, in the order to show it. ``published``: by detector, where
    the classes are those of the paper.
    """

    title: str
    images: int
    patients: int
    resamples: int
    settings: tuple[tuple[str, str], ...]
    classes: tuple[ClassCount, ...]
    detectors: tuple[DetectorResult, ...]
    differences: tuple[Difference, ...]
    trials: tuple[TrialScore, ...]
    failures: tuple[FailedTrial, ...]
    timing: tuple[TrialTiming, ...]
    published: dict[str, PublishedResult] = field(default_factory=dict)

    def timings_of(self, detector: DetectorResult) -> list[TrialTiming]:
        """Every trial's timing of one detector's row."""
        key = (detector.detector, detector.note)
        return [item for item in self.timing if (item.detector, item.note) == key]


def write_results(results: BenchmarkResults, path: Path) -> None:
    """Write ``results.json``; a number that is not defined is null."""
    text = json.dumps(without_nan(asdict(results)), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(path, text + "\n")


def read_results(path: Path) -> BenchmarkResults:
    """Read what ``write_results`` wrote. Raises BadInputError."""
    try:
        results = _read(BenchmarkResults, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadInputError(path, "no results here; run the benchmark first") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInputError(
            path, "not a benchmark's results; run the benchmark again to write them"
        ) from None
    assert isinstance(results, BenchmarkResults)
    return results


def without_nan(value: Any) -> Any:
    """The same value with null for every number that is not defined, as JSON takes it."""
    if isinstance(value, dict):
        return {name: without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _read(kind: Any, value: Any) -> Any:
    """A value of a type that stands in the dataclasses above, from JSON."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _read(hints[name], value[name]) for name in hints})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        inner, *rest = get_args(kind)
        kinds = [inner] * len(value) if rest == [...] else [inner, *rest]
        return tuple(_read(one, item) for one, item in zip(kinds, value, strict=True))
    if get_origin(kind) is dict:
        return {name: _read(get_args(kind)[1], item) for name, item in value.items()}
    if get_origin(kind) is UnionType:
        return None if value is None else _read(get_args(kind)[0], value)
    return math.nan if kind is float and value is None else kind(value)

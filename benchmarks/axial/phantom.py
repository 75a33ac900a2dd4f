"""The four stages on phantom studies against the phantom's own truth; take a seed of other patients than the
models were trained on."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from axial.models import AxialModels, open_models
from axial.pictures import pictures_of
from axial.reading import read_pictures
from benchmarks.axial.reference import reference_of_phantom
from benchmarks.axial.results import AxialResults, scored_discs, summarise
from benchmarks.axial.scoring import ReadStudy
from benchmarks.scoring import ScoredImage
from data.phantom.truth import TRUTH_FILE, StudyTruth, read_truth
from detectors.detections import Detections
from errors import BadInputError
from imaging.reading import read_studies
from imaging.study import SeriesKind
from models.runtimes import DEFAULT, RuntimeName


@dataclass(frozen=True)
class _Read:
    study: ReadStudy
    discs: list[ScoredImage]
    found: dict[str, Detections]


def evaluate_phantoms(
    models: Path,
    studies: Path,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda done, of: None,
    runtime: RuntimeName = DEFAULT,
) -> AxialResults:
    """Read every phantom study in a folder and score the stages. ``progress`` takes the studies done and
    their number. Raises BadInputError where there are none."""
    folders = sorted(path.parent for path in studies.glob(f"*/{TRUTH_FILE}"))
    if not folders:
        raise BadInputError(studies, "no phantom studies in it; give a folder that `discern phantom` made")
    opened = open_models(models, threads=1, runtime=runtime)
    read: list[_Read] = []
    with ProcessPoolExecutor(workers, get_context("spawn"), _open, (models, runtime)) as pool:
        for done, item in enumerate(pool.map(_read_study, folders, chunksize=4), start=1):
            read.append(item)
            progress(done, len(folders))
    return summarise(
        f"{len(folders)} phantom studies",
        [item.study for item in read],
        [disc for item in read for disc in item.discs],
        {name: found for item in read for name, found in item.found.items()},
        [
            *((item.stage, f"{item.network} ({item.digest})") for item in opened.identities),
            *(("computed by", runtime) for runtime in opened.runtimes),
        ],
    )


_MODELS: AxialModels | None = None
"""Of this process: opened once."""


def _open(models: Path, runtime: RuntimeName) -> None:
    global _MODELS
    _MODELS = open_models(models, threads=1, runtime=runtime)


def _read_study(folder: Path) -> _Read:
    assert _MODELS is not None, "the process opens its models first"
    truth = read_truth(folder / TRUTH_FILE)
    study, *others = read_studies(folder)
    pictures = pictures_of(study)
    known = {item.instance for item in truth.slices}
    if pictures.sagittal is None or others or pictures.sagittal.instance not in known:
        raise BadInputError(folder, "no phantom study with a sagittal T2 series; make it anew")
    result = read_pictures(folder.name, pictures, _MODELS)
    reference = reference_of_phantom(folder.name, truth, pictures.sagittal.instance)
    places = {item.instance: item.geometry for item in pictures.axial}
    return _Read(
        ReadStudy(result, reference, places),
        scored_discs(reference, _boxes(truth)),
        {item.instance: _MODELS.discs.predict(item.pixels) for item in pictures.axial},
    )


def _boxes(truth: StudyTruth) -> dict[str, list[tuple[float, float, float, float]]]:
    return {
        item.instance: [disc.edges for disc in item.discs]
        for item in truth.slices
        if item.kind is SeriesKind.AXIAL_T2
    }

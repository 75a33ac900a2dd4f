"""Where the abnormal vertebra is, by any trained detector of vertebrae."""

from collections.abc import Sequence
from pathlib import Path

from annotation.boxes import Edges, holds_centre
from axial.chain import Candidate, number_vertebrae
from axial.pictures import StudyPicture
from axial.vertebrae import find_vertebrae, is_vertebra, names_vertebrae
from detectors.runtime import Detector, load
from errors import BadInputError
from models.runtimes import DEFAULT, RuntimeName


def open_vertebra_detector(
    folder: Path, with_names: bool, threads: int = 1, runtime: RuntimeName = DEFAULT
) -> Detector:
    """Load a detector of vertebrae. ``with_names``: one by which they can be numbered.

    Raises BadInputError where it is none, or this machine has no such runtime.
    """
    detector = load(folder, threads, runtime)
    if not any(is_vertebra(name) for name in detector.card.classes):
        raise BadInputError(folder, "a model that knows no vertebra; train one on the view axial-vertebrae")
    if with_names and not names_vertebrae(detector.card.classes):
        raise BadInputError(
            folder, "a model that does not know S1, so that no level has a name; mark the vertebra by a box"
        )
    return detector


def vertebra_around(detector: Detector, picture: StudyPicture, edges: Edges) -> Edges | None:
    """Of the vertebrae that a detector finds on a picture the best one that holds a box's centre, in pixels;
    None where there is none."""
    return _best_around(find_vertebrae(detector, picture), edges)


def vertebra_called(
    detector: Detector, middle: StudyPicture, lesion: StudyPicture, level: str
) -> tuple[Edges, tuple[str, ...]]:
    """The vertebra of a name, such as L1, on the lesion slice, in its pixels; and the doubts about the names.

    The vertebrae are numbered on the mid-sagittal picture; the one of that name is looked for on the lesion
    slice where the first was found. Raises ValueError, with a sentence, where it is not found.
    """
    numbering = number_vertebrae(find_vertebrae(detector, middle))
    called = next((item.candidate for item in numbering.vertebrae if item.name == level), None)
    if called is None:
        found = [item.name for item in numbering.vertebrae if item.name and item.candidate]
        raise ValueError(
            f"no {level} was found on the mid-sagittal picture (found: {', '.join(found) or 'none'}); mark "
            "the vertebra by a box"
        )
    if lesion is middle:
        return called.edges, numbering.doubts
    ((x, y),) = lesion.geometry.to_pixels([called.centre]).tolist()
    edges = _best_around(find_vertebrae(detector, lesion), (x, y, x, y))
    if edges is None:
        raise ValueError(f"{level} was not found on the lesion slice; mark the vertebra by a box")
    return edges, numbering.doubts


def _best_around(candidates: Sequence[Candidate], edges: Edges) -> Edges | None:
    around = [item for item in candidates if holds_centre(item.edges, edges)]
    return max(around, key=lambda item: item.score).edges if around else None

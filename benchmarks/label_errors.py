"""Likely label errors: where a benchmark's detectors, none trained on the image, contradict its annotation.

After confident learning (Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset
Labels, JAIR 2021): labels are judged by out-of-sample predictions alone, and ranked by the margin between the
class that was given and the best other one. "Nothing there" is a class as the others are, so that one ranking
holds boxes of another class, boxes that are missing, and boxes that nobody detects.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from annotation.boxes import Box, pairwise_iou
from annotation.gallery import Card, Opinion
from annotation.labels import DIAGNOSES
from annotation.views import View
from annotation.voc_elements import EDGES
from benchmarks.out_of_fold import development, out_of_fold
from benchmarks.runner import BenchmarkFolder, Plan
from data.cohort import Cohort, CohortImage
from detectors.decoding.yolo import suppress
from detectors.detections import Detections
from imaging.new_folder import write_whole

ANNOTATION, DETECTORS = "annotation", "detectors"
"""Whose opinions a gallery shows."""

_SAME_PLACE_IOU = 0.5
_LEAST_SCORE = 0.05
"""What scores less is not taken for a box that is missing."""
_SPURIOUS = 0.01
"""The share of boxes expected where nothing is: what weighs against a detector that overlooks a box."""
_NOTHING = ""


@dataclass(frozen=True)
class LabelError:
    """One likely error. ``edges`` (xmin, ymin, xmax, ymax) in image pixels; ``given``: the label as
    annotated, "" where nothing is drawn; ``suggested``: a class of the benchmark's view, "" where nothing is
    detected; ``score`` from -1 (the annotation is right) to 1 (it is wrong)."""

    image: str
    edges: tuple[float, float, float, float]
    given: str
    suggested: str
    kind: Literal["other class", "not drawn", "not detected"]
    score: float


@dataclass(frozen=True)
class _Place:
    """A box of the view, its label "" where nothing is drawn, with the label as ``annotated`` and how much
    the detectors believe in each class that it could have, and in nothing ("")."""

    image: str
    box: Box
    annotated: str
    belief: dict[str, float]


def label_errors(plan: Plan, folder: BenchmarkFolder) -> list[LabelError]:
    """The likely errors of a finished benchmark's annotations by all its detectors and seeds.

    Raises BadInputError where the benchmark is not finished.
    """
    runs = [run for name in plan.protocol.detectors for run in out_of_fold(plan, folder, name)]
    return ranked_errors(development(plan).images, plan.view, runs)


def ranked_errors(
    images: Sequence[CohortImage], view: View, runs: Sequence[Mapping[str, Detections]]
) -> list[LabelError]:
    """Every annotated box, and every place where something was detected and nothing is drawn, the most likely
    errors first. ``runs``: detections by image name.

    That a box was not detected says little where detectors overlook many of its class: "nothing" is believed
    by the part s / (s + m) of what the detectors leave it, where m is the mean that they leave it on the
    class's boxes and s the share of boxes expected where nothing is (Bayes).
    """
    places = [place for image in images for place in _places(image, view, [run[image.name] for run in runs])]
    left = defaultdict(list)
    for place in places:
        left[place.box.label].append(place.belief[_NOTHING])
    trust = {label: _SPURIOUS / (_SPURIOUS + float(np.mean(values))) for label, values in left.items()}
    errors = [_judged(place, trust[place.box.label]) for place in places]
    return sorted(errors, key=lambda error: (-error.score, error.image, error.edges))


def _judged(place: _Place, trust: float) -> LabelError:
    """What is believed most apart from what is annotated, and by how much more."""
    belief = place.belief | {_NOTHING: place.belief[_NOTHING] * (trust if place.annotated else 1)}
    of_given = belief.pop(place.box.label)
    suggested = max(belief, key=lambda name: belief[name])
    return LabelError(
        place.image,
        place.box.edges,
        place.annotated,
        suggested,
        "not drawn" if not place.annotated else "other class" if suggested else "not detected",
        belief[suggested] - of_given,
    )


def _places(image: CohortImage, view: View, runs: Sequence[Detections]) -> Iterator[_Place]:
    """The places of an image at which all classes in question were annotated."""
    known = view.annotated(image.annotated)
    boxes = view.apply(image.boxes)
    for labels in _alternatives(view):
        if all(known[label] for label in labels):
            names = [view.names[label] for label in labels]
            found = [_only(run, labels) for run in runs]
            drawn = [box for box in boxes if box.label in names]
            both = [*drawn, *_not_drawn(drawn, found)]
            for box, belief in zip(both, _belief(both, found, len(names)), strict=True):
                of_names = dict(zip([*names, _NOTHING], belief.tolist(), strict=True))
                yield _Place(image.name, box, _as_annotated(box, image, view), of_names)


def _alternatives(view: View) -> list[list[int]]:
    """The view's classes as indices: together the diagnoses, of which a disc carries one at most, and each
    other class for itself."""
    diagnoses = [label for label, item in enumerate(view.classes) if set(item.merge) <= set(DIAGNOSES)]
    others = [[label] for label in range(len(view.classes)) if label not in diagnoses]
    return [diagnoses, *others] if diagnoses else others


def _only(found: Detections, labels: Sequence[int]) -> Detections:
    """The detections of these classes; a label becomes its place among them."""
    chosen = np.isin(found.labels, labels)
    return Detections(
        found.boxes[chosen], found.scores[chosen], np.searchsorted(labels, found.labels[chosen])
    )


def _belief(places: Sequence[Box], runs: Sequence[Detections], classes: int) -> NDArray[np.float64]:
    """(places, classes + 1) how much the runs together believe in each class at each place, and at last in
    nothing: the mean over runs of the best score there; nothing is what the best class leaves."""
    best = np.zeros((len(runs), len(places), classes))
    for run, found in enumerate(runs):
        overlap = pairwise_iou([box.edges for box in places], found.boxes)
        score = np.where(overlap >= _SAME_PLACE_IOU, found.scores, 0)
        for label in range(classes):
            best[run, :, label] = score[:, found.labels == label].max(axis=1, initial=0)
    mean = best.mean(axis=0)
    return np.hstack([mean, 1 - mean.max(axis=1, keepdims=True)])


def _not_drawn(drawn: Sequence[Box], runs: Sequence[Detections]) -> list[Box]:
    """What was detected at places where nothing is drawn, each place once, as boxes without a label."""
    boxes = np.concatenate([found.boxes for found in runs])
    scores = np.concatenate([found.scores for found in runs])
    likely = scores >= _LEAST_SCORE
    one_class = np.zeros(int(likely.sum()), np.int64)
    places = suppress(boxes[likely], scores[likely], one_class, _SAME_PLACE_IOU).boxes
    free = (pairwise_iou(places, [box.edges for box in drawn]) < _SAME_PLACE_IOU).all(axis=1)
    return [Box(_NOTHING, *edges) for edges in places[free].tolist()]


def _as_annotated(box: Box, image: CohortImage, view: View) -> str:
    """The label that a box of the view has in the annotation."""
    sources = {item.name: (*item.merge, *item.otherwise) for item in view.classes}.get(box.label, ())
    same = (other.label for other in image.boxes if other.edges == box.edges and other.label in sources)
    return next(same, _NOTHING)


def write_errors(path: Path, errors: Iterable[LabelError]) -> None:
    """Write a review queue as CSV, whole or not at all: an error's image, edges, and what is said of it."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("image", *EDGES, "given", "suggested", "kind", "score"))
    for error in errors:
        edges = (round(edge, 1) for edge in error.edges)
        table.writerow((error.image, *edges, error.given, error.suggested, error.kind, f"{error.score:.3f}"))
    write_whole(path, text.getvalue())


def error_cards(errors: Iterable[LabelError], cohort: Cohort) -> list[Card]:
    """The errors as cards of a gallery: what is annotated, what is detected."""
    images = {image.name: image for image in cohort.images}
    cards = []
    for error in errors:
        image, edges = images[error.image], error.edges
        opinions = (
            Opinion(ANNOTATION, error.given or "not drawn", edges if error.given else None),
            Opinion(DETECTORS, error.suggested or "nothing", edges if error.suggested else None),
        )
        sentence = f"The detectors believe it more than the annotation, by {error.score:.2f}."
        cards.append(Card(image.path, image.patient, error.kind, sentence, opinions))
    return cards

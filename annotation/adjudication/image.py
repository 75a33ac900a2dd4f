"""One image: what its readers' annotations and the senior's decision come to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotation.adjudication.consensus import Opinion, merge, opinions_of
from annotation.adjudication.decisions import Decision, decide, settled, unsettled
from annotation.adjudication.panel import Panel
from annotation.adjudication.provenance import ImageRecord, Source, State, box_records, digest, source_of
from annotation.checking.boxes import check_boxes
from annotation.voc import VocFile, new_voc, read_voc
from errors import BadInputError


@dataclass(frozen=True)
class Outcome:
    """What an image's annotations come to: a consensus or, for the senior, opinions (``shown``)."""

    record: ImageRecord
    consensus: VocFile | None = None
    shown: VocFile | None = None
    unresolved: tuple[str, ...] = ()


def outcome_of(panel: Panel, image: Path, previous: ImageRecord | None) -> Outcome:
    """What the annotations of an image by one or two readers come to; ``previous`` is what is known of a
    run before. Raises BadInputError for annotations that cannot be used."""
    paths = panel.readings(image)
    readings = tuple(source_of(name, path, panel.workplace.folder) for name, path in paths.items())
    drawn = {name: read_voc(path, label_set=panel.workplace.label_set) for name, path in paths.items()}
    case = _Case(panel, _empty(panel, image, list(drawn.values())), readings)
    if len(drawn) == 1:
        [(name, voc)] = drawn.items()
        return case.in_consensus("single", settled(opinions_of(name, voc.boxes), "single"))
    (first, one), (second, other) = drawn.items()
    opinions = merge(first, one.boxes, second, other.boxes, panel.iou)
    decision = panel.decision(image)
    if decision.exists():
        return _decided(case, decision, opinions, previous)
    disputed = tuple(item.box.label for item in opinions if not item.agreed)
    if disputed:
        return case.awaiting(opinions, disputed)
    return case.in_consensus("agreed", settled(opinions, "agreed"))


def _decided(case: "_Case", path: Path, opinions: Sequence[Opinion], previous: ImageRecord | None) -> Outcome:
    """What the senior's saved file comes to."""
    panel = case.panel
    shown = {source.annotator: source.sha256 for source in previous.readings} if previous else {}
    for reading in case.readings:
        if shown.get(reading.annotator, reading.sha256) != reading.sha256:
            raise BadInputError(
                path,
                f"the annotation of {reading.annotator} has changed since it was shown to {panel.senior};"
                " move this file elsewhere to decide anew",
            )
    voc = read_voc(path, label_set=panel.label_set)
    decision = source_of(panel.senior, path, panel.workplace.folder)
    unresolved = [box.label for box in voc.boxes if box.label not in panel.workplace.label_set]
    unresolved += [problem.message for problem in check_boxes(voc) if problem.severity == "error"]
    if unresolved:
        return case.awaiting(opinions, tuple(unresolved), decision)
    return case.in_consensus("adjudicated", decide(opinions, voc.boxes, panel.senior), decision)


@dataclass(frozen=True)
class _Case:
    """An image whose annotations have been read; ``empty`` is its consensus without boxes."""

    panel: Panel
    empty: VocFile
    readings: tuple[Source, ...]

    def in_consensus(
        self, state: State, decisions: Sequence[Decision], decision: Source | None = None
    ) -> Outcome:
        consensus = replace(self.empty, boxes=tuple(item.box for item in decisions if item.kept))
        return Outcome(self._record(state, decisions, decision, digest(consensus.to_bytes())), consensus)

    def awaiting(
        self, opinions: Sequence[Opinion], unresolved: tuple[str, ...], decision: Source | None = None
    ) -> Outcome:
        path = self.panel.opinions / self.empty.path.name
        # LabelImg draws the last on top and scrolls its list there.
        in_order = sorted(opinions, key=lambda item: (not item.agreed, item.box.ymin))
        shown = replace(self.empty, path=path, boxes=tuple(item.box for item in in_order))
        record = self._record("awaiting", unsettled(opinions), decision, None)
        return Outcome(record, shown=shown, unresolved=unresolved)

    def _record(
        self, state: State, decisions: Sequence[Decision], decision: Source | None, consensus: str | None
    ) -> ImageRecord:
        boxes = box_records(decisions, self.readings, decision)
        return ImageRecord(state, self.panel.iou, self.readings, decision, consensus, boxes)


def _empty(panel: Panel, image: Path, drawn: Sequence[VocFile]) -> VocFile:
    """The consensus of an image, without boxes. Raises BadInputError for readings of different sizes."""
    width, height = drawn[0].width, drawn[0].height
    for voc in drawn[1:]:
        if (voc.width, voc.height) != (width, height):
            raise BadInputError(
                voc.path,
                f"its size is {voc.width} x {voc.height}, in {drawn[0].path} {width} x {height};"
                " annotate it again on the picture as it is",
            )
    size = (width, height, min(voc.depth for voc in drawn))
    return new_voc(panel.consensus(image), Path(image.parent.name, image.name), size, ())

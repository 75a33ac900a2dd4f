"""All stages over one study: the four of the axial path, then both sides together and the measures."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from axial.chain import Numbering, number_vertebrae
from axial.discs import DiscRegion, find_disc
from axial.findings import Finding
from axial.fusion import findings
from axial.interspaces import Interspace, interspaces
from axial.levels import SliceLevel, level_of_slice
from axial.models import AxialModels
from axial.pictures import StudyPicture, StudyPictures
from axial.result import ActivationMap, SliceResult, StageRun, StudyResult, vertebra_results
from axial.sagittal import SagittalDisc, sagittal_discs
from axial.severity import measured_herniations, measured_spaces
from axial.vertebrae import find_vertebrae
from classifiers.runtime import Classification, Classifier
from imaging.coordinates import Pixel, Point
from imaging.geometry import intersection
from models.side_by_side import each

STAGES = ("vertebrae", "levels", "disc regions", "classification", "sagittal discs", "measures")
Outcome = TypeVar("Outcome")


@dataclass
class _Stages:
    """Runs stages one after the other and keeps what became of each."""

    began: Callable[[str], None] = lambda stage: None
    runs: list[StageRun] = field(default_factory=list)

    def run(self, reason: str, work: Callable[[], Outcome], otherwise: Outcome) -> Outcome:
        """The outcome of a stage, or ``otherwise`` where there is a reason not to run it."""
        name = STAGES[len(self.runs)]
        if reason:
            self.runs.append(StageRun(name, ran=False, reason=reason))
            return otherwise
        self.began(name)
        start = time.perf_counter()
        outcome = work()
        self.runs.append(StageRun(name, ran=True, seconds=round(time.perf_counter() - start, 4)))
        return outcome


def read_pictures(
    study: str,
    pictures: StudyPictures,
    models: AxialModels,
    with_levels: bool = True,
    began: Callable[[str], None] = lambda stage: None,
    activations: bool = False,
) -> StudyResult:
    """Read a study that results shall call ``study``.

    ``with_levels`` False finds problem areas alone: discs and their states, without names. A stage
    that cannot run says why, and those after it do what is possible without it. ``began`` is told each stage
    that begins. ``activations``: whether to keep the class activation map of each slice's verdict.
    """
    stages = _Stages(began)
    numbering, slices = _four_stages(pictures, models, with_levels, stages)
    if not activations:
        slices = [replace(item, activation=None) for item in slices]
    return StudyResult(
        study=study,
        sagittal=pictures.sagittal.name if pictures.sagittal else None,
        vertebrae=vertebra_results(numbering),
        doubts=numbering.doubts,
        slices=tuple(slices),
        findings=tuple(_findings(pictures, models, numbering, slices, stages)),
        stages=tuple(stages.runs),
        models=models.identities,
        warnings=pictures.warnings,
        sagittal_instance=pictures.sagittal.instance if pictures.sagittal else "",
        runtimes=models.runtimes,
    )


def _four_stages(
    pictures: StudyPictures, models: AxialModels, with_levels: bool, stages: _Stages
) -> tuple[Numbering, list[SliceResult]]:
    """The vertebrae of the sagittal picture, and what each axial one shows."""
    sagittal, axial = pictures.sagittal, pictures.axial
    numbering = stages.run(pictures.no_sagittal, lambda: _numbering(sagittal, models), Numbering())
    without = "" if with_levels else "levels were not asked for"
    if without:
        numbering = numbering.without_names()
    centres = numbering.centres
    levels = stages.run(
        without or pictures.no_axial or _no_levels(pictures, numbering),
        lambda: [_level(item, sagittal, centres, models) for item in axial],
        [SliceLevel(None, without or "the level is not known")] * len(axial),
    )
    middles = {space.level: space.middle for space in interspaces(numbering) if space.level}
    nothing: list[DiscRegion | None] = [None] * len(axial)
    regions = stages.run(
        pictures.no_axial,
        lambda: list(
            each(lambda item, level: _region(item, level, middles, models), models.at_once, axial, levels)
        ),
        nothing,
    )
    slices = stages.run(
        pictures.no_axial or ("" if any(regions) else "no disc was found on the axial slices"),
        lambda: list(
            each(
                lambda item, level, region: _classified(item, level, region, models, sagittal),
                models.at_once,
                axial,
                levels,
                regions,
            )
        ),
        [_unclassified(item, level, sagittal) for item, level in zip(axial, levels, strict=True)],
    )
    return numbering, slices


def _findings(
    pictures: StudyPictures,
    models: AxialModels,
    numbering: Numbering,
    slices: Sequence[SliceResult],
    stages: _Stages,
) -> list[Finding]:
    """Of each disc what both sides say, with its measures."""
    spaces = interspaces(numbering)
    no_spaces = pictures.no_sagittal or ("" if spaces else "fewer than two vertebrae were found")
    discs = stages.run(
        no_spaces or ("" if models.sagittal else "there is no model for it"),
        lambda: _sagittal_discs(models, pictures, spaces),
        None,
    )
    found = findings(spaces, slices, discs, models.rules.fusion)
    return stages.run(
        no_spaces or ("" if models.endplates or models.herniations else "there is no model for it"),
        lambda: _measured(models, pictures, spaces, slices, found),
        found,
    )


def _numbering(sagittal: StudyPicture | None, models: AxialModels) -> Numbering:
    assert sagittal is not None, "no_sagittal says that there is none"
    return number_vertebrae(find_vertebrae(models.vertebrae, sagittal), models.rules.chain)


def _no_levels(pictures: StudyPictures, numbering: Numbering) -> str:
    """Why no axial slice can get a level, if so."""
    if pictures.sagittal is None:
        return pictures.no_sagittal
    if len([point for point in numbering.centres.values() if point]) < 2:
        return "; ".join(numbering.doubts) or "fewer than two vertebrae are known"
    middle = pictures.sagittal.geometry
    if all(intersection(middle, item.geometry) is None for item in pictures.axial):
        return "no axial slice meets the sagittal one"
    return ""


def _level(
    picture: StudyPicture,
    sagittal: StudyPicture | None,
    centres: Mapping[str, Point | None],
    models: AxialModels,
) -> SliceLevel:
    assert sagittal is not None, "without it this stage does not run"
    if intersection(sagittal.geometry, picture.geometry) is None:
        return SliceLevel(None, "it does not meet the sagittal slice")
    return level_of_slice(picture.geometry, centres, models.rules.levels)


def _region(
    picture: StudyPicture, level: SliceLevel, middles: Mapping[str, Point], models: AxialModels
) -> DiscRegion | None:
    """The disc of a slice, near its level's middle; none where the slice is known to pass through none."""
    if level.level is None and level.offset is not None:
        return None
    return find_disc(models.discs, picture, middles.get(level.level or ""))


def _unclassified(picture: StudyPicture, level: SliceLevel, sagittal: StudyPicture | None) -> SliceResult:
    return SliceResult(
        picture.name,
        picture.instance,
        level.level,
        level.reason,
        _rounded(level.offset),
        reference=_reference(picture, sagittal),
    )


def _classified(
    picture: StudyPicture,
    level: SliceLevel,
    region: DiscRegion | None,
    models: AxialModels,
    sagittal: StudyPicture | None,
) -> SliceResult:
    result = _unclassified(picture, level, sagittal)
    if region is None:
        return replace(result, reason=level.reason or "no disc was found on it")
    found = replace(result, edges=region.edges, score=round(region.score, 4))
    classifier = models.classifier(level.level)
    if classifier is None:
        return replace(found, reason=f"no classifier for {level.level or 'an unknown level'}")
    known = level.level if level.level in classifier.card.categories else None
    said = classifier.classify([picture.pixels], region.edges, known)
    shares = dict(zip(classifier.card.classes, said.probabilities.round(4).tolist(), strict=True))
    return replace(
        found, verdict=said.verdict, probabilities=shares, activation=_activation(classifier, said)
    )


def _activation(classifier: Classifier, said: Classification) -> ActivationMap:
    """Of the verdict's class; three decimals are more than a colour can show."""
    of_verdict = said.activation[classifier.card.classes.index(said.verdict)]
    rows = tuple(tuple(row) for row in of_verdict.astype(float).round(3).tolist())
    xmin, ymin, xmax, ymax = (round(edge, 2) for edge in said.seen)
    return ActivationMap(rows, (xmin, ymin, xmax, ymax))


def _sagittal_discs(
    models: AxialModels, pictures: StudyPictures, spaces: Sequence[Interspace]
) -> list[SagittalDisc]:
    assert models.sagittal is not None, "without it this stage does not run"
    return sagittal_discs(models.sagittal, pictures.sagittal_series, spaces, models.at_once)


def _measured(
    models: AxialModels,
    pictures: StudyPictures,
    spaces: Sequence[Interspace],
    slices: Sequence[SliceResult],
    found: Sequence[Finding],
) -> list[Finding]:
    assert pictures.sagittal is not None, "without it this stage does not run"
    measured, widths = [*found], models.rules.widths
    if models.endplates:
        measured = measured_spaces(models.endplates, pictures.sagittal, spaces, measured, widths)
    if models.herniations:
        measured = measured_herniations(models.herniations, pictures.axial, slices, measured, widths)
    return measured


def _reference(picture: StudyPicture, sagittal: StudyPicture | None) -> tuple[Pixel, Pixel] | None:
    """Where a slice cuts the sagittal picture, in that one's pixels."""
    line = intersection(sagittal.geometry, picture.geometry) if sagittal else None
    if sagittal is None or line is None:
        return None
    (x, y), (other_x, other_y) = sagittal.geometry.to_pixels(line).round(2).tolist()
    return (x, y), (other_x, other_y)


def _rounded(offset: float | None) -> float | None:
    return None if offset is None else round(offset, 2)

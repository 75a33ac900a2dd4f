"""The words for a whole study: what is abnormal, what was not assessed, what is doubtful."""

from collections.abc import Callable, Sequence

from axial.findings import Finding
from axial.pictures import StudyPicture, StudyPictures
from axial.result import SliceResult, StudyResult
from models.activation import HOW_TO_READ
from reporting.wording import (
    NOT_ASSESSED,
    LevelRow,
    abnormalities,
    assessed,
    capital,
    is_corrected,
    level_row,
    name,
    remark_sentence,
    sentence,
    severity,
    slip_assessed,
    state,
)

_LUMBAR = 5
"""How many lumbar vertebrae a report expects where it does not know better."""
_ACTIVATION_MAPS = (
    "Beside each axial picture its activation map: what spoke for the slice’s own verdict in the classifier, "
    + HOW_TO_READ
)


def impression(result: StudyResult) -> tuple[str, ...]:
    """What matters, worst first; then what was not assessed and what is doubtful. Never empty.

    That nothing was found is said only of what was looked at.
    """
    return (*main_findings(result), *caveats(result))


def main_findings(result: StudyResult) -> tuple[str, ...]:
    """What is abnormal, worst first, or that nothing was found."""
    return _abnormal(result) or _nothing_found(result)


def caveats(result: StudyResult) -> tuple[str, ...]:
    """What was not assessed, with the reason, why the numbering is doubtful, and what is a reader's."""
    return (*_gaps(result), *_doubts(result), *by_reader(result))


def by_reader(result: StudyResult) -> tuple[str, ...]:
    """Sentences on what a reader has changed or remarked; none where everything is the program's."""
    corrected = [name(item) for item in reversed(result.findings) if is_corrected(item)]
    said = (
        f"Corrected by a reader: {_and(corrected)}; everything else is as the AI said it."
        if corrected
        else ""
    )
    return tuple(filter(None, (said, remark_sentence(result.remark))))


def rows(result: StudyResult) -> tuple[LevelRow, ...]:
    """The table of levels, from the highest to the lowest, with those that nothing is known of."""
    known = {name(item): level_row(item) for item in reported(result)}
    levels = levels_of(result)
    others = [level for level in known if level not in levels]
    return tuple(
        known.get(level) or LevelRow(level, NOT_ASSESSED, slip=NOT_ASSESSED) for level in (*others, *levels)
    )


def reported(result: StudyResult) -> tuple[Finding, ...]:
    """The findings of the lumbar discs; of discs without a name where anything is known, and of others where
    they are abnormal or a reader has said something of them. From the highest to the lowest."""
    levels = levels_of(result)
    return tuple(
        item
        for item in reversed(result.findings)
        if item.level in levels
        or abnormalities(item)
        or item.correction
        or (item.level is None and assessed(item))
    )


def unremarkable(result: StudyResult) -> str:
    """A sentence on the discs of other parts of the spine that were judged and are not abnormal, if any."""
    shown = reported(result)
    others = [item for item in reversed(result.findings) if item.verdict is not None and item not in shown]
    if not others:
        return ""
    what = "no bulge, herniation or slip" if all(map(slip_assessed, others)) else "no bulge or herniation"
    return f"{_and([name(item) for item in others])}: {what}. Details are in the result’s JSON file."


def levels_of(result: StudyResult) -> tuple[str, ...]:
    """The lumbar levels that this patient must have, from the highest to the lowest; none where no
    vertebra has a name."""
    names = [item.name for item in result.vertebrae if item.name]
    if not names:
        return ()
    numbers = [int(item[1:]) for item in names if item[0] == "L" and item[1:].isdigit()]
    last = max(numbers, default=_LUMBAR) if "S1" in names else max((*numbers, _LUMBAR))
    return (*(f"L{number}-L{number + 1}" for number in range(1, last)), f"L{last}-S1")


def without_level(result: StudyResult) -> tuple[SliceResult, ...]:
    """The axial slices that were judged although their level is not known."""
    return tuple(item for item in result.slices if item.level is None and item.verdict is not None)


def numbering(result: StudyResult) -> tuple[str, ...]:
    """Sentences on the vertebrae: which were found, and why their numbering is doubtful."""
    if not result.vertebrae:
        return ("The vertebrae were not assessed.",)
    names = [item.name for item in reversed(result.vertebrae) if item.name and item.edges]
    missed = [item.name for item in reversed(result.vertebrae) if item.name and item.edges is None]
    unnamed = sum(item.name is None for item in result.vertebrae)
    said = [f"Vertebrae found: {', '.join(names)}."] if names else []
    if unnamed:
        said.append(f"{unnamed} vertebrae were found that have no names.")
    if missed:
        said.append(f"Expected and not found: {', '.join(missed)}.")
    settled = ("Nothing speaks against this numbering.",) if names and not unnamed else ()
    return (*said, *(_doubts(result) or settled))


def technique(pictures: StudyPictures) -> tuple[str, ...]:
    """Which pictures were used; why not, where one side is missing."""
    sagittal, axial = pictures.sagittal, pictures.axial
    slices = max(len(pictures.sagittal_series), 1)
    return (
        f"{capital(sagittal.name.removeprefix('middle '))}: {_count(slices)}, {_sampling(sagittal)}; "
        "vertebrae and distances are from the middle one."
        if sagittal
        else f"Sagittal: not used; {pictures.no_sagittal}.",
        f"Axial T2: {_count(len(axial))}, {_sampling(axial[0])}."
        if axial
        else f"Axial: not used; {pictures.no_axial}.",
    )


def activation_maps(result: StudyResult) -> str:
    """What the maps beside the axial pictures are, and are not; empty where the result has none."""
    maps = [item.activation for item in result.slices if item.activation is not None]
    return _ACTIVATION_MAPS.format(len(maps[0].rows[0]), len(maps[0].rows)) if maps else ""


def _abnormal(result: StudyResult) -> tuple[str, ...]:
    found = sorted((item for item in result.findings if abnormalities(item)), key=severity, reverse=True)
    lines = [f"{name(item)}: {'; '.join(abnormalities(item))}." for item in found]
    return (*lines, *_abnormal_slices(result))


def _abnormal_slices(result: StudyResult) -> tuple[str, ...]:
    """A line for each state, the worst first, of slices whose level is not known."""
    by_state: dict[str, list[str]] = {}
    for item in without_level(result):
        if item.verdict not in (None, "normal"):
            by_state.setdefault(state(item.verdict), []).append(item.picture)
    worst_first = sorted(by_state, key=lambda word: (word != "herniation", word))
    return tuple(sentence(f"{word} on {_and(by_state[word])}; level not known") for word in worst_first)


def _nothing_found(result: StudyResult) -> tuple[str, ...]:
    discs = _where(result, lambda item: item.verdict is not None)
    slips = _where(result, slip_assessed)
    apart = len(without_level(result))
    if discs and discs == slips and not _missing(result, discs):
        return (f"No bulge, herniation or slip was found at {_and(discs)}.",)
    said = [f"No bulge or herniation was found at {_and(discs)}."] if discs else []
    if apart:
        said.append(f"No bulge or herniation was found on {apart} axial slices whose level is not known.")
    if slips:
        said.append(f"No slip was found at {_and(slips)}.")
    return tuple(said) or (
        "No disc was assessed: this report says nothing about bulges, herniations or slips.",
    )


def _gaps(result: StudyResult) -> tuple[str, ...]:
    """What was not assessed, by level, and the stages that did not run."""
    discs = _missing(result, _where(result, lambda item: item.verdict is not None))
    slips = _missing(result, _where(result, slip_assessed))
    if discs == slips:
        said = [f"Not assessed: {_and(discs)}."] if discs else []
    else:
        said = [f"Not assessed for bulge and herniation: {_and(discs)}."] if discs else []
        said += [f"Not assessed for slip: {_and(slips)}."] if slips else []
    if not rows(result):
        said.append("Slips were not assessed.")
    reasons: dict[str, list[str]] = {}
    for stage in result.stages:
        if not stage.ran:
            reasons.setdefault(stage.reason, []).append(stage.name)
    return (*said, *(f"Did not run: {_and(stages)} ({reason})." for reason, stages in reasons.items()))


def _where(result: StudyResult, looked_for: Callable[[Finding], bool]) -> list[str]:
    """The discs at which something was looked for, from the highest to the lowest."""
    return [name(item) for item in reported(result) if looked_for(item)]


def _missing(result: StudyResult, assessed_at: Sequence[str]) -> list[str]:
    """The lumbar levels, or where these have no names the discs, of which it was not assessed."""
    wanted = levels_of(result) or [row.level for row in rows(result)]
    return [level for level in wanted if level not in assessed_at]


def _doubts(result: StudyResult) -> tuple[str, ...]:
    if not result.doubts:
        return ()
    return (f"The numbering of the vertebrae is doubtful: {'; '.join(result.doubts)}.",)


def _count(slices: int) -> str:
    return f"{slices} slices" if slices > 1 else "one slice"


def _sampling(picture: StudyPicture) -> str:
    down, across = picture.geometry.spacing
    thick = f"{picture.geometry.thickness:.1f} mm thick, " if picture.geometry.thickness else ""
    return f"{thick}pixels of {across:.2f} × {down:.2f} mm"


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

"""The safe repairs of ``discern check --fix``: what can mean one thing only."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from annotation.boxes import Box
from annotation.checking.folder import Pair, check_pair, pair_files
from annotation.checking.images import read_header
from annotation.labels import LabelSet
from annotation.problems import Kind, Problem
from annotation.voc import VocFile, interpret, write_voc
from annotation.voc_elements import read_elements
from errors import BadInputError


@dataclass(frozen=True)
class Fixes:
    """What was repaired: the problems that are gone, and the folder with the files as they were
    (None where nothing was changed). ``left`` names files that could not be written."""

    problems: tuple[Problem, ...]
    backup: Path | None
    left: tuple[BadInputError, ...] = ()


def fix_folder(folder: Path, label_set: LabelSet) -> Fixes:
    """Repair every fixable problem of a folder's XML files, each file after a backup of it, each
    whole or not at all.

    Raises BadInputError where the folder cannot be read or a backup not be made.
    """
    backup = folder / f"backup-{datetime.now():%Y%m%d-%H%M%S}"
    fixed: list[Problem] = []
    left: list[BadInputError] = []
    for pair in pair_files(folder)[0]:
        fixable = _fixable(pair, label_set)
        voc = _mended(pair, {problem.kind for problem in fixable}, label_set)
        if voc is None:
            continue
        _back_up(voc.path, backup / voc.path.relative_to(folder))
        try:
            write_voc(voc)
        except BadInputError as error:
            left.append(error)
        remaining = {problem.kind for problem in _fixable(pair, label_set)}
        fixed += [problem for problem in fixable if problem.kind not in remaining]
    return Fixes(tuple(fixed), backup if backup.exists() else None, tuple(left))


def _fixable(pair: Pair, label_set: LabelSet) -> list[Problem]:
    return [problem for problem in check_pair(pair, label_set).problems if problem.kind.fixable]


def _mended(pair: Pair, kinds: set[Kind], label_set: LabelSet) -> VocFile | None:
    """The annotation without these kinds of problems, or None where there is nothing to write."""
    elements = read_elements(pair.annotation) if kinds and pair.annotation else None
    if elements is None or isinstance(elements, Problem):
        return None
    header = read_header(pair.image) if pair.image else None
    if isinstance(header, Problem):
        header = None
    voc, _ = interpret(elements, label_set, header.size if header else None)
    if voc is None:
        return None
    # A clipped box, and a size that was not stated, are right as read; they need only be written.
    voc = replace(voc, boxes=_without_duplicates(_known(box, label_set) for box in voc.boxes))
    if header and pair.image:
        if Kind.FILENAME_MISSING in kinds:
            voc = replace(voc, filename=pair.image.name)
        if Kind.SIZE_DIFFERS in kinds:
            voc = replace(voc, width=header.width, height=header.height)
        if Kind.DEPTH_DIFFERS in kinds:
            voc = replace(voc, depth=1 if header.gray else 3)
    return voc if voc.to_bytes() != elements.document.original else None


def _known(box: Box, label_set: LabelSet) -> Box:
    near = () if box.label in label_set else label_set.near(box.label)
    return replace(box, label=near[0]) if len(near) == 1 else box


def _without_duplicates(boxes: Iterable[Box]) -> tuple[Box, ...]:
    first: dict[object, Box] = {}
    for box in boxes:
        first.setdefault((box.label, box.edges), box)
    return tuple(first.values())


def _back_up(path: Path, copy: Path) -> None:
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    except OSError as error:
        reason = f"the backup cannot be written ({error.strerror}); nothing of this file was changed"
        raise BadInputError(copy, reason) from None

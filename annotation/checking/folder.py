"""Checking a folder of images and LabelImg's XML as a whole."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from annotation.checking.boxes import check_boxes
from annotation.checking.images import ImageHeader, read_header
from annotation.labels import LUMBAR, LabelSet, grading_of, read_label_set
from annotation.problems import Kind, Problem, Severity
from annotation.voc import interpret
from annotation.voc_elements import VocElements, read_elements
from errors import BadInputError
from imaging.pictures import PICTURE_SUFFIXES

CLASS_FILES = ("classes.txt", "predefined_classes.txt")
"""Label sets that LabelImg writes or reads, if they lie in the folder."""

_WORTH_PROCESSES = 1_000  # pairs; one takes 1 to 2 ms


@dataclass(frozen=True)
class Pair:
    """An image and its XML, one of which may be missing."""

    image: Path | None
    annotation: Path | None


@dataclass(frozen=True)
class PairReport:
    """What was found in one pair: its problems, its boxes per class, the image's name in the XML."""

    pair: Pair
    problems: tuple[Problem, ...]
    labels: Counter[str]
    filename: str = ""


@dataclass(frozen=True)
class Report:
    """What ``discern check`` found: counts of what there is, and every problem, file by file."""

    folder: Path
    images: int
    annotations: int
    labels: Counter[str]
    problems: tuple[Problem, ...]

    def count(self, severity: Severity) -> int:
        return sum(problem.severity == severity for problem in self.problems)


def check_folder(folder: Path, label_set: LabelSet) -> Report:
    """Check images and XML that lie side by side, or in ``images/`` and ``annotations/``.

    Raises BadInputError where the folder cannot be read or holds neither.
    """
    pairs, ambiguous = pair_files(folder)
    reports = _check_pairs(pairs, label_set)
    problems = [problem for report in reports for problem in report.problems]
    problems += ambiguous
    problems += _names_of_others(reports)
    problems += _partly_annotated(folder, reports, _shown_everywhere(label_set))
    problems += _class_files(folder, label_set)
    problems.sort(key=lambda problem: (str(problem.file), problem.line or 0))
    return Report(
        folder,
        images=sum(pair.image is not None for pair in pairs),
        annotations=sum(pair.annotation is not None for pair in pairs),
        labels=sum((report.labels for report in reports), Counter()),
        problems=tuple(problems),
    )


def pair_files(folder: Path) -> tuple[list[Pair], list[Problem]]:
    """The folder's images and XML by their common name, and the images that share one."""
    images: dict[str, list[Path]] = defaultdict(list)
    for path in _files(folder, "images", PICTURE_SUFFIXES):
        images[path.stem].append(path)
    annotations = {path.stem: path for path in _files(folder, "annotations", (".xml",))}
    names = sorted(images.keys() | annotations.keys())
    if not names:
        raise BadInputError(folder, "no images and no XML in it; give the folder that holds them")
    problems = [
        Problem(Kind.IMAGE_AMBIGUOUS, second, f"has the same name as {first.name}, which is taken")
        for first, *others in images.values()
        for second in others
    ]
    first = {name: paths[0] for name, paths in images.items()}
    return [Pair(first.get(name), annotations.get(name)) for name in names], problems


def _files(folder: Path, subfolder: str, suffixes: tuple[str, ...]) -> list[Path]:
    place = _place(folder, subfolder)
    try:
        entries = sorted(place.iterdir(), key=str)
    except FileNotFoundError:
        raise BadInputError(place, "no such folder; give the one with the images and the XML") from None
    except OSError as error:
        raise BadInputError(place, f"cannot be read as a folder ({error.strerror})") from None
    # Names with a leading point are the file system's own (macOS leaves ._image.xml).
    return [path for path in entries if path.suffix.lower() in suffixes and not path.name.startswith(".")]


def _place(folder: Path, subfolder: str) -> Path:
    """Images lie in ``images/`` or in the folder itself; XML in ``annotations/`` or beside the images."""
    fallback = folder if subfolder == "images" else _place(folder, "images")
    return folder / subfolder if (folder / subfolder).is_dir() else fallback


def _check_pairs(pairs: list[Pair], label_set: LabelSet) -> list[PairReport]:
    check = partial(check_pair, label_set=label_set)
    if len(pairs) < _WORTH_PROCESSES:
        return [check(pair) for pair in pairs]
    with ProcessPoolExecutor() as processes:
        return list(processes.map(check, pairs, chunksize=100))


def check_pair(pair: Pair, label_set: LabelSet) -> PairReport:
    """Check one image and its XML."""
    problems: list[Problem] = []
    header = read_header(pair.image) if pair.image else None
    if isinstance(header, Problem):
        problems.append(header)
        header = None
    if pair.annotation is None:
        if pair.image and not problems:
            problems.append(Problem(Kind.NOT_ANNOTATED, pair.image, "no XML of this name"))
        return PairReport(pair, tuple(problems), Counter())
    elements = read_elements(pair.annotation)
    if isinstance(elements, Problem):
        return PairReport(pair, (*problems, elements), Counter())
    if pair.image is None:
        message = f"no image of this name (its <filename> is {elements.filename})"
        problems.append(Problem(Kind.IMAGE_MISSING, pair.annotation, message))
    voc, found = interpret(elements, label_set, header.size if header else None)
    problems += found
    if header:
        problems += _size_problems(elements, header)
    if voc:
        problems += check_boxes(voc, grading_of(label_set.classes))
    labels = Counter(box.label for box in elements.boxes)
    return PairReport(pair, tuple(problems), labels, elements.filename or "")


def _size_problems(elements: VocElements, header: ImageHeader) -> Iterator[Problem]:
    width, height, depth = elements.size
    if width is None or height is None:
        return  # told by interpret
    if (width, height) != header.size:
        message = f"its <size> is {width} x {height}, the image is {header.width} x {header.height}"
        kind = Kind.IMAGE_RESIZED if _resized(elements, header) else Kind.SIZE_DIFFERS
        yield elements.problem(kind, message, "size")
    if depth not in (1, 3, 4) or (header.gray and depth != 1):
        message = f"its <size> is {elements.size_text}, the image has {1 if header.gray else 3} channels"
        yield elements.problem(Kind.DEPTH_DIFFERS, message, "size", "depth")


def _resized(elements: VocElements, header: ImageHeader) -> bool:
    """Whether the boxes were drawn at another scale, so that a new size would not put them right."""
    width, height, _ = elements.size
    assert width and height
    across, down = header.width / width, header.height / height
    scaled = abs(across / down - 1) < 0.01 and abs(across - 1) > 0.02
    fit = all(box.xmax <= header.width and box.ymax <= header.height for box in elements.boxes)
    return scaled or not fit


def _names_of_others(reports: Iterable[PairReport]) -> Iterator[Problem]:
    images = {report.pair.image.name for report in reports if report.pair.image}
    for report in reports:
        path, name = report.pair.annotation, re.split(r"[\\/]", report.filename)[-1]
        if path and report.pair.image and name in images and Path(name).stem != path.stem:
            message = f"its <filename> is {name}, another image of this folder"
            yield Problem(Kind.FILENAME_OF_ANOTHER, path, message)


def _shown_everywhere(label_set: LabelSet) -> dict[str, set[str]]:
    """What every sagittal image shows, so that an image without it was not annotated for it."""
    grading = grading_of(label_set.classes)
    found = {"disc": {"disc"}, "vertebra": {"vertebra"}} if grading is LUMBAR else {}
    return found | {"a diagnosis": set(grading.states)}


def _partly_annotated(
    folder: Path, reports: Iterable[PairReport], structures: dict[str, set[str]]
) -> Iterator[Problem]:
    declared = _declared_classes(folder / "images.csv")
    annotated = [report for report in reports if report.labels]
    for name, labels in structures.items():
        meant = [
            report
            for report in annotated
            if report.pair.image is None
            or not labels.isdisjoint(declared.get(report.pair.image.name, labels))
        ]
        count = sum(not labels.isdisjoint(report.labels) for report in meant)
        if 0 < count < len(meant):
            message = f"{name} is annotated in {count} of {len(meant)} images"
            yield Problem(Kind.PARTLY_ANNOTATED, folder, message)


def _declared_classes(table: Path) -> dict[str, set[str]]:
    """The classes that ``images.csv`` says were annotated, by image; reading a cohort tells what is
    wrong with the table itself."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeError, csv.Error):
        return {}
    return {
        row["image"]: set(row["annotated"].split())
        for row in rows
        if row.get("image") and row.get("annotated")
    }


def _class_files(folder: Path, label_set: LabelSet) -> Iterator[Problem]:
    places = {folder, _place(folder, "images"), _place(folder, "annotations")}
    for path in sorted(place / name for place in places for name in CLASS_FILES):
        try:
            classes = read_label_set(path).classes if path.exists() else label_set.classes
        except BadInputError as error:
            yield Problem(Kind.CLASS_ORDER, path, error.reason, error.line)
            continue
        if classes != label_set.classes:
            ours = ", ".join(label_set.classes)
            message = f"its classes ({', '.join(classes)}) are not the label set's in their order ({ours})"
            yield Problem(Kind.CLASS_ORDER, path, message)

"""A download becomes a cohort folder, item by item: little memory, and a killed import goes on."""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from annotation.voc import new_voc, write_voc
from data.folder import UNFINISHED_IMPORT, annotation_path
from data.image_table import annotated_cell
from data.importers.download import Download, ImportedPicture
from errors import BadInputError
from imaging.batch import Report, run_tasks
from imaging.new_folder import write_whole

_UNFINISHED = UNFINISHED_IMPORT
"""What came of each item that is done, and of which import it is."""
_FINISHED = ".imported"
"""Its name for the moment between the end of an import and its removal."""
_IMAGES = "images.csv"
_FOLDERS = ("images", "annotations")


def import_cohort(
    download: Download,
    out: Path,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Write ``images/``, ``annotations/``, ``classes.txt``, the download's own tables and, last of all,
    ``images.csv``: without it a cohort folder cannot be read.

    Goes on where a killed call of the same left it; items that cannot be read are tried again then.
    ``progress`` is called with the items done and their number. Raises BadInputError where the download is
    none, or ``out`` holds something else already.
    """
    items = download.items()
    _begin(download, out)
    missing = [item for item in items if not _part(out, item).exists()]
    done, report = len(items) - len(missing), Report()
    progress(done, len(items))
    try:
        for outcome in run_tasks(partial(_import_item, download, out), missing, workers):
            done += 1
            progress(done, len(items))
            if isinstance(outcome, BadInputError):
                report.left_out.append(outcome)
        _finish(download, out, [item for item in items if _part(out, item).exists()], report)
    except OSError as error:  # such as a full disk: no fault of an item
        reason = f"{error.strerror}; mend that, and the same command goes on"
        raise BadInputError(error.filename or out, reason) from None
    return report


@dataclass(frozen=True)
class _Part:
    """What is kept of an item: rows by table, and sentences."""

    tables: dict[str, list[dict[str, Any]]]
    warnings: list[str]

    def write(self, path: Path) -> None:
        write_whole(path, json.dumps(asdict(self), ensure_ascii=False))


def _begin(download: Download, out: Path) -> None:
    """Make the folder, or find it begun by the same import; its mark is the first thing in it."""
    mark = out / _UNFINISHED / "import.json"
    identity = json.dumps({"download": download.name, "classes": list(download.label_set.classes)})
    if mark.exists() and mark.read_text(encoding="utf-8") != identity:
        raise BadInputError(
            out, "holds the beginning of another import, or its files have changed since; name a new folder"
        )
    if not mark.exists() and out.exists() and not _empty(out):
        raise BadInputError(out, "already there and not empty; name a new folder")
    try:
        (out / _UNFINISHED).mkdir(parents=True, exist_ok=True)
        write_whole(mark, identity)
        for name in _FOLDERS:
            (out / name).mkdir(exist_ok=True)
    except OSError as error:
        raise BadInputError(out, f"cannot be made ({error.strerror}); name another folder") from None


def _empty(out: Path) -> bool:
    """Whether nothing is in a folder but, at most, what a call left that was killed at once."""
    return out.is_dir() and all(path.name == _UNFINISHED for path in out.iterdir())


def _part(out: Path, item: str) -> Path:
    """Items may be called as no file can be."""
    return out / _UNFINISHED / f"{hashlib.sha256(item.encode()).hexdigest()[:24]}.json"


def _import_item(download: Download, out: Path, item: str) -> None:
    imported = download.read(item)
    for picture in imported.pictures:
        _write_picture(picture, out)
    tables = {_IMAGES: [_image_row(picture) for picture in imported.pictures]}
    tables |= {name: [asdict(row) for row in rows] for name, rows in imported.tables.items()}
    _Part(tables, list(imported.warnings)).write(_part(out, item))


def _write_picture(picture: ImportedPicture, out: Path) -> None:
    (out / "images" / picture.row.image).write_bytes(picture.content)
    if picture.boxes is not None:
        path = annotation_path(out, picture.row.image)
        write_voc(new_voc(path, Path("images", picture.row.image), picture.size, picture.boxes))


def _image_row(picture: ImportedPicture) -> dict[str, Any]:
    return {**asdict(picture.row), "annotated": annotated_cell(picture.annotated)}


def _finish(download: Download, out: Path, items: Sequence[str], report: Report) -> None:
    """The tables, of one part after the other, and nothing of items that failed since; then the folder is a
    cohort."""
    tables: set[str] = set()
    images: set[str] = set()
    warnings: dict[str, None] = {}
    for part in _parts(out, items):
        warnings |= dict.fromkeys(part.warnings)
        images.update(row["image"] for row in part.tables[_IMAGES])
        tables |= part.tables.keys()
    report.written, report.warnings = len(images), list(warnings)
    if not images:
        _leave(out)
        return
    _sweep(out, {Path(image).stem for image in images})
    download.label_set.write(out / "classes.txt")
    for name in sorted(tables, key=_IMAGES.__eq__):
        _write_table(out, name, (row for part in _parts(out, items) for row in part.tables.get(name, ())))
    os.replace(out / _UNFINISHED, out / _FINISHED)  # at once, as a removal is not
    shutil.rmtree(out / _FINISHED)


def _leave(out: Path) -> None:
    """Nothing could be imported: take away what the import has made, and nothing else."""
    for name in (*_FOLDERS, _UNFINISHED):
        shutil.rmtree(out / name)
    if not any(out.iterdir()):
        out.rmdir()


def _sweep(out: Path, known: set[str]) -> None:
    """Remove what a killed call left of pictures that are not known now, and of files half-written."""
    for folder in _FOLDERS:
        for path in (out / folder).iterdir():
            if path.is_file() and path.stem not in known:
                path.unlink()


def _parts(out: Path, items: Iterable[str]) -> Iterator[_Part]:
    for item in items:
        yield _Part(**json.loads(_part(out, item).read_text(encoding="utf-8")))


def _write_table(out: Path, name: str, rows: Iterator[dict[str, Any]]) -> None:
    """Row by row; a table without rows is left away."""
    first = next(rows, None)
    if first is None:
        return
    unfinished = out / _UNFINISHED / name
    with unfinished.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(first), lineterminator="\n")
        table.writeheader()
        table.writerow(first)
        table.writerows(rows)
    os.replace(unfinished, out / name)

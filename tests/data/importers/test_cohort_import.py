"""How a download becomes a cohort, whatever it is a download of."""

import csv
import errno
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from annotation.boxes import Box
from annotation.checking.folder import check_folder
from annotation.labels import LabelSet
from data.folder import read_cohort
from data.image_table import ImageRow
from data.importers.cohort_import import import_cohort
from data.importers.download import Imported, ImportedPicture
from errors import BadInputError

LABELS = LabelSet(("normal", "disc"))
ITEMS = tuple(f"patient {number}" for number in range(6))


@dataclass(frozen=True)
class DiscRow:
    image: str
    level: str


@dataclass(frozen=True)
class MadeUp:
    """Two pictures of each item, of which some cannot be read, and one kills the process at its second."""

    name: str = "made up"
    broken: frozenset[str] = frozenset()
    deadly: str = ""
    read_items: list[str] = field(default_factory=list)
    label_set: LabelSet = LABELS

    def items(self) -> Sequence[str]:
        return ITEMS

    def read(self, item: str) -> Imported:
        self.read_items.append(item)
        if item in self.broken:
            raise BadInputError(item, "half of it is missing; download it again")
        images = [f"{item.replace(' ', '-')}-{number}.png" for number in (1, 2)]
        pictures = [picture(image, item) for image in images]
        return Imported(
            Deadly(pictures) if item == self.deadly else tuple(pictures),
            {"discs.csv": [DiscRow(image, "L5-S1") for image in images], "empty.csv": []},
            ("its notes are odd",),
        )


class Deadly(tuple[ImportedPicture, ...]):
    """Pictures after the first of which the process is killed, as by a power cut."""

    def __iter__(self) -> Iterator[ImportedPicture]:
        yield self[0]
        os.kill(os.getpid(), signal.SIGKILL)


def picture(image: str, patient: str) -> ImportedPicture:
    gray = np.full((40, 60), sum(map(ord, image)) % 200, np.uint8)
    row = ImageRow(image, patient, sex="F", age=54.0, kind="sagittal T2")
    boxes = (Box("disc", 10, 20, 30, 34), Box("normal", 10, 20, 30, 34))
    return ImportedPicture(
        row, cv2.imencode(".png", gray)[1].tobytes(), (60, 40, 1), boxes, frozenset(("normal", "disc"))
    )


def killed(download: MadeUp, out: Path) -> None:
    """Import in a process of its own, which ends by SIGKILL."""
    process = multiprocessing.get_context("fork").Process(target=import_cohort, args=(download, out, 1))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("import") / "cohort"
    import_cohort(MadeUp(), out, workers=2)
    return out


def test_a_download_becomes_a_cohort_that_checks_clean(unbroken: Path) -> None:
    cohort = read_cohort(unbroken)
    assert cohort.label_set == LABELS
    assert cohort.patients == ITEMS
    assert not cohort.excluded
    first = cohort.images[0]
    assert (first.sex, first.age, first.kind) == ("F", 54.0, "sagittal T2")
    assert {box.label for box in first.boxes} == {"disc", "normal"}
    assert first.annotated == {"disc", "normal"}
    assert not check_folder(unbroken, LABELS).problems
    assert not (unbroken / "empty.csv").exists()
    with (unbroken / "discs.csv").open() as file:
        assert [row["image"] for row in csv.DictReader(file)] == [image.name for image in cohort.images]


def test_progress_is_told_and_a_warning_said_once(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    report = import_cohort(MadeUp(), tmp_path / "out", 2, lambda done, total: told.append((done, total)))
    assert told == [(done, len(ITEMS)) for done in range(len(ITEMS) + 1)]
    assert report.warnings == ["its notes are odd"]
    assert (report.written, report.left_out) == (2 * len(ITEMS), [])


def test_an_import_killed_within_an_item_goes_on_and_ends_the_same(unbroken: Path, tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    killed(MadeUp(deadly=ITEMS[3]), out)
    assert not (out / "images.csv").exists()
    with pytest.raises(BadInputError):
        read_cohort(out)
    download, told = MadeUp(), list[int]()
    report = import_cohort(download, out, 1, lambda done, total: told.append(done))
    assert told[0] == 3
    assert download.read_items == list(ITEMS[3:])
    assert report.written == 2 * len(ITEMS)
    assert files_of(out) == files_of(unbroken)


def test_what_a_kill_left_half_written_is_gone_afterwards(unbroken: Path, tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    killed(MadeUp(deadly=ITEMS[0]), out)
    (out / "annotations" / ".patient-0-1.xml.77.tmp").write_bytes(b"<annot")
    (out / ".import" / "discs.csv").write_text("image,le")
    import_cohort(MadeUp(), out)
    assert files_of(out) == files_of(unbroken)


def test_an_item_that_failed_after_a_kill_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    killed(MadeUp(deadly=ITEMS[3]), out)
    report = import_cohort(MadeUp(broken=frozenset(ITEMS[3:4])), out)
    assert len(report.left_out) == 1
    assert not [name for name in files_of(out) if "patient-3" in name]
    assert len(read_cohort(out).images) == 2 * len(ITEMS) - 2


def test_a_call_killed_before_it_began_is_no_hindrance(unbroken: Path, tmp_path: Path) -> None:
    (tmp_path / "cohort" / ".import").mkdir(parents=True)
    import_cohort(MadeUp(), tmp_path / "cohort")
    assert files_of(tmp_path / "cohort") == files_of(unbroken)


def test_what_cannot_be_read_is_left_out_by_name_and_the_rest_goes_on(tmp_path: Path) -> None:
    report = import_cohort(MadeUp(broken=frozenset(ITEMS[1:3])), tmp_path / "cohort")
    assert [str(error) for error in report.left_out] == [
        f"{item}: half of it is missing; download it again" for item in ITEMS[1:3]
    ]
    assert read_cohort(tmp_path / "cohort").patients == (ITEMS[0], *ITEMS[3:])


def test_where_nothing_can_be_read_no_folder_is_left(tmp_path: Path) -> None:
    report = import_cohort(MadeUp(broken=frozenset(ITEMS)), tmp_path / "cohort")
    assert len(report.left_out) == len(ITEMS)
    assert not (tmp_path / "cohort").exists()


def test_what_somebody_else_put_into_the_folder_is_left_to_them(tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    killed(MadeUp(deadly=ITEMS[0]), out)
    (out / "my-notes.txt").write_text("mine")
    import_cohort(MadeUp(broken=frozenset(ITEMS)), out)
    assert [path.name for path in out.iterdir()] == ["my-notes.txt"]


def test_a_folder_among_the_pictures_is_no_hindrance(tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    killed(MadeUp(deadly=ITEMS[0]), out)
    (out / "images" / "mine").mkdir()
    import_cohort(MadeUp(), out)
    assert (out / "images" / "mine").is_dir()
    assert len(read_cohort(out).images) == 2 * len(ITEMS)


@pytest.mark.parametrize("other", [MadeUp(name="another"), MadeUp(label_set=LabelSet(("disc", "normal")))])
def test_the_beginning_of_another_import_is_refused(other: MadeUp, tmp_path: Path) -> None:
    killed(MadeUp(deadly=ITEMS[1]), tmp_path / "cohort")
    before = files_of(tmp_path / "cohort")
    with pytest.raises(
        BadInputError, match="the beginning of another import, or its files have changed since; name a new"
    ):
        import_cohort(other, tmp_path / "cohort")
    assert files_of(tmp_path / "cohort") == before


def test_a_folder_that_holds_something_is_refused(unbroken: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "notes.txt", unbroken):
        with pytest.raises(BadInputError, match="already there and not empty; name a new folder"):
            import_cohort(MadeUp(), folder)
    assert files_of(tmp_path) == {"notes.txt": b"mine"}


def test_a_picture_that_nobody_annotated_has_no_xml(tmp_path: Path) -> None:
    class Unannotated(MadeUp):
        def read(self, item: str) -> Imported:
            pictures = super().read(item).pictures
            return Imported(
                (*pictures[:1], ImportedPicture(pictures[1].row, pictures[1].content, (60, 40, 1), None))
            )

    import_cohort(Unannotated(), tmp_path / "cohort")
    assert len(read_cohort(tmp_path / "cohort").images) == len(ITEMS)
    everything = read_cohort(tmp_path / "cohort", with_unannotated=True)
    assert [len(image.annotated) for image in everything.images] == [2, 0] * len(ITEMS)


def test_an_import_that_has_not_ended_is_no_cohort(tmp_path: Path) -> None:
    killed(MadeUp(deadly=ITEMS[3]), tmp_path / "cohort")
    with pytest.raises(BadInputError, match="an import into it has not ended; give the same command again"):
        read_cohort(tmp_path / "cohort", patient_pattern=r"^(?P<patient>patient-\d)")


def test_a_call_killed_while_it_cleans_up_leaves_a_whole_cohort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path) -> None:
        next(folder.glob("import.json")).unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("shutil.rmtree", interrupted)
        import_cohort(MadeUp(), tmp_path / "cohort")
    assert read_cohort(tmp_path / "cohort").patients == ITEMS


def test_a_full_disk_ends_an_import_that_then_goes_on(
    unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.parent.name == "images":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(BadInputError, match="No space left on device; mend that"):
            import_cohort(MadeUp(), tmp_path / "cohort")
    import_cohort(MadeUp(), tmp_path / "cohort")
    assert files_of(tmp_path / "cohort") == files_of(unbroken)

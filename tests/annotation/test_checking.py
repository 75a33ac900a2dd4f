"""Checks across boxes and files, and what stays silent."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console
from voc_files import DISC, HEIGHT, NORMAL, VERTEBRA, WIDTH, BoxRow, annotation_xml, write_image, write_pair

from annotation.checking.fixing import Fixes, fix_folder
from annotation.checking.folder import Report, check_folder
from annotation.checking.rendering import print_fixes, print_report
from annotation.labels import LabelSet, named_label_set
from annotation.problems import Kind
from annotation.voc import read_voc
from errors import BadInputError

LUMBAR = named_label_set("lumbar")


def check(folder: Path) -> Report:
    return check_folder(folder, LUMBAR)


def found(folder: Path) -> list[tuple[str, Kind]]:
    return [(problem.file.name, problem.kind) for problem in check(folder).problems]


def kinds_of(folder: Path, *boxes: BoxRow) -> list[Kind]:
    write_pair(folder, "image", annotation_xml(boxes))
    return [problem.kind for problem in check(folder).problems]


# --- folders


def test_a_sound_folder_has_no_problem_and_is_counted(tmp_path: Path) -> None:
    write_pair(tmp_path, "a")
    write_pair(tmp_path, "b")
    report = check(tmp_path)
    assert (report.images, report.annotations, report.problems) == (2, 2, ())
    assert report.labels == {"disc": 2, "normal": 2, "vertebra": 2}


@pytest.mark.parametrize(
    ("images", "annotations"),
    [("images", "annotations"), ("images", "images"), (".", "annotations"), (".", ".")],
)
def test_images_and_xml_lie_together_or_in_their_folders(
    tmp_path: Path, images: str, annotations: str
) -> None:
    for place in (images, annotations):
        (tmp_path / place).mkdir(exist_ok=True)
    write_image(tmp_path / images / "a.png")
    (tmp_path / annotations / "a.xml").write_text(annotation_xml(filename="a.png"))
    assert check(tmp_path).problems == ()


@pytest.mark.parametrize("name", ["a.png", "a.PNG", "a.jpg", "a.bmp", "a.tif", "a.jpeg"])
def test_every_picture_format_is_measured(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / name)
    (tmp_path / "a.xml").write_text(annotation_xml(filename=name))
    assert check(tmp_path).problems == ()


def test_an_image_of_16_bit_is_gray(tmp_path: Path) -> None:
    Image.new("I;16", (WIDTH, HEIGHT)).save(tmp_path / "a.png")
    (tmp_path / "a.xml").write_text(annotation_xml(filename="a.png"))
    assert check(tmp_path).problems == ()


def test_labelimgs_depth_of_one_for_a_gray_picture_in_colour_is_no_problem(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", mode="RGB")
    (tmp_path / "a.xml").write_text(annotation_xml(filename="a.png", depth=1))
    assert check(tmp_path).problems == ()


def test_missing_partners_are_named(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png")
    (tmp_path / "b.xml").write_text(annotation_xml(filename="c.png"))
    assert found(tmp_path) == [("a.png", Kind.NOT_ANNOTATED), ("b.xml", Kind.IMAGE_MISSING)]
    assert "c.png" in check(tmp_path).problems[1].message


def test_the_file_systems_own_files_are_left_alone(tmp_path: Path) -> None:
    write_pair(tmp_path, "a")
    (tmp_path / "._a.xml").write_bytes(b"\0\5\26\7")
    (tmp_path / "images.csv").write_text("image,patient\na.png,1\n")
    assert check(tmp_path).problems == ()


def test_two_images_of_one_name_are_named(tmp_path: Path) -> None:
    write_pair(tmp_path, "a")
    write_image(tmp_path / "a.jpg")
    assert Kind.IMAGE_AMBIGUOUS in [kind for _, kind in found(tmp_path)]


def test_a_folder_called_like_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.xml").mkdir()
    (tmp_path / "a.png").mkdir()
    assert found(tmp_path) == [("a.png", Kind.IMAGE_UNREADABLE), ("a.xml", Kind.UNREADABLE)]


def test_a_pipe_does_not_stop_the_check(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.xml")
    os.mkfifo(tmp_path / "a.png")
    assert found(tmp_path) == [("a.png", Kind.IMAGE_UNREADABLE), ("a.xml", Kind.UNREADABLE)]


def test_a_rotation_tag_is_named(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.jpg")
    with Image.open(path) as image:
        exif = image.getexif()
        exif[0x0112] = 6
        image.save(path, exif=exif)
    (tmp_path / "a.xml").write_text(annotation_xml(filename="a.jpg", width=HEIGHT, height=WIDTH))
    assert ("a.jpg", Kind.IMAGE_ROTATED) in found(tmp_path)


def test_a_folder_of_no_use_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("x")
    for folder, reason in (
        (tmp_path / "none", "no such folder"),
        (file, "as a folder"),
        (tmp_path, "no images"),
    ):
        with pytest.raises(BadInputError, match=reason):
            check_folder(folder, LUMBAR)


# --- class files


@pytest.mark.parametrize("name", ["classes.txt", "predefined_classes.txt"])
def test_a_class_file_in_another_order_is_named(tmp_path: Path, name: str) -> None:
    write_pair(tmp_path, "a")
    LabelSet(LUMBAR.classes[::-1]).write(tmp_path / name)
    assert found(tmp_path) == [(name, Kind.CLASS_ORDER)]
    LUMBAR.write(tmp_path / name)
    assert found(tmp_path) == []


def test_a_class_file_of_no_use_is_named(tmp_path: Path) -> None:
    write_pair(tmp_path, "a")
    (tmp_path / "classes.txt").write_text("disc\ndisc\n")
    assert found(tmp_path) == [("classes.txt", Kind.CLASS_ORDER)]


# --- boxes


def test_one_disc_may_be_herniated_and_slipped(tmp_path: Path) -> None:
    slip = ("spondylolisthesis", *DISC[1:])
    assert kinds_of(tmp_path, DISC, ("herniation", *DISC[1:]), slip, VERTEBRA) == []


def test_neighbouring_discs_are_not_one(tmp_path: Path) -> None:
    first, second = (100, 100, 160, 130), (110, 118, 170, 148)
    assert (
        kinds_of(tmp_path, ("normal", *first), ("bulge", *second), ("disc", *first), ("disc", *second)) == []
    )


def test_an_image_of_anatomy_alone_needs_no_diagnosis(tmp_path: Path) -> None:
    assert kinds_of(tmp_path, DISC, VERTEBRA) == []


def test_a_disc_between_graded_ones_needs_a_diagnosis(tmp_path: Path) -> None:
    assert kinds_of(tmp_path, DISC, NORMAL, ("disc", 100, 200, 160, 220)) == [Kind.DISC_UNGRADED]


def test_a_typo_names_the_class_that_is_meant(tmp_path: Path) -> None:
    write_pair(tmp_path, "a", annotation_xml([DISC, ("herniaton", *DISC[1:])]))
    (problem,) = check(tmp_path).problems
    assert (problem.kind, problem.box, problem.line) == (Kind.CLASS_TYPO, 2, 27)
    assert "'herniation' is meant" in problem.message


def test_a_word_between_two_classes_is_no_typo_to_fix(tmp_path: Path) -> None:
    write_pair(tmp_path, "a", annotation_xml([("bat", 1, 1, 50, 50)]))
    (problem,) = check_folder(tmp_path, LabelSet(("cat", "rat"))).problems
    assert problem.kind is Kind.CLASS_UNKNOWN


def test_images_without_a_structure_are_one_hint(tmp_path: Path) -> None:
    write_pair(tmp_path, "a")
    write_pair(tmp_path, "b", annotation_xml([DISC, NORMAL], filename="b.png"))
    (problem,) = check(tmp_path).problems
    assert problem.kind is Kind.PARTLY_ANNOTATED
    assert problem.message == "vertebra is annotated in 1 of 2 images"


def test_an_image_declared_unannotated_for_a_structure_is_no_hint(tmp_path: Path) -> None:
    write_pair(tmp_path, "a")
    write_pair(tmp_path, "b", annotation_xml([DISC, NORMAL], filename="b.png"))
    (tmp_path / "images.csv").write_text(
        "image,patient,annotated\na.png,1,\nb.png,2,disc normal bulge herniation\n"
    )
    assert check(tmp_path).problems == ()


# --- the real sample


def test_the_real_sample_has_no_problem(shared: Path) -> None:
    report = check(shared / "spider-sample")
    assert (report.images, report.annotations) == (150, 150)
    assert report.labels["disc"] == 1109 and report.labels["herniation"] == 46
    assert report.problems == ()


# --- the printed report


def printed(folder: Path) -> str:
    console = Console(width=200, record=True)
    print_report(check(folder), console)
    return console.export_text()


def test_a_short_report_lists_every_problem(tmp_path: Path) -> None:
    write_pair(tmp_path, "[red]", annotation_xml([DISC, ("herniaton", *DISC[1:])], filename="[red].png"))
    text = printed(tmp_path)
    assert "1 images, 1 XML files, 2 boxes (disc 1, herniaton 1)" in text
    assert "[red].xml:27" in text and "1 error, 0 warnings, 0 hints" in text and "--fix" in text


def test_a_long_report_is_grouped_by_kind(tmp_path: Path) -> None:
    for number in range(80):
        write_image(tmp_path / f"{number:02}.png", 8, 8)
    text = printed(tmp_path)
    assert "not-annotated" in text and "02.png" in text and "03.png" not in text
    assert "--json" in text and "--fix" not in text


def test_a_sound_folder_says_so(tmp_path: Path) -> None:
    write_pair(tmp_path, "a")
    assert "nothing wrong" in printed(tmp_path)


# --- fixing


def told(fixes: Fixes) -> str:
    console = Console(width=200, record=True)
    print_fixes(fixes, console)
    return console.export_text()


def test_fixing_says_what_was_mended_and_where_the_backup_is(tmp_path: Path) -> None:
    write_pair(tmp_path, "a", annotation_xml([DISC, DISC, NORMAL], filename="a.png"))
    assert "mended 1 problem; the files as they were" in told(fix_folder(tmp_path, LUMBAR))


def test_a_file_that_cannot_be_written_is_named_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        write_pair(tmp_path, name, annotation_xml([("disk", *DISC[1:])], filename=f"{name}.png"))
    replace = os.replace

    def locked(source: Path, target: Path) -> None:
        if target.name == "a.xml":
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", locked)
    fixes = fix_folder(tmp_path, LUMBAR)
    assert "left as it was" in told(fixes) and "a.xml" in told(fixes)
    assert "disk" in (tmp_path / "a.xml").read_text() and "disc" in (tmp_path / "b.xml").read_text()


def fixed(folder: Path, boxes: Sequence[BoxRow]) -> tuple[str, str]:
    """The XML before and after."""
    path = write_pair(folder, "image", annotation_xml(boxes))
    fix_folder(folder, LUMBAR)
    return annotation_xml(boxes), path.read_text()


def test_fixing_a_typo_changes_one_word(tmp_path: Path) -> None:
    before, after = fixed(tmp_path, [DISC, ("herniaton", *DISC[1:])])
    assert after == before.replace("herniaton", "herniation")


def test_fixing_drops_exact_duplicates_alone(tmp_path: Path) -> None:
    near = ("disc", *(edge + 1 for edge in DISC[1:]))
    _, after = fixed(tmp_path, [DISC, DISC, near, NORMAL])  # type: ignore[list-item]
    assert after == annotation_xml([DISC, near, NORMAL])  # type: ignore[list-item]


def test_fixing_keeps_boxes_that_only_a_person_can_repair(tmp_path: Path) -> None:
    inverted = ("disc", 60, 60, 50, 50)
    before, after = fixed(tmp_path, [inverted, ("Normal", *DISC[1:])])
    assert after == before.replace("Normal", "normal")


def test_fixing_a_sound_folder_writes_nothing(tmp_path: Path) -> None:
    write_pair(tmp_path, "a")
    fixes = fix_folder(tmp_path, LUMBAR)
    assert "nothing to mend" in told(fixes)
    assert (fixes.problems, fixes.backup, fixes.left) == ((), None, ())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.xml"]


def test_fixing_writes_a_transposed_size_but_not_a_scaled_one(tmp_path: Path) -> None:
    write_pair(tmp_path, "a", annotation_xml(filename="a.png", width=HEIGHT, height=WIDTH))
    scaled = write_pair(tmp_path, "b", annotation_xml(filename="b.png", width=2 * WIDTH, height=2 * HEIGHT))
    before = scaled.read_bytes()
    fix_folder(tmp_path, LUMBAR)
    voc = read_voc(tmp_path / "a.xml")
    assert (voc.width, voc.height) == (WIDTH, HEIGHT) and scaled.read_bytes() == before
    assert found(tmp_path) == [("b.xml", Kind.IMAGE_RESIZED)]


def test_a_file_is_untouched_where_its_backup_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_pair(tmp_path, "a", annotation_xml([("disk", *DISC[1:])]))
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("annotation.checking.fixing.shutil.copy2", full)
    with pytest.raises(BadInputError, match="backup cannot be written"):
        fix_folder(tmp_path, LUMBAR)
    assert path.read_bytes() == before

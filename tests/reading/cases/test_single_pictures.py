"""Cases that are single pictures: from a cohort, from pictures with a reference, from phantoms."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from draft_study import Draft, write_examination
from picture_study import COLUMNS, DISCS, IMAGES, ROWS, draft_of_pictures, picture, write_picture_cohort
from small_reader_study import new_account

from annotation.boxes import Box
from annotation.labels import DIAGNOSES, SLIP
from imaging.export import export_studies
from imaging.pictures import pictures_in, read_picture
from imaging.pseudonyms import PseudonymKey
from reading.cases.case_folder import picture_file
from reading.cases.cases import AddedCases, add_cases
from reading.cases.examination import CaseRefused, read_examination
from reading.cases.leaks import active_study_of
from reading.cases.pictures import series_of, series_pixels
from reading.cases.single_pictures import truth_of_boxes
from reading.cases.sources import CasesOf, Folder, Phantoms, Upload
from reading.study.studies import add_member

EVERYTHING = (*DIAGNOSES, SLIP)


def add(draft: Draft, source: CasesOf) -> AddedCases:
    return add_cases(draft.store, draft.data, draft.id, source, training=False)


def kept(draft: Draft, number: int) -> Path:
    path = picture_file(draft.data / "cases" / draft.cases()[number].folder)
    assert path is not None
    return path


def test_a_cohort_becomes_a_case_for_each_picture(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path)
    write_picture_cohort(draft.imports / "cohort", 3)
    assert not add(draft, Folder("cohort")).refused
    cases = draft.cases()
    assert [(case.name, case.patient, case.levels) for case in cases] == [
        ("case-01", "patient-01", []),
        ("case-02", "patient-01", []),
        ("case-03", "patient-02", []),
    ]
    said = {number: (disc["verdict"], disc["slip"]) for number, disc in cases[0].truth.items()}
    assert said == {"1": ("normal", False), "2": ("bulge", False), "3": ("herniation", True)}
    assert tuple(cases[0].truth["2"]["edges"]) == DISCS[1].edges
    assert cases[0].truth["1"]["image"] == kept(draft, 0).relative_to(kept(draft, 0).parents[1]).as_posix()
    assert np.array_equal(read_picture(kept(draft, 0)), picture(0))


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_viewer_gets_one_series_of_one_slice_without_a_place(
    tmp_path: Path, depth: type[np.integer]
) -> None:
    (tmp_path / "P1").mkdir()
    cv2.imwrite(str(tmp_path / "P1" / "picture.png"), picture(7, depth))
    (series,) = series_of(tmp_path)
    content = series.as_json()
    assert (content["rows"], content["columns"], content["spacing"]) == (ROWS, COLUMNS, (1.0, 1.0))
    assert [item["position"] for item in content["slices"]] == [None]
    pixels = np.frombuffer(series_pixels(tmp_path, 1), "<u2").reshape(ROWS, COLUMNS)
    assert np.array_equal(pixels, picture(7, depth))
    centre, width = content["window"]
    assert (centre, width) == (127.5, 255) if depth is np.uint8 else 0 < width < 65535


def test_what_a_file_holds_beside_its_pixels_is_not_kept(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path)
    cohort = write_picture_cohort(draft.imports / "cohort", 1, suffix=".jpg")
    path = cohort / "images" / "picture-0.jpg"
    content = path.read_bytes()
    path.write_bytes(content[:2] + b"\xff\xfe\x00\x0eName^PATIENT" + content[2:])
    pixels = read_picture(path)
    add(draft, Folder("cohort"))
    stored = kept(draft, 0)
    assert np.array_equal(read_picture(stored), pixels)
    assert b"PATIENT" not in stored.read_bytes() and "P0" not in stored.as_posix()
    assert [item.name for item in stored.parent.iterdir()] == ["picture.png"]


def test_pictures_with_a_reference_become_cases(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path)
    folder = draft.imports / "pictures"
    (folder / "jpeg").mkdir(parents=True)
    for number, name in enumerate(("jpeg/a.jpg", "jpeg/b.jpg", "jpeg/c.jpg")):
        cv2.imwrite(str(folder / name), picture(number))
    (folder / "REFERENCE.csv").write_text(
        "case,patient,image,xmin,ymin,xmax,ymax,verdict,slip\n"
        "one,p1,jpeg/a.jpg,60,110,120,140,herniation,1\n"
        "one,p1,jpeg/a.jpg,60,40,120,70.5,normal,0\n"
        "two,p2,jpeg/b.jpg,60,110,120,999,bulge,0\n"
        "three,p3,jpeg/b.jpg,60,110,120,140,bulge,0\n"
        "three,p3,jpeg/c.jpg,60,110,120,140,bulge,0\n"
        "four,p4,../../discern.db,60,110,120,140,bulge,0\n"
    )
    added = add(draft, Folder("pictures"))
    (case,) = draft.cases()
    assert [case.truth[number]["verdict"] for number in ("1", "2")] == ["normal", "herniation"]
    assert sorted(added.refused) == [
        "four: lies outside its folder; put the picture itself there",
        "three: not all of its discs have a box on one picture; a case is one picture here",
        "two: a box that reaches over the picture's edge in REFERENCE.csv",
    ]


def test_pictures_that_the_reference_does_not_name_are_told(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path)
    folder = draft.imports / "pictures"
    folder.mkdir()
    for number, name in enumerate(("a.png", "b.png")):
        cv2.imwrite(str(folder / name), picture(number))
    (folder / "REFERENCE.csv").write_text(
        "case,patient,image,xmin,ymin,xmax,ymax,verdict,slip\none,p1,a.png,60,110,120,140,bulge,1\n"
    )
    assert add(draft, Folder("pictures")).refused == ("pictures: 1 of its pictures are not in REFERENCE.csv",)


def test_phantoms_are_pictures_with_the_truth_of_their_slice(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path)
    assert list(add(draft, Phantoms(1, 31)).added) == ["case-01"]
    (case,) = draft.cases()
    pixels = read_picture(kept(draft, 0))
    assert len(case.truth) >= 5 and not case.levels
    for disc in case.truth.values():
        left, top, right, bottom = disc["edges"]
        assert 0 <= left < right <= pixels.shape[1] and 0 <= top < bottom <= pixels.shape[0]
        assert disc["verdict"] in DIAGNOSES
    assert [disc["edges"][1] for disc in case.truth.values()] == sorted(
        disc["edges"][1] for disc in case.truth.values()
    )


def test_what_was_not_annotated_is_not_absent(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path)
    write_picture_cohort(draft.imports / "cohort", 1, DISCS[:3], "normal bulge herniation disc")
    (sentence,) = add(draft, Folder("cohort")).refused
    assert sentence == "picture-0.png: spondylolisthesis: not annotated in it, but asked for in this study"
    without = draft_of_pictures(tmp_path / "other", replace(IMAGES, slip=False))
    write_picture_cohort(without.imports / "cohort", 1, DISCS[:3], "normal bulge herniation disc")
    assert not add(without, Folder("cohort")).refused


@pytest.mark.parametrize(
    ("boxes", "why"),
    [
        ([], "no disc is marked"),
        ([Box("disc", 60, 40, 120, 70)], "a disc without any of"),
        ([DISCS[0], DISCS[3]], "a slip is marked on it in which no disc is"),
    ],
)
def test_boxes_that_do_not_say_all_are_no_truth(boxes: list[Box], why: str) -> None:
    with pytest.raises(CaseRefused, match=why):
        truth_of_boxes(boxes, EVERYTHING, EVERYTHING)


def test_a_disc_boxed_twice_is_one() -> None:
    (disc,) = truth_of_boxes([Box("disc", 60, 41, 120, 70), DISCS[0]], EVERYTHING, ()).values()
    assert (disc.verdict, disc.edges) == ("normal", (60, 41, 120, 70))


def test_the_same_picture_is_no_second_case_and_an_examination_none(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path)
    write_picture_cohort(draft.imports / "one", 2)
    write_picture_cohort(draft.imports / "two", 1)
    add(draft, Folder("one"))
    assert add(draft, Folder("two")).refused == (
        "picture-0.png: has pictures that case-01 of this study has too",
    )
    with pytest.raises(CaseRefused, match="single pictures"):
        add(draft, Upload(tmp_path / "x.zip"))
    (draft.imports / "nothing").mkdir()
    with pytest.raises(CaseRefused, match=r"neither images\.csv nor REFERENCE\.csv"):
        add(draft, Folder("nothing"))


def test_patients_and_pictures_of_the_training_are_refused(tmp_path: Path) -> None:
    known = tmp_path / "known.jpg"
    cv2.imwrite(str(known), picture(3))
    draft = draft_of_pictures(tmp_path, learned_from=["P0"], pictures=[known])
    cohort = write_picture_cohort(draft.imports / "cohort", 6)
    cv2.imwrite(str(cohort / "images" / "picture-3.png"), read_picture(known))
    refused = dict(sentence.split(": ", 1) for sentence in add(draft, Folder("cohort")).refused)
    assert sorted(refused) == ["picture-0.png", "picture-1.png", "picture-3.png"]
    assert refused["picture-0.png"].startswith("its patient is among those")
    assert refused["picture-3.png"].startswith("a picture of it is among those")
    assert len(draft.cases()) == 3


def test_a_reader_of_the_study_has_the_examination_of_its_pictures_nowhere_else(tmp_path: Path) -> None:
    source = write_examination(tmp_path / "anna", "PAT-1")
    export_studies([source], tmp_path / "exported", PseudonymKey(bytes(32)), workers=1)
    first = pictures_in(tmp_path / "exported" / "images")[0]
    draft = draft_of_pictures(tmp_path)
    folder = draft.imports / "f"
    folder.mkdir()
    (folder / "a.png").write_bytes(first.read_bytes())
    (folder / "REFERENCE.csv").write_text(
        "case,patient,image,xmin,ymin,xmax,ymax,verdict,slip\none,p1,a.png,6,11,12,14,bulge,1\n"
    )
    assert not add(draft, Folder("f")).refused
    reader = new_account(draft.store, "a reader", "reader")
    add_member(draft.store, draft.coordinator, draft.id, reader.id)
    uploaded = read_examination(source)
    assert active_study_of(draft.store, reader.id, uploaded.digests) is None
    assert active_study_of(draft.store, reader.id, uploaded.picture_digests) == draft.id

"""READINGS.csv, and the readings of a model."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mr_files import StudyFolder
from reader_tables import at, boxed
from scenery_studies import SOME, axial_slices, write_slices, write_study
from seeing_models import seeing_models

from annotation.labels import DIAGNOSES, LUMBAR
from axial.pictures import pictures_of
from axial.reading import read_pictures
from axial.result import StudyResult
from errors import BadInputError
from imaging.reading import read_studies
from reading.readings import AI, DiscReading, columns_of, read_readings, readings_of_result, write_readings

HEAD = "reader,arm,case,patient,level,verdict,slip,herniation_likelihood,seconds,indeterminate"
ROW = "Ann,alone,c1,p1,L4-L5,bulge,0,3,61.5,0"


def table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "READINGS.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row_is_what_a_reader_said_of_a_disc(tmp_path: Path) -> None:
    (disc,) = read_readings(table(tmp_path, HEAD, ROW)).discs
    assert disc == DiscReading(
        "Ann", "alone", "c1", "p1", at("L4-L5"), "bulge", False, lesion_likelihood=3, seconds=61.5
    )
    assert disc.line == 2


def test_a_row_may_have_a_box_instead_of_a_level(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "reader,arm,case,patient,image,xmin,ymin,xmax,ymax,verdict,slip",
        "Ann,alone,c1,p1,c1.png,10,20,50.5,40,normal,",
    )
    (disc,) = read_readings(path).discs
    assert disc.place == boxed("c1.png", 10, 20, 50.5, 40)
    assert disc.slip is None


def test_a_reading_that_marked_nothing_is_a_row_without_place_and_verdict(tmp_path: Path) -> None:
    (disc,) = read_readings(table(tmp_path, HEAD, "Ann,alone,c1,p1,,,,,30,")).discs
    assert disc.place is None and disc.verdict is None


def test_an_indeterminate_disc_needs_no_verdict(tmp_path: Path) -> None:
    (disc,) = read_readings(table(tmp_path, HEAD, "Ann,alone,c1,p1,L4-L5,,0,,,1")).discs
    assert disc.indeterminate and disc.verdict is None


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        ([], "", "no column 'reader'"),
        ([HEAD], "", "no rows"),
        ([HEAD + ",age", ROW + ",40"], "", "column 'age' is unknown"),
        (["reader;arm;case", "Ann;alone;c1"], "", "separated by commas"),
        ([HEAD, ROW + ",7"], ":2", "11 cells under 10 columns"),
        ([HEAD, ROW.replace("Ann", "")], ":2", "no reader in this row"),
        ([HEAD, ROW.replace("bulge", "hernia")], ":2", "verdict is none of normal, bulge, herniation"),
        ([HEAD, ROW.replace("bulge", "")], ":2", "no verdict"),
        ([HEAD, ROW.replace("L4-L5", "")], ":2", "a verdict without a disc"),
        ([HEAD, ROW.replace("L4-L5", "L4/5")], ":2", "write it as L4-L5"),
        ([HEAD, ROW.replace("bulge,0", "bulge,no")], ":2", "slip is none of 0, 1"),
        ([HEAD, ROW.replace("0,3,", "0,6,")], ":2", "a whole number from 1 to 5"),
        ([HEAD, ROW.replace("Ann", AI)], ":2", "a probability from 0 to 1"),
        ([HEAD, ROW.replace("61.5", "0")], ":2", "seconds is not above 0"),
        ([HEAD, ROW.replace("61.5", "a minute")], ":2", "seconds is no number"),
        ([HEAD, ROW.replace("61.5", "nan")], ":2", "seconds is no number"),
        ([HEAD, ROW, "", ROW], ":4", "the same level twice"),
        ([HEAD, ROW, ROW.replace("L4-L5", "L5-S1").replace("61.5", "62")], ":3", "other seconds"),
        ([HEAD, ROW, ROW.replace("Ann", "Bo").replace("p1", "p2")], ":3", "another patient"),
        (
            [HEAD, *(ROW.replace("Ann", AI).replace(",3,", ",,").replace("alone", arm) for arm in "ab")],
            ":3",
            "the AI in two arms",
        ),
    ],
)
def test_bad_input_is_one_sentence_with_its_line(
    lines: list[str], place: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError) as error:
        read_readings(table(tmp_path, *lines))
    assert str(error.value).startswith(f"{tmp_path / 'READINGS.csv'}{place}: ")
    assert said in str(error.value) and "\n" not in str(error.value)


def test_half_a_box_and_a_box_without_area_are_named(tmp_path: Path) -> None:
    head = "reader,arm,case,patient,image,xmin,ymin,xmax,ymax,verdict,slip"
    for cells, said in (
        ("c.png,1,2,3,", "half a box"),
        ("c.png,9,2,3,4", "without area"),
        (",1,2,3,4", "half"),
    ):
        with pytest.raises(BadInputError, match=said):
            read_readings(table(tmp_path, head, f"Ann,alone,c1,p1,{cells},normal,0"))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b'reader,"arm\n'])
def test_what_is_no_table_is_one_sentence(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "READINGS.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"READINGS\.csv: (cannot be read|not a CSV table)"):
        read_readings(path)


names = st.text("abcé ,\"'", min_size=1).map(str.strip).filter(bool)
places = st.none() | st.sampled_from([at("L4-L5"), at("T12-L1"), boxed("a b.png", 1, 2, 3.25, 4)])


@given(st.lists(st.tuples(names, names, places, st.sampled_from(DIAGNOSES), st.booleans()), min_size=1))
def test_written_readings_come_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple]) -> None:
    discs = [
        DiscReading(
            reader,
            "alone",
            f"{case} {number}",
            "p",
            place,
            place and verdict,
            slip,
            1,
            2,
            12.5,
            place is None,
        )
        for number, (reader, case, place, verdict, slip) in enumerate(rows)
        if reader != AI
    ]
    path = tmp_path_factory.mktemp("readings") / "READINGS.csv"
    write_readings(path, discs)
    assert read_readings(path).discs == tuple(discs)
    assert path.read_text().splitlines()[0] == ",".join(columns_of(LUMBAR))


def result_of(folder: Path) -> StudyResult:
    (study,) = read_studies(folder)
    return read_pictures("case 7", pictures_of(study), seeing_models())


def test_the_models_result_becomes_its_reading(tmp_path: Path) -> None:
    discs = readings_of_result(result_of(write_study(tmp_path / "study")), "p7", seconds=9)
    assert {(disc.reader, disc.case, disc.patient, disc.seconds) for disc in discs} == {
        (AI, "case 7", "p7", 9)
    }
    said = {disc.place.level: disc for disc in discs if disc.place and disc.place.level}
    assert {level: disc.verdict for level, disc in said.items() if disc.verdict != "normal"} == SOME
    herniation = said["L4-L5"]
    assert herniation.slip is True
    assert herniation.lesion_likelihood is not None and herniation.lesion_likelihood > 0.5


def test_without_levels_the_model_has_read_the_case_and_marked_nothing(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, axial_slices())
    (disc,) = readings_of_result(result_of(study.folder), "p7")
    assert disc.place is None and disc.verdict is None
    assert disc.seconds is not None and disc.seconds > 0

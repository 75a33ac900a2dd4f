"""REFERENCE.csv, and the phantom's truth as a reference."""

from pathlib import Path

import pytest
from reader_tables import at, reference, right

from annotation.labels import DIAGNOSES
from data.phantom.truth import read_truth
from errors import BadInputError
from reading.reference import Reference, read_reference, reference_of_phantoms, write_reference

HEAD = "case,patient,level,image,verdict,slip"
ROW = "c1,p1,L4-L5,c1.png,bulge,1"


def table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "REFERENCE.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row_is_a_disc_with_its_image_beside_the_table(tmp_path: Path) -> None:
    read = read_reference(table(tmp_path, HEAD, ROW))
    (disc,) = read.discs
    assert (disc.case, disc.patient, disc.place.level) == ("c1", "p1", "L4-L5")
    assert (disc.verdict, disc.slip) == ("bulge", True)
    assert read.picture(disc) == tmp_path / "c1.png"


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        ([HEAD, ROW.replace("L4-L5", "")], ":2", "no disc"),
        ([HEAD, ROW.replace("bulge", "")], ":2", "no verdict or no slip"),
        ([HEAD, ROW.replace(",1", ",")], ":2", "no verdict or no slip"),
        ([HEAD, ROW, ROW], ":3", "the same level twice"),
        ([HEAD, ROW, ROW.replace("p1", "p2").replace("L4-L5", "L5-S1")], ":3", "another patient"),
        (
            [f"{HEAD},xmin,ymin,xmax,ymax", f"{ROW},,,,", "c1,p1,,c1.png,bulge,1,1,1,2,2"],
            ":3",
            "only some discs of this case have a level",
        ),
        (["case,patient,level,verdict", "c1,p1,L4-L5,bulge"], "", "no column 'slip'"),
    ],
)
def test_bad_input_is_one_sentence_with_its_line(
    lines: list[str], place: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError) as error:
        read_reference(table(tmp_path, *lines))
    assert str(error.value).startswith(f"{tmp_path / 'REFERENCE.csv'}{place}: ")
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.fixture(scope="module")
def phantoms(phantom_studies: Path) -> Reference:
    return reference_of_phantoms(phantom_studies)


def test_a_phantoms_truth_is_a_reference(phantom_studies: Path, phantoms: Reference) -> None:
    truths = {path.parent.name: read_truth(path) for path in sorted(phantom_studies.glob("*/truth.json"))}
    assert list(phantoms.by_case()) == list(truths)
    for disc in phantoms.discs:
        (right,) = [item for item in truths[disc.case].discs if item.name == disc.place.level]
        assert (disc.verdict, disc.slip) == (right.state, right.slip >= 3)
        assert disc.place.level is not None and disc.place.level.startswith("L")
        assert disc.place.edges is not None
        picture = phantoms.picture(disc)
        assert picture is not None and picture.is_file()
    assert {disc.verdict for disc in phantoms.discs} <= set(DIAGNOSES)


def test_a_written_reference_comes_back_with_its_images(phantoms: Reference, tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    write_reference(tmp_path / "study" / "REFERENCE.csv", phantoms)
    read = read_reference(tmp_path / "study" / "REFERENCE.csv")
    for disc, written in zip(read.discs, phantoms.discs, strict=True):
        assert (disc.case, disc.verdict, disc.slip) == (written.case, written.verdict, written.slip)
        picture, original = read.picture(disc), phantoms.picture(written)
        assert picture is not None and original is not None and picture.samefile(original)


def test_some_cases_alone() -> None:
    both = reference(right("c", at("L5-S1")), right("d", at("L5-S1")))
    assert [disc.case for disc in both.of_cases(["d", "other"]).discs] == ["d"]


def test_a_folder_without_phantoms_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no phantom studies"):
        reference_of_phantoms(tmp_path)

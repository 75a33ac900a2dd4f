"""The report as PDF, read back from the file."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pdf_text import text_of
from report_scenes import Scene, herniated, normal, with_maps, write_scene

from axial.result import StudyResult
from reporting.fonts import east_asian
from reporting.pdf import write_pdf
from reporting.wording import NOMENCLATURE, RESEARCH_ONLY

WHEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return write_scene(tmp_path_factory.mktemp("pdf") / "study")


def written(scene: Scene, folder: Path, result: StudyResult | None = None) -> str:
    """The text of the report with its lines joined."""
    path = folder / "report.pdf"
    write_pdf(result or scene.result, scene.pictures, path, scene.source, WHEN)
    assert [item.name for item in folder.iterdir() if item.is_file()] == ["report.pdf"]
    return " ".join(text_of(path.read_bytes()).split())


def test_the_report_has_every_part_in_the_usual_order(scene: Scene, tmp_path: Path) -> None:
    text = written(scene, tmp_path, replace(scene.result, findings=(normal("L5-S1"), herniated())))
    parts = ("Technique", "Findings", "Impression", "Pictures", "How this report was made")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert RESEARCH_ONLY in text
    assert NOMENCLATURE.split(".")[0] in text
    assert "Müller, Jürgen" in text and "patient-1" in text and "2026-03-01 09:30" in text
    assert "Sagittal T2: 3 slices" in text and "Axial T2: 15 slices" in text
    assert "L4-L5: herniation, left subarticular, 6.1 mm into the canal (sagittal and axial" in text
    assert "L4-L5, axial 11:" in text
    assert "vertebrae, yolov5n-slim, SHA-256 06464c1e7279" in text


def test_levels_stand_from_the_highest_to_the_lowest(scene: Scene, tmp_path: Path) -> None:
    text = written(scene, tmp_path)
    findings = text[text.index("Findings") : text.index("Impression")]
    assert re.findall(r"L\d-[LS]\d", findings) == 2 * ["L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"]


@pytest.mark.parametrize(
    ("sagittal", "axial", "said"),
    [
        (True, False, "Axial: not used; there is no axial T2 series."),
        (False, True, "Sagittal: not used; there is no sagittal T2 series."),
    ],
)
def test_a_missing_side_is_said(sagittal: bool, axial: bool, said: str, tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "study", sagittal, axial)
    text = written(scene, tmp_path)
    assert said in text
    assert "Did not run: " in text


def test_a_study_of_which_nothing_is_known_still_gives_a_report(scene: Scene, tmp_path: Path) -> None:
    text = written(scene, tmp_path, replace(scene.result, vertebrae=(), findings=(), slices=()))
    assert "The vertebrae were not assessed." in text
    assert "No disc was assessed" in text


@pytest.mark.parametrize("maps", [True, False])
def test_activation_maps_are_drawn_and_explained_only_when_asked_for(
    maps: bool, scene: Scene, tmp_path: Path
) -> None:
    mapped = with_maps(replace(scene.result, findings=(herniated(),)))
    pdf = write_pdf(mapped, scene.pictures, tmp_path / "report.pdf", scene.source, WHEN, maps=maps)
    text = " ".join(text_of(pdf).split())
    assert ("Map: what spoke for normal on this slice." in text) is maps
    assert ("It is no segmentation and no explanation" in text) is maps
    assert ("the map tells 3 × 2 places of it apart" in text) is maps


def test_asked_for_maps_that_a_result_does_not_have_change_nothing(scene: Scene, tmp_path: Path) -> None:
    result = replace(scene.result, findings=(herniated(),))
    plain, asked = (
        write_pdf(result, scene.pictures, tmp_path / "report.pdf", scene.source, WHEN, maps=maps)
        for maps in (False, True)
    )
    assert text_of(plain) == text_of(asked)


def test_letters_without_a_font_leave_a_mark(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "study", axial=False, PatientName="Sharma^Ravi=शर्म^रवि")
    text = written(scene, tmp_path)
    assert "Sharma, Ravi □□□□, □□□" in text
    assert "□ stands for a letter that the font of this report does not have." in text


@pytest.mark.skipif(len(east_asian()) < 2, reason="the fonts of `make system-packages` are not here")
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada,Tarou山田,太郎やまだ,たろう"),
        ("Hong^Gildong=洪^吉洞=홍^길동", "Hong,Gildong洪,吉洞홍,길동"),
    ],
)
def test_east_asian_names_are_written_as_they_are(name: str, read: str, tmp_path: Path) -> None:
    text = written(write_scene(tmp_path / "study", axial=False, PatientName=name), tmp_path)
    assert read in text.replace(" ", "")
    assert "□" not in text


def test_hebrew_names_are_read_leftwards(tmp_path: Path) -> None:
    text = written(write_scene(tmp_path / "study", axial=False, PatientName="שרון^דבורה"), tmp_path)
    assert "הרובד,ןורש" in text.replace(" ", ""), "the last letter stands first on the page"
    assert "□" not in text


def test_greek_and_cyrillic_names_are_written_as_they_are(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "study", axial=False, PatientName="Σωκράτης^Петр")
    text = written(scene, tmp_path)
    assert "Σωκράτης, Петр" in text
    assert "□" not in text


def test_odd_names_and_endless_warnings_break_nothing(scene: Scene, tmp_path: Path) -> None:
    odd = replace(scene.result, study="a\n\0b" + 300 * "x", warnings=("/" + 500 * "y",) * 12)
    text = written(scene, tmp_path, odd)
    assert "a □bxxx" in text
    assert "2 more are in the result’s JSON file." in text


def test_a_result_without_a_source_names_no_patient(scene: Scene, tmp_path: Path) -> None:
    write_pdf(scene.result, scene.pictures, tmp_path / "report.pdf")
    text = text_of((tmp_path / "report.pdf").read_bytes())
    assert "Patient" not in text
    assert "case 7" in text


def test_every_page_after_the_first_names_patient_and_study(scene: Scene, tmp_path: Path) -> None:
    write_pdf(scene.result, scene.pictures, tmp_path / "report.pdf", scene.source, WHEN)
    content = (tmp_path / "report.pdf").read_bytes()
    pages = len(re.findall(rb"/Type /Page\n", content))
    assert pages > 1
    assert text_of(content).count("Müller, Jürgen · patient-1 · case 7") == pages - 1


def test_the_same_result_gives_the_same_report(scene: Scene, tmp_path: Path) -> None:
    for name in ("one.pdf", "other.pdf"):
        write_pdf(scene.result, scene.pictures, tmp_path / name, scene.source, WHEN)
    one, other = (text_of((tmp_path / name).read_bytes()) for name in ("one.pdf", "other.pdf"))
    assert one == other

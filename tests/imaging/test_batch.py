"""A batch of studies: whose each is, and what goes on when one cannot be read."""

import shutil
from pathlib import Path

import pytest
from mr_files import StudyFolder, axial, sagittal

from errors import BadInputError
from imaging.batch import Report, each_study, patients_apart, run_tasks


def write(folder: Path, patient: str) -> StudyFolder:
    study = StudyFolder(folder, patient)
    study.series([sagittal(place) for place in (-4.0, 0.0, 4.0)])
    return study


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """A study of another patient in each of three folders."""
    for number in (2, 1, 3):
        write(tmp_path / "studies" / f"study-{number}", f"patient-{number}")
    return tmp_path / "studies"


def test_a_folder_of_several_patients_is_a_batch(studies: Path) -> None:
    assert [path.name for path in patients_apart(studies)] == ["study-1", "study-2", "study-3"]


def test_a_broken_study_stays_in_the_batch_to_be_named(studies: Path) -> None:
    for path in (studies / "study-2").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    (studies / "study-4").mkdir()
    assert len(patients_apart(studies)) == 4


def test_loose_files_beside_studies_are_no_study(studies: Path) -> None:
    (studies / "list.csv").write_text("study,patient\n")
    assert len(patients_apart(studies)) == 3


def test_the_series_of_one_study_in_folders_of_their_own_are_one_study(tmp_path: Path) -> None:
    study = write(tmp_path / "study" / "sagittal", "patient-1")
    study.folder = tmp_path / "study" / "axial"
    study.series([axial(place) for place in (0.0, 4.0)])
    assert patients_apart(tmp_path / "study") == [tmp_path / "study"]


def test_a_series_whose_first_file_breaks_off_is_no_other_patient(tmp_path: Path) -> None:
    study = write(tmp_path / "study" / "sagittal", "patient-1")
    study.folder = tmp_path / "study" / "axial"
    study.series([axial(place) for place in (0.0, 4.0)])
    first = min((tmp_path / "study" / "axial").iterdir())
    first.write_bytes(first.read_bytes()[:140])
    assert patients_apart(tmp_path / "study") == [tmp_path / "study"]


def test_two_studies_of_one_patient_are_read_together(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path / "patient" / f"visit-{number}", "patient-1")
    assert patients_apart(tmp_path / "patient") == [tmp_path / "patient"]
    assert len(list(each_study([tmp_path / "patient"], Report()))) == 2


def test_patients_of_one_number_at_two_hospitals_are_two(tmp_path: Path) -> None:
    for issuer in ("north", "south"):
        study = StudyFolder(tmp_path / "studies" / issuer, "17")
        study.series([sagittal(0.0)], IssuerOfPatientID=issuer)
    assert len(patients_apart(tmp_path / "studies")) == 2


@pytest.mark.parametrize("name", ["study-1", "nowhere", "archive.zip"])
def test_anything_else_is_itself(name: str, studies: Path) -> None:
    shutil.make_archive(str(studies / "archive"), "zip", studies / "study-1")
    assert patients_apart(studies / name) == [studies / name]


def test_studies_that_can_be_read_come_and_the_others_are_named(studies: Path) -> None:
    for path in (studies / "study-2").iterdir():
        path.write_bytes(b"")
    report = Report()
    found = list(each_study([*patients_apart(studies), studies / "nowhere"], report))
    assert [study.patient.patient_id for study in found] == ["patient-1", "patient-3"]
    assert [Path(error.path).name for error in report.left_out] == ["study-2", "nowhere"]


def test_tasks_end_in_order_and_one_that_fails_stops_no_other() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise BadInputError("two", "cannot be used")
        return number * number

    outcomes = list(run_tasks(work, range(5), workers=2))
    assert [str(item) for item in outcomes] == ["0", "1", "two: cannot be used", "9", "16"]

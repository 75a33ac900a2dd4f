"""Simulated readers of the phantom's fractures."""

from pathlib import Path

from data.phantom.fracture.features import FeatureRow
from data.phantom.fracture.readers import READERS, write_simulated_readings
from fracture.readings import SIMULATED, read_fracture_readings


def rows(count: int = 120) -> list[FeatureRow]:
    """Every third patient malignant; five features that tell, one of them the other way round."""
    made = []
    for number in range(count):
        malignant = number % 3 == 0
        features = {f"sign{place}": malignant ^ (number % (7 + place) == 0) for place in range(4)}
        cause = "malignant" if malignant else "benign"
        made.append(FeatureRow(f"p{number:03d}", cause, {**features, "benign_sign": not malignant}))  # type: ignore[arg-type]
    return made


def test_every_reader_answers_on_every_patient_and_more_errors_make_a_worse_reader(tmp_path: Path) -> None:
    causes = {row.patient: row.cause for row in rows()}
    write_simulated_readings(tmp_path, rows())
    readings = read_fracture_readings(tmp_path / "readings.csv")
    right = {
        reader.name: [item.answer == causes[item.patient] for item in readings if item.reader == reader.name]
        for reader in READERS
    }
    assert all(name.startswith(SIMULATED) and len(own) == len(causes) for name, own in right.items())
    senior, fourth, first = (sum(own) for own in right.values())
    assert senior >= fourth > first > len(causes) / 2
    for item in readings:
        assert item.likelihood is not None and (item.likelihood >= 3) >= (item.answer == "malignant")


def test_they_are_the_same_each_time_and_whatever_the_order(tmp_path: Path) -> None:
    for name, given in (("one", rows()), ("other", rows()[::-1])):
        (tmp_path / name).mkdir()
        write_simulated_readings(tmp_path / name, given)
    one, other = ((tmp_path / name / "readings.csv").read_bytes() for name in ("one", "other"))
    assert one == other


def test_patients_of_one_cause_alone_are_read_too(tmp_path: Path) -> None:
    write_simulated_readings(tmp_path, rows(1))
    assert len(read_fracture_readings(tmp_path / "readings.csv")) == len(READERS)

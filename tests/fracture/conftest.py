"""One small classifier of fractures for all tests of the room."""

from pathlib import Path

import pytest
from fracture_studies import patients, small_fracture_protocol, write_fracture_cohort

from benchmarks.fracture.lesions import LesionSource
from benchmarks.fracture.protocol import read_fracture_protocol
from benchmarks.fracture.trial import MODEL, FractureTrial


@pytest.fixture(scope="session")
def fracture_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of a classifier trained on twelve patients."""
    folder = tmp_path_factory.mktemp("fracture-model")
    cohort = write_fracture_cohort(folder, patients(12))
    source = LesionSource(cohort, "fracture")
    protocol = read_fracture_protocol(str(small_fracture_protocol(folder / "small.yaml", epochs=8)))
    trial = FractureTrial(protocol, None, source.read().cohort.patients, (), threads=1)
    (folder / "trial").mkdir()
    trial.run(source, folder / "trial", lambda epoch, loss: None)
    return folder / "trial" / MODEL

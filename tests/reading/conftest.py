"""A phantom study for all tests of this room."""

from pathlib import Path

import pytest

from data.phantom.studies import StudyPlan, generate_studies
from imaging.study import SeriesKind


@pytest.fixture(scope="session")
def phantom_studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms") / "studies"
    generate_studies(folder, 1, 21, StudyPlan((SeriesKind.SAGITTAL_T2, SeriesKind.AXIAL_T2), 1), workers=1)
    return folder

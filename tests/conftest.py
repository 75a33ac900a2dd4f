"""What every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes says more about the machine than about the code.
settings.register_profile("discern", deadline=None)
settings.load_profile("discern")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real sample and the golden numbers, which is no part of the repository."""
    beside = Path(__file__).resolve().parents[1].parent / "shared"
    folder = Path(os.environ.get("DISCERN_SHARED", beside))
    if not folder.is_dir():
        pytest.skip(f"no sample data at {folder}; set DISCERN_SHARED to the folder that holds it")
    return folder

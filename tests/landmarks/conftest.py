"""One small trained landmark model for all tests of the room."""

import pytest
from corner_pictures import POINTS, QUICK, Trained, samples

from landmarks.fitting import fit
from landmarks.model_card import new_card
from models.model_folder import write_model_folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("landmarks")
    training = samples(folder, range(48))
    network = fit(training, QUICK)
    write_model_folder(folder / "model", network, new_card(POINTS, training, QUICK))
    return Trained(network, folder / "model")

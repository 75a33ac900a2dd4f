"""One small trained classifier for all tests of the room."""

import pytest
from marks import CATEGORIES, CLASSES, QUICK, Trained, samples

from classifiers.fitting import fit
from classifiers.model_card import new_card
from models.model_folder import write_model_folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("classifier")
    training = samples(folder, range(16))
    network = fit("resnet18-slim", CLASSES, CATEGORIES, training, QUICK)
    card = new_card("resnet18-slim", CLASSES, CATEGORIES, ["T2"], training, QUICK, temperature=1.5)
    write_model_folder(folder / "model", network, card)
    return Trained(network, folder / "model")

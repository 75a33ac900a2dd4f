"""The classifier's model folder: nothing in it is code, and nothing is a pickle.

``model.onnx`` is the graph, ``model.json`` says how to feed and read it (model_card.py) and
``weights.safetensors`` is what training goes on from.
"""

from pathlib import Path

from safetensors.numpy import save_file

from classifiers.model_card import ClassifierCard, write_card
from classifiers.network import Network
from imaging.new_folder import new_folder


def write_model_folder(folder: Path, network: Network, card: ClassifierCard) -> None:
    """Export the network beside its card, in a folder that appears whole or not at all.

    Raises BadInputError where the folder is there already and not empty.
    """
    with new_folder(folder) as partial:
        network.export(partial / "model.onnx", card.image_size)
        save_file(network.weights(), partial / "weights.safetensors")
        write_card(partial, card)

"""The model folder of a classifier of fractures that nobody trained: what is dark on T1 is malignant."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from classifiers.model_card import ClassifierCard
from classifiers.preprocessing import MEAN, STD
from fracture.calibration import FractureRules
from fracture.causes import CAUSES
from fracture.registration import CHANNELS
from imaging.windowing import Window
from models.model_folder import write_card

CALLED_FROM = 0.26
_SIZE, _PLACE = 64, 16
"""Pixels of the input's side, and of a place of the activation map."""


def write_fracture_model(folder: Path) -> Path:
    """The darker the T1 lesion slice is in the box, the higher the probability of malignancy."""
    folder.mkdir(parents=True)
    onnx.save(_graph(), str(folder / "model.onnx"))
    card = ClassifierCard(
        classifier="made up",
        classes=CAUSES,
        categories=(),
        channels=CHANNELS,
        image_size=_SIZE,
        margin=0.0,
        window=Window(),
        mean=(MEAN,) * len(CHANNELS),
        std=(STD,) * len(CHANNELS),
        temperature=1.0,
        cost=0.0,
        frequencies=(0.5, 0.5),
        training={},
        salt="",
        patients=(),
    )
    write_card(folder, card)
    FractureRules(slope=1.0, intercept=0.0, prevalence=CALLED_FROM).write(folder)
    return folder


def _graph() -> onnx.ModelProto:
    places = _SIZE // _PLACE
    weights = np.zeros((len(CAUSES), len(CHANNELS), 1, 1), np.float32)
    weights[:, CHANNELS.index("T1 lesion slice"), 0, 0] = 1, -1
    side = [_PLACE, _PLACE]
    nodes = [
        helper.make_node("AveragePool", ["images"], ["pooled"], kernel_shape=side, strides=side),
        helper.make_node("Conv", ["pooled", "weights"], ["activation"]),
        helper.make_node("GlobalAveragePool", ["activation"], ["means"]),
        helper.make_node("Flatten", ["means"], ["logits"]),
    ]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, len(CHANNELS), _SIZE, _SIZE])
    said = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, len(CAUSES)]),
        helper.make_tensor_value_info("activation", TensorProto.FLOAT, [1, len(CAUSES), places, places]),
    ]
    graph = helper.make_graph(
        nodes, "fractures", [images], said, [numpy_helper.from_array(weights, "weights")]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)

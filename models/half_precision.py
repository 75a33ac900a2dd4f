"""Models with their weights in half precision: files of half the size that compute as before."""

import os
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from errors import BadInputError
from imaging.new_folder import new_folder

_GRAPH, _WEIGHTS = "model.onnx", "weights.safetensors"
_LARGE = 1024
"""Smaller tensors (biases, scales, sizes) weigh nothing, and keep their precision."""


def halve(graph: Path, out: Path) -> None:
    """Write the graph with its large float32 weights as float16, each cast back to float32 in the graph.

    ONNX Runtime does the casts once, when it loads the graph, so it runs as fast as before. Raises
    BadInputError where the graph cannot be read or a weight is too large for float16 (65,504).
    """
    try:
        model = onnx.load(graph)
        onnx.checker.check_model(model)
    except Exception:  # protobuf's errors have no common base
        raise BadInputError(graph, "not a readable ONNX graph; train or export the model again") from None
    try:
        nodes = [_halved(tensor, tensor.name) for tensor in model.graph.initializer if _is_large(tensor)]
        for node in model.graph.node:
            nodes.append(node)
            if node.op_type == "Constant" and _is_large(
                node.attribute[0].t
            ):  # where Paddle's graphs keep them
                cast = _halved(node.attribute[0].t, node.output[0])
                node.output[0] = cast.input[0]
                nodes.append(cast)
    except OverflowError:
        raise BadInputError(graph, "a weight is too large for half precision; ship it as it is") from None
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        onnx.save(model, unfinished)
        os.replace(unfinished, out)
    finally:
        unfinished.unlink(missing_ok=True)


def _is_large(tensor: TensorProto) -> bool:
    return bool(tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= _LARGE)


def _halved(tensor: TensorProto, name: str) -> NodeProto:
    """Turn the tensor into half precision in place; the node that gives it back under its name."""
    weights = numpy_helper.to_array(tensor)
    if np.abs(weights).max() > np.finfo(np.float16).max:
        raise OverflowError
    tensor.CopyFrom(numpy_helper.from_array(weights.astype(np.float16), f"{name}_half"))
    return helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT)


def halve_folders(folder: Path, out: Path) -> None:
    """Write the model folders in ``folder`` (or itself, if it is one) for shipping.

    Each graph is halved, and ``weights.safetensors``, from which training would go on, is left out; other
    files are copied. ``out`` appears whole or not at all. Raises BadInputError as ``halve`` does, and
    where there is no model in ``folder`` or ``out`` is not empty.
    """
    if not any(folder.rglob(_GRAPH)):
        raise BadInputError(folder, "no model in it; give a model folder, or a folder of them")
    with new_folder(out) as unfinished:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            target = unfinished / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.name == _GRAPH:
                halve(path, target)
            elif path.name != _WEIGHTS:
                shutil.copyfile(path, target)

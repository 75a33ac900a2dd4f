"""Graphs in OpenVINO, on the CPU: in f32, or in bf16 where the processor has it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from errors import BadInputError
from models.graph import Shape

# `import openvino` tells Intel that it was imported, where it finds this package; without it it is silent.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
import openvino
from openvino import opset8
from openvino.frontend import ConversionExtension, NodeContext

Precision = Literal["f32", "bf16"]
_CPU: Final = "CPU"


class OpenVinoGraph:
    """A ``models.graph.Graph`` with so many runs ``at_once``, each on its part of the threads. Raises
    BadInputError where it cannot be read or there is no bf16 here."""

    def __init__(self, path: Path, threads: int, precision: Precision, at_once: int = 1) -> None:
        core = openvino.Core()
        if precision == "bf16" and "BF16" not in core.get_property(_CPU, "OPTIMIZATION_CAPABILITIES"):
            raise BadInputError(
                path, "this processor has no bf16 (AVX512_BF16, AMX); take --runtime openvino"
            )
        core.add_extension(ConversionExtension("DeformConv", _deformable_convolution))
        try:
            model = core.read_model(path)
            compiled = core.compile_model(model, _CPU, _settings(threads, precision, at_once))
        except Exception:  # OpenVINO's errors have no common base
            raise BadInputError(path, "not a readable ONNX graph; train or export the model again") from None
        self.inputs: Mapping[str, Shape] = {port.any_name: _shape(port) for port in model.inputs}
        self.outputs: Mapping[str, Shape] = {port.any_name: _shape(port) for port in model.outputs}
        self.runtime = f"OpenVINO {openvino.__version__.partition('-')[0]}, {_CPU}, {precision}"
        self._idle: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(at_once):
            self._idle.put(compiled.create_infer_request())

    def run(self, given: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        request = self._idle.get()  # it serves one caller at a time
        try:
            found = request.infer(dict(given), share_inputs=True)
        finally:
            self._idle.put(request)
        return dict(zip(self.outputs, found.values(), strict=True))


def _settings(threads: int, precision: Precision, at_once: int) -> dict[str, object]:
    return {
        "INFERENCE_PRECISION_HINT": precision,  # else bf16 wherever the processor has it
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": at_once,
        "ENABLE_HYPER_THREADING": True,  # else fewer threads than were asked for
        "ENABLE_CPU_PINNING": False,  # else processes side by side all sit on the first cores
    }


def _shape(port: openvino.Output) -> Shape:
    return tuple(side.get_length() if side.is_static else None for side in port.partial_shape)


def _deformable_convolution(node: NodeContext) -> list[openvino.Output]:
    """ONNX's DeformConv, which OpenVINO's reader of ONNX does not know. Bias and mask may be absent."""
    inputs = [_given(node.get_input(number)) for number in range(node.get_input_size())]
    data, weight, offset, bias, mask = [*inputs, None, None][:5]
    pads = node.get_attribute("pads", [0, 0, 0, 0])
    convolved = opset8.deformable_convolution(
        data,
        offset,
        weight,
        node.get_attribute("strides", [1, 1]),
        pads[:2],
        pads[2:],
        node.get_attribute("dilations", [1, 1]),
        mask=mask,
        group=node.get_attribute("group", 1),
        deformable_group=node.get_attribute("offset_group", 1),
        bilinear_interpolation_pad=True,
    )
    if bias is not None:
        convolved = opset8.add(convolved, opset8.unsqueeze(bias, np.array([0, 2, 3])))
    return convolved.outputs()


def _given(value: openvino.Output) -> openvino.Output | None:
    return None if value.get_node().get_type_name() == "NullNode" else value

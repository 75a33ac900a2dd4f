"""Graphs in ONNX Runtime: on the CPU, or on a GPU where its build has one."""

from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from errors import BadInputError
from models.graph import Shape


@dataclass(frozen=True)
class Device:
    """Where ONNX Runtime computes. ``providers``: its execution providers with their options, best first."""

    name: str
    providers: tuple[tuple[str, dict[str, str]], ...]


# Without its tensor cores' shorter mantissa, so that f32 means the same as on the CPU.
_CUDA_PROVIDER = ("CUDAExecutionProvider", {"use_tf32": "0"})
CPU: Final = Device("CPU", (("CPUExecutionProvider", {}),))
CUDA: Final = Device("CUDA", (_CUDA_PROVIDER, *CPU.providers))
TENSORRT: Final = Device("TensorRT", (("TensorrtExecutionProvider", {}), *CUDA.providers))

_WRONG_OPTIMISERS: Final = ["Pad_Fusion"]
"""It makes one of a padding with zeros and the max-pooling after it (YOLOv3-tiny), which pads with what is
never the largest: another result where all else is negative (microsoft/onnxruntime#18136; so in 1.31)."""


class OnnxRuntimeGraph:
    """A ``models.graph.Graph``. Raises BadInputError where it cannot be read, or the device is not there."""

    def __init__(self, path: Path, threads: int, device: Device = CPU) -> None:
        self._session = _session(path, threads, device)
        self.inputs: Mapping[str, Shape] = {
            tensor.name: _shape(tensor.shape) for tensor in self._session.get_inputs()
        }
        self.outputs: Mapping[str, Shape] = {
            tensor.name: _shape(tensor.shape) for tensor in self._session.get_outputs()
        }
        self.runtime = f"ONNX Runtime {onnxruntime.__version__}, {device.name}, f32"

    def run(self, given: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        return dict(zip(self.outputs, self._session.run(None, dict(given)), strict=True))


def _session(path: Path, threads: int, device: Device) -> onnxruntime.InferenceSession:
    wanted = device.providers[0][0]
    if wanted not in onnxruntime.get_available_providers():
        raise BadInputError(
            path, f"this ONNX Runtime has no {device.name}; install onnxruntime-gpu or take another --runtime"
        )
    if device is not CPU:
        _find_libraries()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=list(device.providers), disabled_optimizers=_WRONG_OPTIMISERS
        )
    except Exception:  # ONNX Runtime's errors have no common base
        raise BadInputError(path, "not a readable ONNX graph; train or export the model again") from None
    if wanted not in session.get_providers():  # it falls back to the CPU by itself
        raise BadInputError(path, f"{device.name} finds no GPU that it can use here; take another --runtime")
    return session


def _find_libraries() -> None:
    """CUDA and cuDNN as pip installs them, beside PyTorch: the system's loader does not look there."""
    with redirect_stdout(StringIO()):  # it prints what it does not find; the session's opening tells
        onnxruntime.preload_dlls()


def _shape(sides: list[int | str | None]) -> Shape:
    return tuple(side if isinstance(side, int) else None for side in sides)

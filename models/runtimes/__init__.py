"""What can compute a graph, by name; a runtime's own library is imported when it is asked for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

from errors import BadInputError
from models.graph import Graph

RuntimeName = Literal["onnxruntime", "openvino", "openvino-bf16", "cuda", "tensorrt", "auto"]
"""``onnxruntime``: the CPU in f32, by which everything is trained and scored. ``openvino``: the CPU in f32.
``openvino-bf16``: the CPU in bf16. ``cuda``, ``tensorrt``: ONNX Runtime on a GPU. ``auto``: a GPU where there
is one, else the faster of the two on the CPU in f32."""
CpuRuntimeName = Literal["onnxruntime", "openvino"]
DEFAULT: Final = "onnxruntime"


def open_graph(
    path: Path,
    threads: int,
    runtime: RuntimeName = DEFAULT,
    faster: CpuRuntimeName = DEFAULT,
    at_once: int = 1,
) -> Graph:
    """The graph of an ONNX file on so many processor threads, shared by the runs of so many callers
    ``at_once``. ``faster``: what ``auto`` takes on the CPU.

    Raises BadInputError where the graph cannot be read or this machine has no such runtime.
    """
    if runtime != "auto":
        return RUNTIMES[runtime](path, threads, at_once)
    try:
        return _cuda(path, threads, at_once)
    except BadInputError:  # no GPU; or no readable graph, which is said just as well on the CPU
        return RUNTIMES[faster](path, threads, at_once)


def _onnxruntime(path: Path, threads: int, at_once: int) -> Graph:
    from models.runtimes.onnxruntime import OnnxRuntimeGraph

    return OnnxRuntimeGraph(path, max(1, threads // at_once))


def _cuda(path: Path, threads: int, at_once: int) -> Graph:
    from models.runtimes.onnxruntime import CUDA, OnnxRuntimeGraph

    return OnnxRuntimeGraph(path, threads, CUDA)


def _tensorrt(path: Path, threads: int, at_once: int) -> Graph:
    from models.runtimes.onnxruntime import TENSORRT, OnnxRuntimeGraph

    return OnnxRuntimeGraph(path, threads, TENSORRT)


def _openvino(path: Path, threads: int, at_once: int) -> Graph:
    from models.runtimes.openvino import OpenVinoGraph

    return OpenVinoGraph(path, threads, "f32", at_once)


def _openvino_bf16(path: Path, threads: int, at_once: int) -> Graph:
    from models.runtimes.openvino import OpenVinoGraph

    return OpenVinoGraph(path, threads, "bf16", at_once)


RUNTIMES: Final[Mapping[str, Callable[[Path, int, int], Graph]]] = {
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
    "openvino-bf16": _openvino_bf16,
    "cuda": _cuda,
    "tensorrt": _tensorrt,
}

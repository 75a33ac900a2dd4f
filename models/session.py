"""A model's ONNX graph, opened for reading."""

from pathlib import Path

import onnxruntime

from errors import BadInputError


def open_session(graph: Path, threads: int) -> onnxruntime.InferenceSession:
    """The graph on so many processor threads. Raises BadInputError where it cannot be read."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception:  # ONNX Runtime's errors have no common base
        raise BadInputError(graph, "not a readable ONNX graph; train or export the model again") from None

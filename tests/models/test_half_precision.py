from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from errors import BadInputError
from models.half_precision import halve, halve_folders


def product(path: Path, weights: np.ndarray, bias: np.ndarray) -> Path:
    """A graph that computes given @ weights + bias."""
    rows, columns = weights.shape
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["given", "weights", "bias"], ["found"])],
        "product",
        [helper.make_tensor_value_info("given", TensorProto.FLOAT, [1, rows])],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, [1, columns])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def test_large_weights_are_halved_and_small_ones_kept(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    weights, bias = random.normal(size=(64, 64)).astype(np.float32), np.full(64, 1 / 3, np.float32)
    halve(product(tmp_path / "whole.onnx", weights, bias), tmp_path / "half.onnx")
    given = random.normal(size=(1, 64)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "half.onnx"))
    [found] = session.run(None, {"given": given})
    expected = given @ weights.astype(np.float16).astype(np.float32) + bias
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["half.onnx", "whole.onnx"]
    assert (tmp_path / "half.onnx").stat().st_size < 0.6 * (tmp_path / "whole.onnx").stat().st_size


def test_weights_kept_as_constants_are_halved_too(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    model = onnx.load(product(tmp_path / "whole.onnx", weights, np.zeros(64, np.float32)))
    [tensor] = [item for item in model.graph.initializer if item.name == "weights"]
    model.graph.node.insert(0, helper.make_node("Constant", [], ["weights"], value=tensor))
    model.graph.initializer.remove(tensor)
    onnx.save(model, tmp_path / "constants.onnx")
    halve(tmp_path / "constants.onnx", tmp_path / "half.onnx")
    given = np.eye(1, 64, dtype=np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "half.onnx"))
    assert np.array_equal(session.run(None, {"given": given})[0], weights[:1].astype(np.float16))
    assert (tmp_path / "half.onnx").stat().st_size < 0.6 * (tmp_path / "whole.onnx").stat().st_size


def test_weights_beyond_half_precision_are_refused(tmp_path: Path) -> None:
    graph = product(tmp_path / "a.onnx", np.full((64, 64), 1e5, np.float32), np.zeros(64, np.float32))
    with pytest.raises(BadInputError, match=r"a\.onnx: a weight is too large"):
        halve(graph, tmp_path / "b.onnx")
    assert not (tmp_path / "b.onnx").exists()


def test_what_is_no_graph_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"not a graph")
    with pytest.raises(BadInputError, match=r"a\.onnx: not a readable ONNX graph"):
        halve(tmp_path / "a.onnx", tmp_path / "b.onnx")


def test_a_folder_of_models_is_shipped_without_what_training_needs(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / "set" / name).mkdir(parents=True)
        product(
            tmp_path / "set" / name / "model.onnx", np.ones((64, 64), np.float32), np.zeros(64, np.float32)
        )
        (tmp_path / "set" / name / "model.json").write_text("{}")
        (tmp_path / "set" / name / "weights.safetensors").write_bytes(b"much")
    (tmp_path / "set" / "rules.json").write_text("{}")
    halve_folders(tmp_path / "set", tmp_path / "small")
    written = sorted(str(path.relative_to(tmp_path / "small")) for path in (tmp_path / "small").rglob("*.*"))
    assert written == [
        "first/model.json",
        "first/model.onnx",
        "rules.json",
        "second/model.json",
        "second/model.onnx",
    ]
    with pytest.raises(BadInputError, match="no model in it"):
        halve_folders(tmp_path / "small" / "nothing", tmp_path / "other")

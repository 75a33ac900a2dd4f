"""Graphs in every runtime: the same figures, the same names, and one sentence where there is none."""

import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from errors import BadInputError
from models.runtimes import RuntimeName, open_graph

Arrays = dict[str, NDArray[np.float32]]
ROOT = Path(__file__).parents[2]
ON_CPU: tuple[RuntimeName, ...] = ("onnxruntime", "openvino")


def tensors(sizes: dict[str, tuple[int, ...]], seed: int = 0) -> Arrays:
    random = np.random.default_rng(seed)
    return {name: random.normal(size=size).astype(np.float32) for name, size in sizes.items()}


def write_graph(
    path: Path, nodes: list[onnx.NodeProto], given: Arrays, said: dict[str, list[int | str]], weights: Arrays
) -> Path:
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, item.shape) for name, item in given.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in said.items()],
        [numpy_helper.from_array(item, name) for name, item in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9), str(path))
    return path


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """``images`` (1, 3, 16, 16) and ``category`` (1, 4) to ``second``, ``first`` and ``chosen``, whose length
    is not fixed. ``first`` is reshaped: the place where a runtime may lose a name."""
    nodes = [
        helper.make_node("Conv", ["images", "kernel"], ["map"]),
        helper.make_node("GlobalAveragePool", ["map"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["first"]),
        helper.make_node("Add", ["first", "category"], ["second"]),
        helper.make_node("Relu", ["map"], ["positive"]),
        helper.make_node("NonZero", ["positive"], ["places"]),
        helper.make_node("Cast", ["places"], ["chosen"], to=TensorProto.FLOAT),
    ]
    said: dict[str, list[int | str]] = {"second": [1, 4], "first": [1, 4], "chosen": [4, "n"]}
    return write_graph(tmp_path / "model.onnx", nodes, given(), said, tensors({"kernel": (4, 3, 3, 3)}))


def given(seed: int = 1) -> Arrays:
    return tensors({"images": (1, 3, 16, 16), "category": (1, 4)}, seed)


def test_runtimes_give_the_same_by_the_same_names(graph: Path) -> None:
    ours, theirs = (open_graph(graph, 1, runtime) for runtime in ON_CPU)
    for opened in (ours, theirs):
        assert opened.inputs == {"images": (1, 3, 16, 16), "category": (1, 4)}
        assert opened.outputs == {"second": (1, 4), "first": (1, 4), "chosen": (4, None)}
    found, expected = theirs.run(given()), ours.run(given())
    assert list(found) == list(expected) == ["second", "first", "chosen"]
    for name, item in expected.items():
        np.testing.assert_allclose(found[name], item, atol=1e-5)
    first = found["first"].copy()
    theirs.run(given(seed=2))
    np.testing.assert_array_equal(found["first"], first), "what was given stays as it was"


def test_each_says_what_it_is(graph: Path) -> None:
    said = [open_graph(graph, 1, runtime).runtime for runtime in ON_CPU]
    version = openvino.__version__.partition("-")[0]
    assert said == [f"ONNX Runtime {onnxruntime.__version__}, CPU, f32", f"OpenVINO {version}, CPU, f32"]


def test_bf16_is_near_f32_or_refused(graph: Path) -> None:
    if "BF16" not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        with pytest.raises(BadInputError, match="this processor has no bf16"):
            open_graph(graph, 1, "openvino-bf16")
        return
    opened = open_graph(graph, 1, "openvino-bf16")
    assert opened.runtime.endswith("CPU, bf16")
    found, exact = opened.run(given())["second"], open_graph(graph, 1).run(given())["second"]
    np.testing.assert_allclose(found, exact, atol=0.1)


def test_bf16_is_refused_where_the_processor_has_none(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino.Core, "get_property", lambda *given: ["FP32", "INT8"])
    with pytest.raises(
        BadInputError, match=r"model\.onnx: this processor has no bf16 .*; take --runtime openvi"
    ):
        open_graph(graph, 1, "openvino-bf16")


@pytest.mark.parametrize(("runtime", "device"), [("cuda", "CUDA"), ("tensorrt", "TensorRT")])
def test_gpus_that_are_not_there_are_one_sentence(
    graph: Path, runtime: RuntimeName, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(BadInputError, match=rf"model\.onnx: this ONNX Runtime has no {device}; install"):
        open_graph(graph, 1, runtime)


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_build_for_gpus_that_finds_none_is_one_sentence_and_auto_takes_the_cpu(
    graph: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    available = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    with pytest.raises(BadInputError, match=r"model\.onnx: CUDA finds no GPU that it can use here; take an"):
        open_graph(graph, 1, "cuda")
    assert open_graph(graph, 1, "auto").runtime.endswith("CPU, f32")
    assert capfd.readouterr().out == ""


def test_auto_takes_the_faster_one_where_there_is_no_gpu(
    graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    for runtime in ON_CPU:
        assert open_graph(graph, 1, "auto", runtime).runtime == open_graph(graph, 1, runtime).runtime


@pytest.mark.parametrize("runtime", [*ON_CPU, "auto"])
@pytest.mark.parametrize("content", [None, b"", b"not a graph", "half"])
def test_graphs_that_cannot_be_read_are_one_sentence(
    graph: Path, runtime: RuntimeName, content: bytes | str | None
) -> None:
    whole = graph.read_bytes()
    graph.unlink()
    if content is not None:
        graph.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    with pytest.raises(BadInputError, match=r"^[^\n]*model\.onnx: not a readable ONNX graph[^\n]*$"):
        open_graph(graph, 1, runtime)


@pytest.mark.parametrize(("bias", "mask"), itertools.product([False, True], repeat=2))
@pytest.mark.parametrize(("groups", "offset_groups"), [(1, 1), (2, 1), (1, 2)])
def test_deformable_convolutions_are_the_same(
    tmp_path: Path, bias: bool, mask: bool, groups: int, offset_groups: int
) -> None:
    sizes = {"x": (1, 4, 9, 8), "offset": (1, 18 * offset_groups, 5, 8)}
    sizes |= {"mask": (1, 9 * offset_groups, 5, 8)} if mask else {}
    weights = tensors({"kernel": (4, 4 // groups, 3, 3)} | ({"bias": (4,)} if bias else {}))
    node = helper.make_node(
        "DeformConv",
        ["x", "kernel", "offset", "bias" if bias else "", *(["mask"] if mask else [])],
        ["y"],
        kernel_shape=[3, 3],
        strides=[2, 1],
        pads=[1, 0, 1, 2],
        group=groups,
        offset_group=offset_groups,
    )
    inputs = tensors(sizes, seed=1)
    inputs["offset"] *= 3  # some beyond the edges
    path = write_graph(tmp_path / "model.onnx", [node], inputs, {"y": [1, 4, 5, 8]}, weights)
    ours, theirs = (open_graph(path, 1, runtime).run(inputs)["y"] for runtime in ON_CPU)
    np.testing.assert_allclose(theirs, ours, atol=1e-5)


@pytest.mark.parametrize("runtime", ON_CPU)
def test_zeros_around_a_picture_are_pooled_with_it(tmp_path: Path, runtime: RuntimeName) -> None:
    """As in YOLOv3-tiny; ONNX Runtime, left to itself, pads with what is never the largest."""
    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["padded"]),
        helper.make_node("MaxPool", ["padded"], ["y"], kernel_shape=[2, 2], strides=[1, 1]),
    ]
    below_zero = {"x": -np.abs(tensors({"x": (1, 2, 4, 4)})["x"]) - 1}
    path = write_graph(tmp_path / "model.onnx", nodes, below_zero, {"y": [1, 2, 4, 4]}, {})
    model = onnx.load(str(path))
    pads = np.array([0, 0, 0, 0, 0, 0, 1, 1], np.int64)
    model.graph.initializer.append(numpy_helper.from_array(pads, "pads"))
    onnx.save(model, str(path))
    found = open_graph(path, 1, runtime).run(below_zero)["y"]
    assert (found[:, :, -1] == 0).all() and (found[:, :, :, -1] == 0).all()
    assert (found[:, :, :-1, :-1] < 0).all()


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("runtime", ON_CPU)
def test_threads_may_share_a_graph(graph: Path, runtime: RuntimeName, at_once: int) -> None:
    opened = open_graph(graph, 1, runtime, at_once=at_once)
    expected = [opened.run(given(seed))["second"] for seed in range(20)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda seed: opened.run(given(seed))["second"], range(20)))
    np.testing.assert_array_equal(found, expected)


def test_nothing_is_sent_written_or_imported_that_was_not_asked_for(graph: Path, tmp_path: Path) -> None:
    """OpenVINO tells its maker of each import where it finds this package; ONNX Runtime, what it is used for,
    where it may keep a number for the computer in the home folder."""
    home, packages = tmp_path / "home", tmp_path / "packages"
    home.mkdir()
    (packages / "openvino_telemetry" / "backend").mkdir(parents=True)
    (packages / "openvino_telemetry" / "__init__.py").write_text("print('telemetry')")
    (packages / "openvino_telemetry" / "backend" / "__init__.py").write_text("backend_ga4 = None")
    code = (
        "import sys; from pathlib import Path; from models.runtimes import open_graph\n"
        f"path = Path({str(graph)!r})\n"
        "open_graph(path, 1); print('openvino' in sys.modules)\n"
        "open_graph(path, 1, 'openvino'); print('openvino' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=home,
        env={"PYTHONPATH": f"{packages}:{ROOT}", "HOME": str(home)},
    )
    assert done.stdout.split() == ["False", "True"]
    assert not list(home.iterdir())

"""What networks take alone in each runtime on the CPU: no goal, but what ``--runtime auto`` goes by."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.goal import Outcome, Setting, Target, outcome, seconds_of
from benchmarks.speed.predict import lively
from detectors.registry import build
from errors import BadInputError
from models.graph import Graph
from models.runtimes import DEFAULT, RuntimeName, open_graph

DETECTORS: Final = ("yolov5n", "yolov5s", "yolov3", "ppyolov2", "fasterrcnn-r50")
RUNTIMES: Final[tuple[RuntimeName, ...]] = ("openvino", "openvino-bf16")
"""Beside the default one."""
SIDE = 640
_CLASSES = 3
_SECONDS = 0.5
"""About what a side computes in a round: a threads' pool that has just been left spins on for a while."""


def measure(setting: Setting) -> list[Outcome]:
    """A line a network and runtime, beside ONNX Runtime; bf16 where the processor has it."""
    return [item for detector in DETECTORS for item in _of_detector(detector, setting)]


def _of_detector(detector: str, setting: Setting) -> list[Outcome]:
    setting.tell(f"exporting {detector}")
    path = setting.folder / f"{detector}.onnx"
    with _silence():
        network = build(detector, _CLASSES, SIDE, seed=0)
        if network.decoding == "yolo":
            network.load(lively(network.weights()))
        network.export(path, SIDE)
    graphs = _graphs(path, setting.threads)
    given = {"images": np.random.default_rng(0).normal(0, 1, (1, 3, SIDE, SIDE)).astype(np.float32)}
    repeats = _repeats(graphs[DEFAULT], given)

    def work(graph: Graph) -> None:
        for _ in range(repeats):
            graph.run(given)

    works = [lambda graph=graph: work(graph) for graph in graphs.values()]
    seconds = seconds_of(works, setting.rounds, lambda words: setting.tell(f"{detector}, {words}"))
    milliseconds = dict(zip(graphs, seconds / repeats * 1000, strict=True))
    return [
        outcome(
            f"{detector}: {name}",
            f"the bare network at {SIDE} px, random weights, {graphs[name].runtime}",
            graphs[DEFAULT].runtime,
            milliseconds[name],
            milliseconds[DEFAULT],
            Target("speed-up"),
            "ms a run",
        )
        for name in RUNTIMES
        if name in graphs
    ]


@contextmanager
def _silence() -> Iterator[None]:
    """What the converters print, from C++ too, stands in nobody's table or JSON."""
    _flush()
    kept = [os.dup(stream) for stream in (1, 2)]
    with open(os.devnull, "w") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    try:
        yield
    finally:
        _flush()
        for stream, own in zip((1, 2), kept, strict=True):
            os.dup2(own, stream)
            os.close(own)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _graphs(path: Path, threads: int) -> dict[RuntimeName, Graph]:
    """In every runtime that this processor has."""
    graphs: dict[RuntimeName, Graph] = {DEFAULT: open_graph(path, threads)}
    for name in RUNTIMES:
        try:
            graphs[name] = open_graph(path, threads, name)
        except BadInputError:  # no bf16
            continue
    return graphs


def _repeats(graph: Graph, given: dict[str, NDArray[np.float32]]) -> int:
    graph.run(given)
    began = time.perf_counter()
    graph.run(given)
    return max(1, round(_SECONDS / (time.perf_counter() - began)))

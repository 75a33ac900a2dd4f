"""A trained network written as ONNX, ending at the head's raw maps."""

import os
import tempfile
from pathlib import Path

import paddle
import paddle2onnx

from detectors.paddle.architecture import PPYOLOv2

_OPSET = 17


def export_onnx(network: PPYOLOv2, path: Path, image_size: int) -> None:
    """Write the graph from ``images`` (1, 3, size, size) to one raw map for each stride.

    Deformable convolutions raise the operator set to the one that has them. The file appears whole
    or not at all.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".paddle-") as folder:
        saved = Path(folder) / "network"
        images = paddle.static.InputSpec([1, 3, image_size, image_size], "float32", "images")
        layer = paddle.jit.to_static(_RawMaps(network), input_spec=[images], full_graph=True)
        paddle.jit.save(layer, str(saved))
        graph = paddle2onnx.export(
            f"{saved}.json",
            f"{saved}.pdiparams",
            opset_version=_OPSET,
            auto_upgrade_opset=True,
            enable_optimize=False,
        )
        partial = Path(folder) / "model.onnx"
        partial.write_bytes(graph)
        os.replace(partial, path)


class _RawMaps(paddle.nn.Layer):
    """A layer of its own to convert, so that the network itself stays as it is."""

    def __init__(self, network: PPYOLOv2) -> None:
        super().__init__()
        self.network = network
        self.eval()

    def forward(self, images: paddle.Tensor) -> list[paddle.Tensor]:
        return self.network(images)

"""The PP-YOLOv2 family, on PaddleDetection's networks. Importing it imports Paddle."""

import detectors.paddle.compatibility  # noqa: F401 - before any module that imports Paddle
from detectors.paddle.network import PaddleNetwork

__all__ = ["PaddleNetwork"]

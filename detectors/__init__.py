"""Interchangeable detectors: one interface, one model folder, one runtime for every family."""

from detectors.detections import Detections
from detectors.registry import DETECTORS
from detectors.runtime import Detector, load

__all__ = ["DETECTORS", "Detections", "Detector", "load"]

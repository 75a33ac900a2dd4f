"""Image classifiers of the ResNet family: one interface, calibrated probabilities, one model folder."""

from classifiers.registry import CLASSIFIERS
from classifiers.runtime import Classification, Classifier, load

__all__ = ["CLASSIFIERS", "Classification", "Classifier", "load"]

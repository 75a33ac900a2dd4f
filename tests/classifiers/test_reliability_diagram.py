import xml.etree.ElementTree as ElementTree

import cv2
import numpy as np

from classifiers.reliability import reliability_diagram

CLASSES = ("normal", "bulge", "herniation")


def predictions() -> tuple[np.ndarray, np.ndarray, list[int]]:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet([4, 1, 0.5], 150)
    labels = (random.random((150, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    return probabilities, labels, [index // 5 for index in range(150)]


def test_a_diagram_has_a_panel_and_counts_for_each_class() -> None:
    svg = reliability_diagram(CLASSES, *predictions()).decode()
    text = [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert set(CLASSES) <= set(text)
    probabilities, _, _ = predictions()
    counts, _ = np.histogram(probabilities[:, 2], np.linspace(0, 1, 11))
    assert {str(count) for count in counts if count} <= set(text)


def test_the_same_predictions_give_the_same_bytes() -> None:
    assert reliability_diagram(CLASSES, *predictions()) == reliability_diagram(CLASSES, *predictions())


def test_a_diagram_can_be_a_picture() -> None:
    png = reliability_diagram(CLASSES, *predictions(), form="png")
    height, width, _ = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape
    assert width > height > 300

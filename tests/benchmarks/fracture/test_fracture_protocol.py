"""The protocol of a fracture benchmark."""

from pathlib import Path

import pytest

from benchmarks.fracture.protocol import read_fracture_protocol
from errors import BadInputError


def test_the_published_form_is_resnet50_in_ten_folds() -> None:
    protocol = read_fracture_protocol("fracture")
    assert (protocol.classifier, protocol.folds, protocol.segment) == ("resnet50", 10, "box")


def test_the_quick_form_is_small() -> None:
    protocol = read_fracture_protocol("fracture", quick=True)
    assert protocol.classifier == "resnet18-slim" and protocol.settings.image_size <= 96


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("system: fracture\nclassifier: resnet9\n", "unknown classifier 'resnet9'"),
        ("system: fracture\nclassifier: resnet18\nfolds: 1\n", "folds is 1"),
        ("system: fracture\nclassifier: resnet18\nsegment: hand\n", "give one of box, detector"),
        ("system: fracture\nclassifier: resnet18\nsettings: {epoch: 3}\n", "unknown setting 'epoch'"),
        ("system: fracture\nclassifier: resnet18\ncolour: red\n", "unknown key 'colour'"),
        ("system: fracture\n", "'classifier' is missing"),
        ("system: axial\nclassifier: resnet18\n", "no protocol of fractures"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInputError, match=reason):
        read_fracture_protocol(str(path))


def test_a_detector_is_looked_for_beside_the_protocol(tmp_path: Path) -> None:
    (tmp_path / "vertebrae").mkdir()
    path = tmp_path / "own.yaml"
    path.write_text("system: fracture\nclassifier: resnet18\nvertebrae: vertebrae\n", encoding="utf-8")
    assert read_fracture_protocol(str(path)).vertebrae == str(tmp_path / "vertebrae")

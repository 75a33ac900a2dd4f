import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from marks import CLASSES, Trained, picture

from classifiers.runtime import Classifier, load


@pytest.fixture(scope="module")
def classifier(trained: Trained) -> Classifier:
    return load(trained.folder)


def test_a_classification_is_whole(classifier: Classifier) -> None:
    found = classifier.classify([picture(2, seed=77)], category="lower")
    assert found.logits.shape == found.probabilities.shape == (3,)
    assert found.probabilities.sum() == pytest.approx(1)
    assert found.verdict == CLASSES[int(found.logits.argmax())]
    assert found.activation.shape == (3, 1, 1)
    assert found.seen == (0, 0, 48, 48)


def test_openvino_says_the_same(classifier: Classifier, trained: Trained) -> None:
    other = load(trained.folder, runtime="openvino")
    assert (classifier.runtime.split()[0], other.runtime.split()[0]) == ("ONNX", "OpenVINO")
    for place in range(len(CLASSES)):
        pixels = [picture(place, seed=80 + place)]
        ours, theirs = (item.classify(pixels, category="upper") for item in (classifier, other))
        np.testing.assert_allclose(theirs.logits, ours.logits, atol=1e-4)
        np.testing.assert_allclose(theirs.activation, ours.activation, atol=1e-3)


def test_a_region_is_classified_by_what_is_in_it(classifier: Classifier) -> None:
    wide = np.hstack([picture(0, seed=501), picture(1, seed=502), picture(2, seed=503)])
    for place, expected in enumerate(CLASSES):
        found = classifier.classify([wide], region=(48 * place, 0, 48 * place + 48, 48))
        assert (found.verdict, found.seen) == (expected, (48 * place, 0, 48 * place + 48, 48))


def test_eight_and_sixteen_bits_of_one_picture_give_the_same(classifier: Classifier) -> None:
    pixels = picture(1, seed=9)
    shallow, deep = classifier.classify([pixels]), classifier.classify([pixels.astype(np.uint16) * 257])
    np.testing.assert_allclose(shallow.logits, deep.logits, atol=1e-3)


def test_the_category_and_its_absence_are_heard(classifier: Classifier) -> None:
    logits = [classifier.classify([picture(1, seed=9)], category=name).logits for name in ("upper", "lower")]
    unknown = classifier.classify([picture(1, seed=9)]).logits
    assert not np.array_equal(logits[0], logits[1])
    assert not np.array_equal(logits[0], unknown)


def test_what_is_not_the_models_is_refused(classifier: Classifier) -> None:
    pixels = picture(1, seed=9)
    with pytest.raises(ValueError, match="2 pictures; give one for each of T2"):
        classifier.classify([pixels, pixels])
    with pytest.raises(ValueError, match="unknown category 'L9'; this classifier knows upper, lower"):
        classifier.classify([pixels], category="L9")
    with pytest.raises(ValueError, match="outside the picture"):
        classifier.classify([pixels], region=(90, 90, 99, 99))


def test_classifying_imports_no_training_framework(trained: Trained) -> None:
    code = (
        "import sys, numpy, classifiers; from pathlib import Path\n"
        f"classifiers.load(Path({str(trained.folder)!r})).classify([numpy.zeros((80, 60), numpy.uint8)])\n"
        "print([name for name in ('torch', 'torchvision', 'ultralytics', 'paddle') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"

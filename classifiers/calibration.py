"""Calibrated probabilities: a temperature fitted on what the classifier says of patients it did not see.

Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2 (temperature scaling).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from warnings import catch_warnings

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.model_selection import StratifiedGroupKFold

from classifiers.fitting import Progress, fit
from classifiers.network import Network
from classifiers.samples import Sample, SampleSet, class_frequencies
from classifiers.settings import Settings

_COLDEST, _HOTTEST = 0.05, 20.0


@dataclass(frozen=True)
class Calibrated:
    """A network trained on all samples, and the temperature of its logits.

    ``logits``: (samples, classes), each by the network of the inner fold that did not see its patient.
    """

    network: Network
    temperature: float
    logits: NDArray[np.float32]


def fit_calibrated(
    name: str,
    classes: Sequence[str],
    categories: Sequence[str],
    samples: Sequence[Sample],
    settings: Settings,
    progress: Progress = lambda epoch, loss: None,
) -> Calibrated:
    """Train once for each inner fold, fit the temperature on the logits out of fold, train on all.

    ``progress`` counts the epochs of all these trainings. Raises what ``fit`` raises, and ValueError
    where there are fewer patients than inner folds or a class is missing from a fold's training side.
    """
    log_prior = settings.cost * np.log(class_frequencies(samples, classes))
    logits = np.zeros((len(samples), len(classes)), np.float32)

    def train(part: Sequence[Sample], before: int) -> Network:
        def report(epoch: int, loss: float) -> None:
            progress(before * settings.epochs + epoch, loss)

        return fit(name, classes, categories, part, settings, report)

    for fold, (training, test) in enumerate(inner_folds(samples, settings)):
        network = train([samples[index] for index in training], fold)
        held_out = SampleSet([samples[index] for index in test], len(categories), settings)
        logits[test] = np.concatenate(
            [network.outputs(batch.images, batch.categories)[0] for batch in held_out.plain()]
        )
    labels = np.array([sample.label for sample in samples])
    temperature = fit_temperature(logits, labels, log_prior)
    return Calibrated(train(samples, settings.inner_folds), temperature, logits)


def inner_folds(
    samples: Sequence[Sample], settings: Settings
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """(training, test) indices of each inner fold, a patient on one side only, classes spread evenly.

    Raises ValueError for fewer patients than ``settings.inner_folds``.
    """
    patients = [sample.patient for sample in samples]
    if len(set(patients)) < settings.inner_folds:
        raise ValueError(
            f"{len(set(patients))} patients for {settings.inner_folds} inner folds; give more, or fewer folds"
        )
    splitter = StratifiedGroupKFold(settings.inner_folds, shuffle=True, random_state=settings.seed)
    with catch_warnings(action="ignore", category=UserWarning):  # rare classes: ``fit`` names what is missing
        return list(splitter.split(patients, [sample.label for sample in samples], patients))


def fit_temperature(
    logits: NDArray[np.floating], labels: NDArray[np.integer], log_prior: NDArray[np.floating]
) -> float:
    """The temperature T under which softmax(logits / T + log_prior) says best what the labels are.

    ``logits``: (n, classes). ``labels``: (n,). ``log_prior``: (classes,), see ``ClassifierCard``. Best is
    the least negative log likelihood, which has one minimum in T; T stays between 0.05 and 20.
    """
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        scaled = np.asarray(logits, np.float64) / np.exp(log_temperature) + log_prior
        return -float(log_softmax(scaled, axis=1)[rows, labels].mean())

    found = minimize_scalar(loss, bounds=(np.log(_COLDEST), np.log(_HOTTEST)), method="bounded")
    return float(np.exp(found.x))

"""What a perfect reader of the six images can reach: the causes of fractures overlap by design."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from data.phantom.fracture.draw import draw_fracture
from data.phantom.fracture.fracture import Fracture


@dataclass(frozen=True)
class FractureCeiling:
    """The perfect reader's accuracy, its sensitivity and specificity for malignant ones, and its AUC."""

    accuracy: float
    sensitivity: float
    specificity: float
    auc: float


def fracture_ceiling(fractures: int = 20000, seed: int = 0) -> FractureCeiling:
    """Estimate what can be told of the cause from all that the lesion slice and its neighbours can show.

    The reader is given, free of noise and partial volume, every parameter of the fracture but its cause:
    those of the form, the marrow and the masses in mm, ms and shares, and whether pedicles and arch are
    involved, whether or not the six images reach them. It learns the generating distribution from half of the
    simulated fractures and is tested on the other half.
    """
    rng = np.random.default_rng(seed)
    drawn = [draw_fracture(rng)[0] for _ in range(fractures)]
    seen = np.array([_visible(fracture) for fracture in drawn])
    malignant = np.array([fracture.cause == "malignant" for fracture in drawn])
    half = fractures // 2
    reader = HistGradientBoostingClassifier(max_iter=120, learning_rate=0.08, random_state=0)
    reader.fit(seen[:half], malignant[:half])
    likelihood, truth = reader.predict_proba(seen[half:])[:, 1], malignant[half:]
    return _ceiling(likelihood, truth)


def _ceiling(likelihood: NDArray[np.float64], truth: NDArray[np.bool_]) -> FractureCeiling:
    called = likelihood > 0.5
    return FractureCeiling(
        accuracy=float((called == truth).mean()),
        sensitivity=float(called[truth].mean()),
        specificity=float((~called[~truth]).mean()),
        auc=float(roc_auc_score(truth, likelihood)),
    )


def _visible(fracture: Fracture) -> list[float]:
    return [
        fracture.front_loss,
        fracture.middle_loss,
        fracture.back_loss,
        fracture.upper_share,
        fracture.retropulsion,
        fracture.convexity,
        fracture.t1,
        fracture.t2,
        fracture.extent,
        fracture.density,
        fracture.irregularity,
        fracture.patchiness,
        fracture.fluid,
        float(fracture.line),
        float(fracture.pedicles != "none"),
        float(fracture.posterior_element),
        fracture.epidural,
        fracture.paravertebral,
    ]

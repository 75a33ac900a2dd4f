"""Tissues and the signal that a spin echo sequence receives from them."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Tissue(IntEnum):
    AIR = 0
    SKIN = 1
    FAT = 2
    MUSCLE = 3
    FASCIA = 4
    LIGAMENT = 5
    CORTEX = 6
    MARROW = 7
    VEIN = 8
    FLOWING_BLOOD = 9
    BOWEL = 10
    CSF = 11
    CORD = 12
    ROOT = 13
    EPIDURAL_FAT = 14
    ANNULUS = 15
    NUCLEUS = 16
    """A healthy nucleus; ``nucleus_properties`` gives the degenerated ones."""
    KIDNEY = 17
    METAL = 18
    """An implant: no signal; the void and distortion around it are the scanner's."""
    OEDEMA = 19
    """Marrow full of water and blood, after a fracture; each fracture has its own T1 and T2."""
    TUMOUR = 20
    """What has replaced marrow and grows beyond it; each has its own T1 and T2."""
    FLUID = 21
    """In the cleft of a fracture, and where ligaments are torn."""
    CORD_OEDEMA = 22
    """A spinal cord full of water."""
    MUCOSA = 23
    """Of throat and nose; glands too."""


_PROPERTIES = {
    # proton density (1 = water), T1 (ms), T2 (ms), about those at 1.5 T; fat's T2 is the longer one
    # that a fast spin echo sees.
    Tissue.AIR: (0.0, 1000.0, 100.0),
    Tissue.SKIN: (0.70, 800.0, 40.0),
    Tissue.FAT: (1.00, 290.0, 130.0),
    Tissue.MUSCLE: (0.80, 1000.0, 48.0),
    Tissue.FASCIA: (0.30, 700.0, 25.0),
    Tissue.LIGAMENT: (0.25, 700.0, 20.0),
    Tissue.CORTEX: (0.08, 600.0, 10.0),
    Tissue.MARROW: (0.80, 540.0, 85.0),
    Tissue.VEIN: (0.90, 1200.0, 150.0),
    Tissue.FLOWING_BLOOD: (0.06, 1300.0, 100.0),
    Tissue.BOWEL: (0.75, 900.0, 75.0),
    Tissue.CSF: (1.00, 4000.0, 1500.0),
    Tissue.CORD: (0.78, 900.0, 85.0),
    Tissue.ROOT: (0.70, 950.0, 75.0),
    Tissue.EPIDURAL_FAT: (0.95, 300.0, 120.0),
    Tissue.ANNULUS: (0.60, 900.0, 40.0),
    Tissue.NUCLEUS: (1.00, 1250.0, 165.0),
    Tissue.KIDNEY: (0.85, 1000.0, 90.0),
    Tissue.METAL: (0.0, 1000.0, 100.0),
    Tissue.OEDEMA: (0.86, 1400.0, 115.0),
    Tissue.TUMOUR: (0.84, 1250.0, 105.0),
    Tissue.FLUID: (1.00, 3000.0, 700.0),
    Tissue.CORD_OEDEMA: (0.90, 1300.0, 170.0),
    Tissue.MUCOSA: (0.85, 1000.0, 90.0),
}

_DEGENERATED_NUCLEUS = (0.62, 950.0, 48.0)


def tissue_properties() -> NDArray[np.float64]:
    """(tissues, 3): proton density, T1 and T2 in ms, one row a ``Tissue``."""
    return np.array([_PROPERTIES[tissue] for tissue in Tissue])


def nucleus_properties(degeneration: float) -> NDArray[np.float64]:
    """(3,): proton density, T1 and T2 in ms of a nucleus at a Pfirrmann-like grade of 1 ... 5.

    The signal is lost fastest between the grades 2 and 4, as readers of the grades describe.
    """
    loss = 1.0 / (1.0 + np.exp(-2.2 * (degeneration - 2.8)))
    return (1 - loss) * np.array(_PROPERTIES[Tissue.NUCLEUS]) + loss * np.array(_DEGENERATED_NUCLEUS)


def spin_echo_signal(
    properties: NDArray[np.float64], repetition_time: float, echo_time: float
) -> NDArray[np.float64]:
    """PD (1 - exp(-TR/T1)) exp(-TE/T2) for rows of (PD, T1, T2); all times in ms."""
    density, t1, t2 = properties.T
    return density * (1 - np.exp(-repetition_time / t1)) * np.exp(-echo_time / t2)

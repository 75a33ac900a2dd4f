"""What befalls a neck: the disease of one disc, and one injury."""

from dataclasses import dataclass

from data.phantom.disease import DiscDisease, State


@dataclass(frozen=True)
class CervicalDisc(DiscDisease):
    """What is true of one cervical disc. ``compression``: mm by which its displaced tissue reaches into where
    the cord would be; 0 where it leaves the cord alone."""

    compression: float = 0.0

    @property
    def state(self) -> State:
        return "disc" if self.compression > 0 else "normal"


@dataclass(frozen=True)
class Injury:
    """What is torn or swollen at the level of the disc at a ``position``; lengths in mm, 0 where it is not.

    ``cord_half_length``, ``cord_fill`` (part of the cord's half-depth), ``cord_offset`` (to the left) and
    ``cord_signal`` (0 ... 1): the signal change in the cord. ``anterior_depth`` and ``anterior_half_length``:
    fluid before the spine, where the anterior longitudinal ligament is torn. ``posterior_size``: fluid where
    the ligaments between the arches are torn, against the average.
    """

    position: int
    cord_half_length: float
    cord_fill: float
    cord_offset: float
    cord_signal: float
    anterior_depth: float
    anterior_half_length: float
    posterior_size: float

"""The scanners: contrast, coil and k-space, and what becomes of the signal."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from data.phantom.anatomy import Phantom
from data.phantom.course import Course
from data.phantom.ranges import SCANNERS
from data.phantom.sampling import voxel_points
from data.phantom.tissue import Tissue, spin_echo_signal
from imaging.geometry import SliceGeometry

Image = NDArray[np.floating]
Contrast = Literal["t1", "t2"]
_MARGIN = 12
"""pixels"""
_GHOSTS = 5.3
"""Breaths while one slice is measured: how many ghosts there are across the image."""
LARGEST_VALUE = 4095


@dataclass(frozen=True)
class Timing:
    """A spin echo sequence: repetition and echo time in ms."""

    repetition_time: float
    echo_time: float


@dataclass(frozen=True)
class Scanner:
    """One machine, and how the patient lies in it.

    Lengths in mm, angles in degrees. ``pose``: tilt in the sagittal plane, turn and lean of the
    sagittal slices against the patient. ``acquired``: the part of k-space measured along each axis;
    ``noise``: the Rician sigma over the marrow's signal; ``ghosting``: radians of phase that
    breathing adds; ``gain``: the stored value of marrow next to the coil; ``window``: a percentile.
    """

    t1: Timing
    t2: Timing
    pose: tuple[float, float, float]
    acquired: float
    noise: float
    coil_reach: float
    coil_correction: float
    saturation: float
    saturation_front: float
    bias: tuple[float, ...]
    ghosting: float
    metal_reach: float
    gain: float
    window: float

    def timing(self, contrast: Contrast) -> Timing:
        return self.t1 if contrast == "t1" else self.t2

    def signals(self, phantom: Phantom, contrast: Contrast) -> NDArray[np.float64]:
        """The signal of each row of the phantom's properties."""
        timing = self.timing(contrast)
        return spin_echo_signal(phantom.properties, timing.repetition_time, timing.echo_time)


def draw_scanner(rng: np.random.Generator) -> Scanner:
    """A random scanner with a random pose of the patient in it."""
    band = rng.random() < SCANNERS.saturation_fraction
    return Scanner(
        t1=Timing(SCANNERS.t1_repetition.draw(rng), SCANNERS.t1_echo.draw(rng)),
        t2=Timing(SCANNERS.t2_repetition.draw(rng), SCANNERS.t2_echo.draw(rng)),
        pose=(
            SCANNERS.pose_tilt.draw(rng),
            SCANNERS.pose_turn.draw(rng),
            SCANNERS.pose_turn.draw(rng),
        ),
        acquired=SCANNERS.acquired.draw(rng),
        noise=SCANNERS.noise.draw(rng),
        coil_reach=SCANNERS.coil_reach.draw(rng),
        coil_correction=SCANNERS.coil_correction.draw(rng),
        saturation=SCANNERS.saturation_band.draw(rng) if band else 1.0,
        saturation_front=SCANNERS.saturation_front.draw(rng),
        bias=tuple(rng.normal(0, SCANNERS.bias.draw(rng), 5)),
        ghosting=SCANNERS.ghosting.draw(rng) if rng.random() < SCANNERS.ghosting_fraction else 0.0,
        metal_reach=SCANNERS.metal_reach.draw(rng),
        gain=SCANNERS.gain.draw(rng),
        window=SCANNERS.window.draw(rng),
    )


def acquire(
    signal: Image,
    geometry: SliceGeometry,
    scanner: Scanner,
    phantom: Phantom,
    contrast: Contrast,
    rng: np.random.Generator,
) -> NDArray[np.uint16]:
    """The stored values (12 bits) of a sampled signal: coil, metal, finite k-space, ghosts, Rician noise."""
    marrow = float(scanner.signals(phantom, contrast)[Tissue.MARROW])
    points = voxel_points(geometry)
    sensitivity, band = _coil_and_band(points, geometry, scanner, phantom.course)
    received = signal * sensitivity * band * _bias(scanner, signal.shape)
    if phantom.metal:
        received = received * _around_metal(points, phantom, scanner).reshape(signal.shape)
    image = _through_k_space(received, scanner, scanner.noise * marrow, rng)
    image = image * (scanner.gain / marrow) / sensitivity**scanner.coil_correction
    return np.clip(np.round(image), 0, LARGEST_VALUE).astype(np.uint16)


def _coil_and_band(
    points: NDArray[np.float32], geometry: SliceGeometry, scanner: Scanner, course: Course
) -> tuple[Image, Image]:
    """A surface coil's sensitivity, 1 at the back and falling with the depth under the skin; and what a
    saturation band in front of the spine leaves of the signal, with its soft edge."""
    curved = course.at(points[1], points[2])
    depth = np.maximum(curved.under_skin, 0)
    sensitivity = 1 / (1 + (depth / scanner.coil_reach) ** 2)
    into = (-curved.behind - scanner.saturation_front) / 9
    left = 1 - (1 - scanner.saturation) / (1 + np.exp(-np.clip(into, -30, 30)))
    shape = (geometry.rows, geometry.columns)
    return sensitivity.reshape(shape).astype(np.float32), left.reshape(shape).astype(np.float32)


def _bias(scanner: Scanner, shape: tuple[int, ...]) -> Image:
    """A smooth field from the image's low-order polynomials, 1 in the middle."""
    down, across = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    terms = (down, across, down * across, down**2, across**2)
    exponent = sum(weight * term for weight, term in zip(scanner.bias, terms, strict=True))
    return np.exp(exponent).astype(np.float32)


def _around_metal(points: NDArray[np.float32], phantom: Phantom, scanner: Scanner) -> Image:
    """(n,) what metal leaves of the signal: none near it, and a bright rim where signal is piled up."""
    distance = np.full(points.shape[1], np.inf, np.float32)
    for capsule in phantom.metal:
        distance = np.minimum(distance, capsule.distance(points))
    beyond = distance / scanner.metal_reach
    lost = 1 / (1 + np.exp(-np.clip((beyond - 1) * 12, -30, 30)))
    return lost * (1 + 0.7 * np.exp(-(((beyond - 1.25) / 0.15) ** 2)))


def _through_k_space(image: Image, scanner: Scanner, sigma: float, rng: np.random.Generator) -> Image:
    """Keep the middle of k-space, add complex noise there, take the magnitude: blur, ringing, Rice.

    Breathing turns the phase of line after line, which shifts faint copies of the image along the
    columns.
    """
    # The margin keeps one edge of the image from ringing into the opposite one.
    padded = np.pad(image, _MARGIN, mode="edge")
    window = np.multiply.outer(*(_window(side, scanner.acquired) for side in padded.shape))
    noise = rng.standard_normal((2, *padded.shape), np.float32) * np.float32(sigma)
    space = fft.fft2(padded + noise[0] + np.complex64(1j) * noise[1]) * window
    if scanner.ghosting:
        line = np.arange(padded.shape[0]) / padded.shape[0]
        breath = np.sin(2 * np.pi * (_GHOSTS * line + rng.random()))
        space *= np.exp(1j * scanner.ghosting * breath).astype(np.complex64)[:, None]
    magnitude = np.abs(fft.ifft2(space))
    return magnitude[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _window(side: int, acquired: float) -> NDArray[np.float32]:
    """1 in the middle of one axis of k-space, tapered as scanners do against ringing, 0 beyond."""
    reach = np.abs(fft.fftfreq(side)) / (0.5 * acquired)
    taper = 0.5 + 0.5 * np.cos(1.4 * np.pi * np.clip(reach - 0.5, 0, 0.5))
    return np.where(reach <= 1, taper, 0).astype(np.float32)

"""The scanners: which plane is imaged, with which contrast, and what becomes of the signal."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.spatial.transform import Rotation

from data.phantom.course import Course
from data.phantom.ranges import SCANNERS
from data.phantom.sampling import Plane

Image = NDArray[np.floating]
_MARGIN = 12
"""pixels"""


@dataclass(frozen=True)
class Scanner:
    """One machine with one protocol, and how the patient lies in it.

    Times in ms, lengths in mm, angles in degrees; ``acquired`` is the part of k-space measured along
    each axis, ``noise`` the Rician sigma over the marrow's signal, ``window`` a percentile.
    """

    contrast: Literal["t1", "t2"]
    repetition_time: float
    echo_time: float
    rows: int
    columns: int
    spacing: float
    thickness: float
    slice_step: float
    top: float
    """mm of the image above S1's endplate."""
    spine_place: float
    """Where across the image the lumbar spine lies, from 0 (front) to 1."""
    pose: tuple[float, float, float]
    acquired: float
    noise: float
    coil_reach: float
    coil_correction: float
    saturation: float
    saturation_front: float
    bias: tuple[float, ...]
    window: float
    gamma: float


def draw_scanner(rng: np.random.Generator) -> Scanner:
    """A random scanner with a random pose of the patient in it."""
    t1 = rng.random() < SCANNERS.t1_fraction
    height = SCANNERS.height.draw(rng)
    spacing = SCANNERS.spacing
    fitting = [rows for rows in SCANNERS.rows if spacing.low <= height / rows <= spacing.high]
    rows = int(rng.choice(fitting))
    columns = int(np.clip(round(rows * SCANNERS.aspect.draw(rng) / 16) * 16, min(SCANNERS.rows), rows))
    thickness = SCANNERS.thin if rng.random() < SCANNERS.thin_fraction else SCANNERS.thick
    band = rng.random() < SCANNERS.saturation_fraction
    return Scanner(
        contrast="t1" if t1 else "t2",
        repetition_time=(SCANNERS.t1_repetition if t1 else SCANNERS.t2_repetition).draw(rng),
        echo_time=(SCANNERS.t1_echo if t1 else SCANNERS.t2_echo).draw(rng),
        rows=rows,
        columns=columns,
        spacing=height / rows,
        thickness=thickness.draw(rng),
        slice_step=SCANNERS.slice_step.draw(rng),
        top=height - SCANNERS.below_endplate.draw(rng),
        spine_place=SCANNERS.spine_place.draw(rng),
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
        window=SCANNERS.window.draw(rng),
        gamma=SCANNERS.gamma.draw(rng),
    )


def sagittal_plane(scanner: Scanner, offset: float) -> Plane:
    """The sagittal slice ``offset`` mm to the left of the patient's middle."""
    tilt, turn, lean = scanner.pose
    turned = Rotation.from_euler("xyz", (tilt, lean, turn), degrees=True)
    across, down, left = turned.apply([[0, 1, 0], [0, 0, -1], [1, 0, 0]])
    width = scanner.columns * scanner.spacing
    # The pose turns about the lumbar spine's middle, so that the spine stays in the image.
    pivot = np.array([0.0, -20.0, 90.0])
    corner = (
        pivot
        + offset * left
        - scanner.spine_place * width * across
        - (scanner.top - pivot[2]) * down
        + 0.5 * scanner.spacing * (across + down)
    )
    return Plane(
        corner=corner,
        across=across,
        down=down,
        spacing=scanner.spacing,
        rows=scanner.rows,
        columns=scanner.columns,
        thickness=scanner.thickness,
    )


def acquire(
    signal: Image, plane: Plane, scanner: Scanner, course: Course, reference: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The 8-bit image of a sampled signal: coil, finite k-space, Rician noise, window.

    ``reference``: the signal of marrow, against which the noise is measured.
    """
    sensitivity = _sensitivity(plane, scanner, course)
    received = signal * sensitivity * _saturation(plane, scanner, course) * _bias(scanner, signal.shape)
    image = _through_k_space(received, scanner.acquired, scanner.noise * reference, rng)
    image /= sensitivity**scanner.coil_correction
    white = np.percentile(image, scanner.window)
    gray = np.clip(image / white, 0, 1) ** scanner.gamma
    return np.round(255 * gray).astype(np.uint8)


def _sensitivity(plane: Plane, scanner: Scanner, course: Course) -> Image:
    """A surface coil's, 1 at the back and falling with the depth under the skin."""
    _, y, z = plane.points(np.zeros(3))
    depth = np.maximum(course.at(y, z).under_skin, 0).reshape(plane.rows, plane.columns)
    return (1 / (1 + (depth / scanner.coil_reach) ** 2)).astype(np.float32)


def _saturation(plane: Plane, scanner: Scanner, course: Course) -> Image:
    """What a saturation band in front of the spine leaves of the signal, with its soft edge."""
    _, y, z = plane.points(np.zeros(3))
    into = (-course.at(y, z).behind - scanner.saturation_front) / 9
    left = 1 - (1 - scanner.saturation) / (1 + np.exp(-np.clip(into, -30, 30)))
    return left.reshape(plane.rows, plane.columns).astype(np.float32)


def _bias(scanner: Scanner, shape: tuple[int, ...]) -> Image:
    """A smooth field from the image's low-order polynomials, 1 in the middle."""
    down, across = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    terms = (down, across, down * across, down**2, across**2)
    exponent = sum(weight * term for weight, term in zip(scanner.bias, terms, strict=True))
    return np.exp(exponent).astype(np.float32)


def _through_k_space(image: Image, acquired: float, sigma: float, rng: np.random.Generator) -> Image:
    """Keep the middle of k-space, add complex noise there, take the magnitude: blur, ringing, Rice."""
    # The margin keeps one edge of the image from ringing into the opposite one.
    padded = np.pad(image, _MARGIN, mode="edge")
    window = np.multiply.outer(*(_window(side, acquired) for side in padded.shape))
    noise = rng.standard_normal((2, *padded.shape), np.float32) * np.float32(sigma)
    space = fft.fft2(padded + noise[0] + np.complex64(1j) * noise[1])
    magnitude = np.abs(fft.ifft2(space * window))
    return magnitude[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _window(side: int, acquired: float) -> NDArray[np.float32]:
    """1 in the middle of one axis of k-space, tapered as scanners do against ringing, 0 beyond."""
    reach = np.abs(fft.fftfreq(side)) / (0.5 * acquired)
    taper = 0.5 + 0.5 * np.cos(1.4 * np.pi * np.clip(reach - 0.5, 0, 0.5))
    return np.where(reach <= 1, taper, 0).astype(np.float32)

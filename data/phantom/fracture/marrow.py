"""What the bones of a fractured vertebra are filled with: oedema or tumour, fluid, and a fracture line."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from data.phantom.fracture.fracture import Fracture
from data.phantom.skeleton import Body
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_BORDER = 1.2
"""mm over which a lesion fades into the marrow."""
_CLEFT_DEPTH = 3.2
"""mm of a fluid cleft's upper side from the fractured endplate."""
_LINE_DEPTH = 6.5
_LINE = 0.65
"""Half the thickness of a fracture line, mm."""
_ARCH = 6.0
"""mm before the canal's rear wall at which the pedicles end and the arch begins."""


def lesion_tissue(fracture: Fracture) -> Tissue:
    return Tissue.TUMOUR if fracture.lesion == "tumour" else Tissue.OEDEMA


def fractured_marrow(
    fracture: Fracture, body: Body, x: Floats, back: Floats, up: Floats, texture: Texture
) -> tuple[NDArray[np.uint8], Floats]:
    """(tissue, shade) at points inside a fractured body, in its frame; the tissue is marrow where it is
    spared. The lesion and the marrow are mixed more finely than a voxel shows.
    """
    top, bottom = body.surfaces(back, body.outline(x, back))
    depth = top - up if fracture.upper else up - bottom
    inside = 2 * body.half_height * fracture.extent - depth
    if not fracture.diffuse:
        inside = np.minimum(inside, fracture.half_width - np.abs(x - fracture.offset))
    inside = inside + fracture.irregularity * texture(x, back, up, 7.0, 0)
    altered = _mixed(fracture.density * expit(inside / _BORDER), x, back, up, texture)
    tissue = np.where(altered, lesion_tissue(fracture), Tissue.MARROW)
    patches = 1 + fracture.patchiness * texture(x, back, up, 4.5, 3)
    shade = np.where(altered, patches.clip(0.4, 1.8), 1.0)
    wavy = depth + 0.8 * texture(x, back, up, 5.0, 4)
    if fracture.line:
        line = np.abs(wavy - _LINE_DEPTH - fracture.fluid) < _LINE
        tissue, shade = np.where(line, Tissue.LIGAMENT, tissue), np.where(line, 1.0, shade)
    if fracture.fluid:
        across = 1 - ((back / body.half_depth + 0.15) / 0.7) ** 2 - (x / body.half_width / 0.7) ** 2
        half = fracture.fluid / 2 * np.sqrt(np.clip(across, 0, 1))
        cleft = np.abs(wavy - _CLEFT_DEPTH - fracture.fluid / 2) < half
        tissue, shade = np.where(cleft, Tissue.FLUID, tissue), np.where(cleft, 1.0, shade)
    return tissue.astype(np.uint8), shade


def involved_arch(
    fracture: Fracture,
    body: Body,
    canal_depth: float,
    x: Floats,
    back: Floats,
    up: Floats,
    texture: Texture,
) -> NDArray[np.bool_]:
    """Whether the lesion is at points inside the bones behind a fractured body, in its frame."""
    arch = back > body.half_depth + canal_depth - _ARCH
    involved = np.where(arch, fracture.posterior_element, fracture.involves(x))
    return _mixed(fracture.density * involved, x, back, up, texture)


def _mixed(share: Floats, x: Floats, back: Floats, up: Floats, texture: Texture) -> NDArray[np.bool_]:
    """True at this ``share`` of the points, in grains that no voxel shows."""
    return texture(x, back, up, 0.5, 9) < ndtri(share)

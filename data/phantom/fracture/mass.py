"""Soft tissue that grows or bleeds beyond a fractured body, into the canal and beside the spine."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.fracture.fracture import Fracture
from data.phantom.fracture.marrow import lesion_tissue
from data.phantom.matter import Points
from data.phantom.posterior import canal_half_width
from data.phantom.skeleton import Body
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_SPARED = (Tissue.CORD, Tissue.FLOWING_BLOOD, Tissue.AIR)
"""What such tissue lies against and never fills."""
_EPIDURAL_RISE, _PARAVERTEBRAL_RISE = 1.15, 1.3
"""How high it is, as a part of the body's own half-height."""


def put_mass(points: Points, body: Body, fracture: Fracture, texture: Texture) -> None:
    """Put the soft tissue around a fractured body into points; what is put later covers it."""
    if not fracture.epidural and not fracture.paravertebral:
        return
    reach, rise = body.reach
    reach, rise = reach + fracture.epidural + fracture.paravertebral + 2, _PARAVERTEBRAL_RISE * rise
    chosen = body.frame.within(points.y, points.z, (-reach, reach), (-rise, rise))
    x = points.x[chosen]
    back, up = body.frame.local(points.y[chosen], points.z[chosen])
    beyond = -body.depth_inside(x, back, up)[1]
    rough = 1.2 * texture(x, back, up, 5.0, 0)
    mass = (beyond > 0) & (beyond < np.maximum(_epidural(fracture, body, x, back, up), 0) + 0.5 * rough)
    mass |= (beyond > 0) & (beyond < _paravertebral(fracture, body, x, back, up) + rough)
    mass &= ~np.isin(points.matter.tissue[chosen], _SPARED)
    chosen, x, back, up = chosen[mass], x[mass], back[mass], up[mass]
    points.matter.tissue[chosen] = lesion_tissue(fracture)
    points.matter.shade[chosen] = (1 + fracture.patchiness * texture(x, back, up, 4.5, 3)).clip(0.4, 1.8)


def _epidural(fracture: Fracture, body: Body, x: Floats, back: Floats, up: Floats) -> Floats:
    """mm of it behind the wall; the ligament in the middle holds it back a little."""
    lobes = 0.75 + 0.25 * np.clip(np.abs(x) / 6, 0, 1)
    high = _dome(up, _EPIDURAL_RISE * body.half_height)
    in_canal = (back > 0.5 * body.half_depth) & (np.abs(x) < canal_half_width(body.half_width))
    return np.where(in_canal, fracture.epidural * lobes * high, -9.0)


def _paravertebral(fracture: Fracture, body: Body, x: Floats, back: Floats, up: Floats) -> Floats:
    """mm of it in front and at the sides, more of it on one."""
    side = 1.0 if fracture.offset > 0 else -1.0
    lobes = 0.65 + 0.35 * np.tanh(side * x / 8)
    high = _dome(up, _PARAVERTEBRAL_RISE * body.half_height)
    return np.where(back < 0.7 * body.half_depth, fracture.paravertebral * lobes * high, -9.0)


def _dome(up: Floats, half_height: float) -> Floats:
    return np.sqrt(np.clip(1 - (up / half_height) ** 2, 0, 1))

"""Fills in the bones, and the nerve roots that leave between them."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.fracture.marrow import fractured_marrow, involved_arch, lesion_tissue
from data.phantom.matter import NO_PART, Points
from data.phantom.posterior import (
    JOINT_GAP,
    exiting_root,
    facet_joint,
    posterior_depth_inside,
    root_ganglion,
    sacral_depth_inside,
)
from data.phantom.skeleton import Body, Disc
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_WIDEST = 62.0
"""mm to the side within which all of these lie."""
_CORTEX = 0.6
"""mm, of the bones behind the bodies."""


class Bones:
    """Puts a patient's bones into points; ``canal_depth`` in mm."""

    def __init__(self, canal_depth: float, texture: Texture) -> None:
        self._canal_depth = canal_depth
        self._texture = texture

    def put_body(self, points: Points, body: Body, code: int) -> None:
        """A vertebral body with its cortex and basivertebral vein; ``code`` as its part."""
        reach, rise = body.reach
        chosen = body.frame.within(points.y, points.z, (-reach, reach), (-rise, rise))
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        back, up = body.frame.local(y, z)
        inside, to_wall = body.depth_inside(x, back, up)
        bone = inside > 0
        chosen, x, y, z = chosen[bone], x[bone], y[bone], z[bone]
        inside, to_wall, back, up = inside[bone], to_wall[bone], back[bone], up[bone]
        # The endplate with its cartilage is thicker than the wall.
        shell = np.where(to_wall - inside > 0.3, 1.05, 0.5)
        vein = (
            (back > 0.5 * body.half_depth)
            & (np.abs(up + 0.5) < 0.4 + 0.2 * (back - 0.5 * body.half_depth))
            & (np.abs(x) < 5)
        )
        marrow = np.where(vein, Tissue.VEIN, Tissue.MARROW)
        shade = np.where(vein, 0.62, 1.0)
        if body.fracture:
            altered, brightness = fractured_marrow(body.fracture, body, x, back, up, self._texture)
            lesion = altered != Tissue.MARROW
            marrow, shade = np.where(lesion, altered, marrow), np.where(lesion, brightness, shade)
        points.matter.tissue[chosen] = np.where(inside < shell, Tissue.CORTEX, marrow)
        points.matter.part[chosen] = code
        grain = 0.055 * self._texture(x, y, z, 1.3, 7) + 0.06 * self._texture(x, y, z, 6.0, 8)
        # Fatter, brighter marrow under worn endplates is common; a little of it shows everywhere.
        rim = 0.10 * np.clip(np.abs(up) / body.half_height, 0, 1) ** 4
        points.matter.shade[chosen] = shade * (0.97 + grain + rim)

    def put_posterior(self, points: Points, body: Body) -> None:
        """Pedicles, laminae and processes of a vertebra."""
        depth = body.half_depth
        chosen = body.frame.within(points.y, points.z, (depth - 10, depth + 62), (-45, 20))
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        inside = posterior_depth_inside(body, self._canal_depth, x, *body.frame.local(y, z))
        # No two spinous processes have the same outline.
        inside += 0.8 * self._texture(x, y, z, 6.0, 10)
        self.put_bone(points, chosen, inside)
        if body.fracture:
            marrow = chosen[(inside > 0) & (points.matter.tissue[chosen] == Tissue.MARROW)]
            x, local = points.x[marrow], body.frame.local(points.y[marrow], points.z[marrow])
            involved = involved_arch(body.fracture, body, self._canal_depth, x, *local, self._texture)
            points.matter.tissue[marrow[involved]] = lesion_tissue(body.fracture)

    def put_facets(self, points: Points, disc: Disc) -> None:
        """The articular processes at a disc's level and the dark line of their joint."""
        middle = disc.half_depth + self._canal_depth
        chosen = disc.frame.within(points.y, points.z, (middle - 14, middle + 14), (-15, 15))
        chosen = chosen[np.abs(points.x[chosen]) < _WIDEST / 2]
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        inside, from_joint = facet_joint(disc, self._canal_depth, x, *disc.frame.local(y, z))
        inside += 0.5 * self._texture(x, y, z, 6.0, 10)
        bone = inside > 0
        self.put_bone(points, chosen, np.minimum(inside, np.abs(from_joint) - JOINT_GAP + 0.01))
        joint = chosen[bone & (np.abs(from_joint) < JOINT_GAP)]
        points.matter.tissue[joint] = Tissue.LIGAMENT
        points.matter.shade[joint] = 1.0

    def put_wings(self, points: Points, body: Body, number: int) -> None:
        """The wings and the arch of a sacral vertebra; ``number`` 0 is S1."""
        deep, high = body.half_depth, body.half_height
        chosen = body.frame.within(points.y, points.z, (-deep, deep + 40), (-high - 2, high + 2))
        chosen = chosen[np.abs(points.x[chosen]) < _WIDEST]
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        inside = sacral_depth_inside(body, number, self._canal_depth, x, *body.frame.local(y, z))
        self.put_bone(points, chosen, inside + 0.8 * self._texture(x, y, z, 6.0, 10))

    def put_root(self, points: Points, body: Body) -> None:
        """The pair of nerve roots that leave below a vertebra's pedicles."""
        depth = body.half_depth
        chosen = body.frame.within(points.y, points.z, (-depth / 2, depth + 12), (-36, 0))
        chosen = chosen[np.abs(points.x[chosen]) < _WIDEST]
        side = np.abs(points.x[chosen])
        back, up = body.frame.local(points.y[chosen], points.z[chosen])
        inside = np.maximum(
            exiting_root(body).depth_inside(side, back, up), root_ganglion(body).depth_inside(side, back, up)
        )
        root = chosen[inside > 0]
        points.matter.tissue[root] = Tissue.ROOT
        points.matter.shade[root] = 0.65

    def put_sacral_gap(self, points: Points, upper: Body, lower: Body) -> None:
        """The rudimentary discs of the sacrum: thin, never labelled."""
        gap = upper.lower_endplate
        chosen = gap.within(points.y, points.z, (-lower.half_depth, lower.half_depth), (-1.9, 0.3))
        chosen = chosen[np.abs(points.x[chosen]) < 16]
        points.matter.tissue[chosen] = Tissue.ANNULUS
        points.matter.shade[chosen] = 0.4
        points.matter.part[chosen] = NO_PART

    def put_bone(self, points: Points, chosen: NDArray[np.intp], inside: Floats) -> None:
        """Cortex around marrow where points are ``inside`` (mm) a bone that is no part."""
        bone = inside > 0
        chosen, inside = chosen[bone], inside[bone]
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        points.matter.tissue[chosen] = np.where(inside < _CORTEX, Tissue.CORTEX, Tissue.MARROW)
        points.matter.shade[chosen] = 1 + 0.1 * self._texture(x, y, z, 2.5, 7)

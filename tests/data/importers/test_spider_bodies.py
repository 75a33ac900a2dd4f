"""Vertebral bodies told from whole vertebrae, against the phantom, whose bodies are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.importers.spider_boxes import canal_front, see_spine
from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.patient import draw_patient
from data.phantom.sampling import voxel_points
from data.phantom.tissue import Tissue
from imaging.geometry import SliceGeometry

SPACING = 0.8
IN_PLANE, BESIDE = (0.0, 4.0, -8.0), (14.0, -20.0)
"""mm to the left: slices through the canal, and through pedicles."""
Mask = NDArray[np.uint8]
Edges = tuple[float, float, float, float]


def cut(phantom: Phantom, offset: float) -> tuple[Mask, dict[int, Edges]]:
    """A sagittal slice as SPIDER's mask of it would be, and the edges of the phantom's bodies by number.

    What the phantom has of bone behind the canal's front is given to the vertebra of its level.
    """
    geometry = SliceGeometry((offset, -75, 200), (0, 1, 0), (0, 0, -1), (SPACING, SPACING), 300, 190, 4.0)
    points = voxel_points(geometry)
    shape = geometry.rows, geometry.columns
    matter, (_, y, z) = phantom.at(*points), phantom.posture.straighten(*points)
    curved = phantom.course.at(y, z)
    tissue, part, level, behind = (
        values.reshape(shape) for values in (matter.tissue, matter.part, curved.level, curved.behind)
    )
    mask = np.zeros(shape, np.uint8)
    arch = np.isin(tissue, (Tissue.MARROW, Tissue.CORTEX)) & (level > -0.6) & (behind > -16)
    mask[arch] = np.clip(np.floor(level[arch] + 0.75), 0, len(phantom.skeleton.vertebrae) - 1) + 1
    inside = np.isin(tissue, (Tissue.CSF, Tissue.CORD, Tissue.ROOT, Tissue.EPIDURAL_FAT))
    mask[inside & (abs(behind) < 11) & (level > -1.5) & (abs(offset) < 11)] = 100
    bodies = {}
    for position in range(len(phantom.skeleton.vertebrae)):
        body = part == part_code(position, Part.BODY)
        mask[body] = position + 1
        mask[part == part_code(position, Part.DISC)] = 201 + position
        rows, columns = np.nonzero(body)
        if len(rows):
            bodies[position + 1] = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return mask, bodies


@pytest.mark.parametrize("index", [0, 3])
def test_bodies_are_the_phantom_s_where_the_canal_is_cut_and_untold_elsewhere(index: int) -> None:
    phantom = Phantom(draw_patient(31, index))
    slices = [cut(phantom, offset) for offset in (*IN_PLANE, *BESIDE)]
    front = canal_front(np.stack([mask for mask, _ in slices]))
    for mask, bodies in slices[: len(IN_PLANE)]:
        seen = see_spine(mask, front)
        assert seen.vertebrae is not None
        assert len(seen.discs) >= 6
        whole = {number for number, edges in bodies.items() if edges[1] > 0}
        assert whole <= seen.vertebrae.keys()
        for number in whole:
            difference = np.abs(np.subtract(seen.vertebrae[number].edges, bodies[number])).max() * SPACING
            assert difference < 1.0, "mm"
    for mask, _ in slices[len(IN_PLANE) :]:
        seen = see_spine(mask, front)
        assert seen.discs
        assert seen.vertebrae is None

"""Boxes from SPIDER's masks where those have stray voxels, or a spine that the volume cuts off."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from spider_download import MIDDLE, SIZE, boxes, spine, write_one

from data.cohort import CohortImage
from data.folder import read_cohort
from data.importers.cohort_import import import_cohort
from data.importers.spider import open_spider
from data.importers.spider_boxes import SeenSpine, canal_front, see_spine

L4 = 2
"""A vertebra's number in the mask; its body has z from 54 to 82 mm, indices 27 to 40."""
T12 = 6


def seen(mask: NDArray[np.uint8]) -> SeenSpine:
    """The middle slice of a mask (z, y, x)."""
    masks = mask.transpose(2, 0, 1)[:, ::-1]
    return see_spine(masks[MIDDLE - 1], canal_front(masks))


def bodies(spine_seen: SeenSpine) -> dict[int, tuple[float, float, float, float]]:
    assert spine_seen.vertebrae is not None
    return {number: body.edges for number, body in spine_seen.vertebrae.items()}


def test_a_stray_voxel_of_the_canal_cuts_no_body() -> None:
    mask = spine()
    known = bodies(seen(mask))
    mask[33:36, 14, 1] = 100
    mask[80, 20, 7] = 100
    assert bodies(seen(mask)) == known


def test_a_canal_in_two_parts_is_kept_whole() -> None:
    mask = spine()
    mask[60:64][mask[60:64] == 100] = 0
    lean = mask.copy()
    lean[:60] = np.roll(mask[:60], 4, axis=1)  # only its own part of the canal says where these bodies end
    widths = {number: right - left for number, (left, _, right, _) in bodies(seen(lean)).items()}
    assert widths[1] == widths[2] == widths[5] == 17


def test_a_vertebra_at_the_picture_s_edge_without_canal_has_a_difficult_box() -> None:
    mask = spine()
    top = np.flatnonzero((mask % 100 == T12).any(axis=(1, 2)))
    mask[top[0] :][mask[top[0] :] == 100] = 0
    spine_seen = seen(mask)
    known = boxes()
    assert bodies(spine_seen) == {number: known[f"L{6 - number}"] for number in range(1, 6)} | {
        T12: known["T12"]
    }
    assert spine_seen.vertebrae is not None
    assert [number for number, body in spine_seen.vertebrae.items() if not body.told] == [T12]
    mask[mask == 100 + T12] = T12  # real masks do not say that it is partly seen
    assert seen(mask).vertebrae == spine_seen.vertebrae


def test_a_whole_vertebra_without_canal_tells_that_no_body_can_be_told() -> None:
    mask = spine()
    mask[:45][mask[:45] == 100] = 0
    assert seen(mask).vertebrae is None
    mask[(mask > 0) & (mask < T12)] = 0
    mask[mask == 100] = 0
    assert seen(mask).vertebrae is None, "the one that is cut off stands alone"


def test_of_a_vertebra_with_two_numbers_the_larger_part_is_taken() -> None:
    mask = spine()
    whole = bodies(seen(mask))[L4]
    heights = np.flatnonzero((mask == L4)[:, 15, 5])
    mask[heights[-2:]] = np.where(mask[heights[-2:]] == L4, 100 + L4, mask[heights[-2:]])
    left, top, right, bottom = bodies(seen(mask))[L4]
    assert (left, right, bottom) == (whole[0], whole[2], whole[3])
    assert top == whole[1] + 2


def imported(tmp_path: Path, mask: NDArray[np.uint8]) -> tuple[list[CohortImage], list[str]]:
    report = import_cohort(open_spider(write_one(tmp_path / "in", mask), middle=3), tmp_path / "out")
    images = read_cohort(tmp_path / "out").images if report.written else ()
    return list(images), report.warnings


def test_the_middle_is_that_of_the_spine(tmp_path: Path) -> None:
    mask = spine()
    mask[:, :, 4:] = mask[:, :, : SIZE[0] - 4]
    mask[:, :, :4] = 0
    mask[50, 20, 0] = 203  # a stray voxel is no spine
    images, warnings = imported(tmp_path, mask)
    assert [image.name for image in images] == ["7_t2_006.png", "7_t2_007.png", "7_t2_008.png"], (
        "discs are in 6 to 9"
    )
    assert not warnings


def test_a_volume_without_pictures_or_without_bodies_is_told(tmp_path: Path) -> None:
    nothing = np.zeros_like(spine())
    nothing[50, 20, 4] = 201
    images, (sentence,) = imported(tmp_path / "no-pictures", nothing)
    assert not images
    assert "7_t2.mha: no disc of 3 pixels" in sentence
    mask = spine()
    mask[mask == 100] = 0
    images, (sentence,) = imported(tmp_path / "no-bodies", mask)
    assert len(images) == 3
    assert "in no slice a canal beside the vertebrae" in sentence


@pytest.mark.parametrize(("missing", "cut"), [(0, {"vertebra"}), (6, {"disc", "bulge"})])
def test_boxes_at_the_picture_s_edge_are_truncated(missing: int, cut: set[str], tmp_path: Path) -> None:
    """The volume ends within the highest vertebra, or so many voxels further up, within the lowest disc."""
    mask = np.concatenate([spine()[missing:], np.zeros_like(spine()[:missing])])
    mask[mask == 106] = 6
    images, _ = imported(tmp_path, mask)
    for box in images[1].boxes:
        assert box.truncated == (box.ymin <= 0 or box.ymax >= SIZE[2])
    assert {box.label for box in images[1].boxes if box.truncated} == cut

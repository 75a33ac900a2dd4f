"""What the viewer computes, in a real browser, beside numpy and imaging.geometry."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page
from viewer_page import load_scripts

from imaging.geometry import SliceGeometry, intersection

SIDES = (("R", "L"), ("A", "P"), ("F", "H"))


@pytest.fixture(scope="module")
def scripts(browser: Any) -> Any:
    page = browser.new_page()
    load_scripts(page)
    yield page
    page.close()


def plane_of(geometry: SliceGeometry) -> dict[str, Any]:
    names = ("position", "across", "down", "spacing", "rows", "columns")
    return {name: getattr(geometry, name) for name in names}


def random_geometry(chance: np.random.Generator) -> SliceGeometry:
    """Anyhow in the patient; some in the standard planes."""
    axes, _ = np.linalg.qr(chance.normal(size=(3, 3)))
    if chance.random() < 0.4:
        axes = np.eye(3)[chance.permutation(3)] * chance.choice((-1, 1), (3, 1))
    rows, columns = chance.integers(1, 600, 2).tolist()
    down, across = chance.uniform(0.2, 3, 2).tolist()
    corner = chance.uniform(-60, 60, 3) - axes[0] * columns / 2 * across - axes[1] * rows / 2 * down
    vectors: list[Any] = [item.tolist() for item in (corner, *axes[:2])]
    return SliceGeometry(vectors[0], vectors[1], vectors[2], (down, across), rows, columns)


def test_points_and_pixels_are_those_of_the_server(scripts: Page) -> None:
    chance = np.random.default_rng(1)
    geometries = [random_geometry(chance) for _ in range(200)]
    pixels, points = chance.uniform(-20, 600, (200, 2)), chance.uniform(-90, 90, (200, 3))
    found = scripts.evaluate(
        """([planes, pixels, points]) => planes.map((plane, index) => {
            const point = points[index];
            const places = [pointOf(plane, pixels[index]), pixelOf(plane, point)];
            return [...places, distanceOf(plane, point), sidesOf(plane)];
        })""",
        [[plane_of(item) for item in geometries], pixels.tolist(), points.tolist()],
    )
    for geometry, pixel, point, (at, on, far, sides) in zip(geometries, pixels, points, found, strict=True):
        assert np.allclose(at, geometry.to_patient([pixel])[0], atol=1e-6)
        straight = geometry.to_pixels([point])[0]
        assert np.allclose(on, straight, atol=1e-6)
        inside = np.clip(straight, 0, (geometry.columns, geometry.rows))
        assert far == pytest.approx(np.linalg.norm(geometry.to_patient([inside])[0] - point), abs=1e-6)
        assert sides == {
            "left": side(geometry.across, -1),
            "right": side(geometry.across, 1),
            "top": side(geometry.down, -1),
            "bottom": side(geometry.down, 1),
        }


def side(direction: tuple[float, ...], sign: int) -> str:
    axis = int(np.argmax(np.abs(direction)))
    return SIDES[axis][direction[axis] * sign > 0]


def test_slices_cut_each_other_where_the_server_says(scripts: Page) -> None:
    chance = np.random.default_rng(2)
    pairs = [(random_geometry(chance), random_geometry(chance)) for _ in range(400)]
    pairs += [(one, replace(one, position=(*one.position[:2], one.position[2] + 5))) for one, _ in pairs[:20]]
    found = scripts.evaluate(
        "(pairs) => pairs.map(([one, other]) => crossingOf(one, other))",
        [[plane_of(one), plane_of(other)] for one, other in pairs],
    )
    expected = [intersection(one, other) for one, other in pairs]
    assert 50 < sum(line is not None for line in expected) < 400
    for line, other in zip(found, expected, strict=True):
        assert (line is None) == (other is None)
        if other is not None:
            assert np.allclose(line, other, atol=1e-5) or np.allclose(line[::-1], other, atol=1e-5)


def test_the_nearest_slice_is_that_of_the_block_around_the_disc(scripts: Page) -> None:
    """Of an angled series: the planes of other blocks may pass nearer outside their pictures."""
    chance = np.random.default_rng(3)
    blocks = [random_geometry(chance) for _ in range(12)]
    series = {
        "slices": [plane_of(item) for item in blocks],
        "rows": 100,
        "columns": 80,
        "spacing": [1.0, 1.5],
    }
    own = [replace(item, rows=100, columns=80, spacing=(1.0, 1.5)) for item in blocks]
    points = chance.uniform(-90, 90, (100, 3))
    found = scripts.evaluate(
        "([series, points]) => points.map((point) => nearestSlice(series, point))", [series, points.tolist()]
    )
    for point, slice_found in zip(points, found, strict=True):
        inside = [np.clip(item.to_pixels([point]), 0, (80, 100)) for item in own]
        far = [np.linalg.norm(item.to_patient(at) - point) for item, at in zip(own, inside, strict=True)]
        assert slice_found == int(np.argmin(far))
    nowhere = {**series, "slices": [{"position": None}] * 3}
    assert scripts.evaluate("(series) => nearestSlice(series, [0, 0, 0])", nowhere) is None


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("window", [(500.0, 30000.0), (-20.25, 9000.0), (40.0, 70000.0), (7.0, 0.0)], ids=str)
def test_a_window_makes_grays(scripts: Page, signed: bool, window: tuple[float, float]) -> None:
    bits = np.random.default_rng(5).permutation(2**16)[:500].astype(np.uint16)
    values = bits.view(np.int16 if signed else np.uint16).astype(float)
    shares = (values - (window[0] - window[1] / 2)) / (window[1] or 1)
    gray = np.floor(np.clip(255 * shares, 0, 255) + 0.5).astype(np.uint32)
    plain, inverted = scripts.evaluate(
        """([bits, window, signed]) => [false, true].map((inverted) => {
            const words = new Uint32Array(bits.length);
            fillGray(words, Uint16Array.from(bits), grayTable(window, signed, inverted));
            return Array.from(words);
        })""",
        [bits.tolist(), window, signed],
    )
    assert np.array_equal(plain, 0xFF000000 + 0x010101 * gray)
    assert np.array_equal(inverted, 0xFF000000 + 0x010101 * (255 - gray))


@pytest.mark.parametrize("kind", ["uint16", "int16"])
def test_windows_come_from_a_series_own_values(scripts: Page, kind: str) -> None:
    chance = np.random.default_rng(4)
    tissue = chance.gamma(4, 120, 6000)
    values = np.concatenate([chance.integers(0, 12, 4000), tissue]).astype(kind)
    values = values - 500 if kind == "int16" else values
    found = scripts.evaluate(
        "([array, values, window]) => windowsOf(globalThis[array].from(values), window)",
        [f"{kind.capitalize()}Array", values.tolist(), [400, 900]],
    )

    def quantile(share: float, of: NDArray[Any] = values) -> float:
        return float(np.quantile(of, share, method="inverted_cdf"))

    darkest, brightest = quantile(0.01), quantile(0.999)
    bright = values[values >= np.floor(darkest + 0.05 * (brightest - darkest) + 0.5)]
    edges = [
        (darkest, brightest),
        (darkest, quantile(0.7, bright)),
        (quantile(0.4, bright), brightest),
    ]
    assert found[:2] == [[400, 900], [400, 540]]
    assert found[2:] == [[(low + high) / 2, high - low] for low, high in edges]


def test_pictures_of_one_value_have_windows_too(scripts: Page) -> None:
    assert scripts.evaluate("() => windowsOf(Uint16Array.of(7, 7, 7), [7, 0])")[2:] == [[7, 1]] * 3


def test_a_view_fits_its_picture_and_zooms_around_a_place(scripts: Page) -> None:
    corners, held, back = scripts.evaluate(
        """() => {
            const view = new View({ rows: 100, columns: 50, spacing: [1, 4] });
            view.size = [400, 300];
            const corners = [view.toScreen([0, 0]), view.toScreen([50, 100])];
            const before = view.toPixel([100, 120]);
            view.zoomAt([100, 120], 2);
            view.panBy(8, -4); view.panBy(-8, 4);
            return [corners, [before, view.toPixel([100, 120])], view.toPixel(view.toScreen([3, 4]))];
        }"""
    )
    assert corners == [[0, 50], [400, 250]]
    assert held[1] == pytest.approx(held[0])
    assert back == pytest.approx([3, 4])

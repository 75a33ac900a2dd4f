"""The viewer alone on a page, with made-up series, in a real browser and without a server."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, Route

from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind
from reading.cases.pictures import CaseSeries, CaseSlice
from web.component import FOLDER, VIEWER_SCRIPTS, source
from web.style import CSS_VARIABLES

_ADDRESS = "http://viewer.test"
_SERIES = f"{_ADDRESS}/series/*"
_PAGE = "<!doctype html><style>{css} html, body {{ margin: 0; background: #000 }}</style><main></main>"
_OPEN = """async ([series, width, height]) => {
    const place = document.querySelector("main");
    Object.assign(place.style, { width: `${width}px`, height: `${height}px` });
    window.touched = 0;
    window.viewer?.close();
    window.viewer = new Viewer(place, series, (number) => `/series/${number}`);
    viewer.ontouch = () => { window.touched += 1; };
    window.onkeydown = (event) => viewer.key(event);
    await viewer.ready;
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""


@dataclass(frozen=True)
class Shown:
    """A series and its pixels: (slices, rows, columns), of 16 bits; None where they do not come."""

    series: CaseSeries
    pixels: NDArray[np.integer] | None = field(repr=False)


def load_scripts(page: Page) -> None:
    page.add_script_tag(content=source("elements", "keys", *VIEWER_SCRIPTS))


def load_viewer(page: Page) -> None:
    """On a page of its own, for ``open_viewer``."""
    sheets = [(FOLDER / f"{name}.css").read_text() for name in ("common", "viewer/viewer")]
    body = _PAGE.format(css="".join([CSS_VARIABLES, *sheets]))
    page.route(f"{_ADDRESS}/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{_ADDRESS}/")
    load_scripts(page)


def open_viewer(page: Page, shown: Sequence[Shown], size: tuple[int, int] = (960, 480)) -> None:
    """``viewer`` on the page, as soon as it shows its first pictures; a former one is closed."""

    def answer(route: Route) -> None:
        number = int(route.request.url.rpartition("/")[2])
        pixels = next(item.pixels for item in shown if item.series.number == number)
        if pixels is None:
            route.fulfill(status=503)
        else:
            route.fulfill(body=pixels.tobytes(), content_type="application/octet-stream")

    page.unroute(_SERIES)
    page.route(_SERIES, answer)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate(_OPEN, [[item.series.as_json() for item in shown], *size])


def stack(
    number: int,
    kind: SeriesKind,
    geometries: Sequence[SliceGeometry] | int,
    pixels: NDArray[np.integer] | None = None,
) -> Shown:
    """A series of slices at these geometries, or of so many without a place. Where no ``pixels`` are given,
    each four by four of them have a random gray of their own."""
    planes = [] if isinstance(geometries, int) else geometries
    slices = tuple(
        CaseSlice(f"{number}.{place}", item.position, item.across, item.down)
        for place, item in enumerate(planes)
    )
    if isinstance(geometries, int):
        slices = tuple(CaseSlice(f"{number}.{place}") for place in range(geometries))
    if pixels is None:
        size = (planes[0].rows, planes[0].columns) if planes else (48, 64)
        blocks = (len(slices), size[0] // 4, size[1] // 4)
        pixels = np.random.default_rng(number).integers(0, 1000, blocks, np.uint16)
        pixels = pixels.repeat(4, axis=1).repeat(4, axis=2)
    series = CaseSeries(
        number=number,
        name=str(kind),
        kind=kind,
        rows=pixels.shape[1],
        columns=pixels.shape[2],
        spacing=planes[0].spacing if planes else (1.0, 1.0),
        slices=slices,
        dtype="int16" if pixels.dtype == np.int16 else "uint16",
        window=(0.0, 1000.0),
    )
    return Shown(series, pixels)


def three_series(size: int = 64, slices: int = 9) -> list[Shown]:
    """Sagittal T2 and T1, axial T2, through the same 128 mm."""
    spacing = (128 / size, 128 / size)
    places = np.linspace(-24, 24, slices)
    sagittal = [
        SliceGeometry((place, -64, 64), (0, 1, 0), (0, 0, -1), spacing, size, size) for place in places
    ]
    axial = [SliceGeometry((-64, -64, -place), (1, 0, 0), (0, 1, 0), spacing, size, size) for place in places]
    kinds = (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1, SeriesKind.AXIAL_T2)
    stacks = zip(kinds, (sagittal, sagittal, axial), strict=True)
    return [stack(number, kind, planes) for number, (kind, planes) in enumerate(stacks, start=1)]


def pane(page: Page, number: int) -> Locator:
    """From 0."""
    return page.locator(".pane").nth(number)


def said(page: Page, name: str) -> list[str]:
    """Of every pane in turn, the text in one of its corners or at one of its edges."""
    return page.locator(f".pane .pane-text.{name}").all_text_contents()


def middle(page: Page, number: int) -> tuple[float, float]:
    """Of a pane, on the page."""
    box = pane(page, number).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(
    page: Page, number: int, way: tuple[float, float], button: Literal["left", "middle", "right"] = "left"
) -> None:
    """From a pane's middle."""
    x, y = middle(page, number)
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + way[0] / 2, y + way[1] / 2)
    page.mouse.move(x + way[0], y + way[1])
    page.mouse.up(button=button)

"""The reading page's component in a real browser, without a server: what that answers is made up."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from playwright.sync_api import Page, Route
from viewer_page import three_series

from axial.findings import Finding, Measure, Slip
from axial.result import StudyResult
from reading.cases.marks import Mark
from reading.store.form import Questions
from web.component import FOLDER, READING_SCRIPTS, READING_STYLES, place_of, source
from web.style import CSS_VARIABLES

SIX_LEVELS = ("T12-L1", "L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
_ADDRESS = "http://reading.test"
_PAGE = """<!doctype html><meta charset="utf-8"><style>{css}</style><body><main tabindex="0">{place}</main>
<script type="module">
  import open from "/reading.js";
  window.left = 0;
  open({{
    data: {{ assignment: "1", base: "" }}, parentElement: document, setTriggerValue: () => window.left += 1,
  }});
</script>"""


@dataclass
class ReadingComponent:
    """What the page is told, and what it sends. ``next``: the assignment that follows the commit; ``ai``:
    what the AI says, where it is not of a study; ``maps``: its activation maps."""

    questions: Questions = field(default_factory=lambda: Questions(SIX_LEVELS))
    arm: str = "without AI"
    experts: list[dict[str, Any]] = field(default_factory=list)
    draft: dict[str, Any] | None = None
    training: bool = False
    next: str | None = None
    asked: list[str] = field(default_factory=list)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    series: Any = field(default_factory=three_series)
    ai: dict[str, Any] | None = None
    maps: list[dict[str, Any]] = field(default_factory=list)

    def open(self, page: Page, width: int = 1366, height: int = 650) -> None:
        page.route(f"{_ADDRESS}/**", self._answer)
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{_ADDRESS}/?assignment=1")
        page.locator(".commit").wait_for()

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(_ADDRESS).partition("?")[0]
        if route.request.method == "POST":
            self.sent.append((path.rpartition("/")[2], route.request.post_data_json))
            route.fulfill(json={"stored": True, "next": self.next})
            return
        self.asked.append(path)
        if path == "/":
            css = CSS_VARIABLES + "".join(
                (FOLDER / f"{name}.css").read_text() for name in ("common", *READING_STYLES)
            )
            route.fulfill(body=_PAGE.format(css=css, place=place_of("reading")), content_type="text/html")
        elif path == "/reading.js":
            route.fulfill(body=source(*READING_SCRIPTS), content_type="text/javascript")
        elif "/series/" in path:
            shown = self.series[int(path.rpartition("/")[2]) - 1]
            route.fulfill(body=shown.pixels.tobytes(), content_type="application/octet-stream")
        elif path.endswith("/ai"):
            route.fulfill(json={"maps": self.maps, **(self.ai or _said_by_the_ai(self.questions.levels))})
        elif path.startswith("/api/assignments/"):
            route.fulfill(json=self._page(path.rpartition("/")[2]))
        else:
            route.fulfill(status=404)

    def _page(self, assignment: str) -> dict[str, Any]:
        return {
            "assignment": assignment,
            "study": "s",
            "case": f"case-0{assignment}",
            "arm": self.arm,
            "training": self.training,
            "questions": asdict(self.questions),
            "draft": self.draft,
            "committed": False,
            "ai": self.arm == "with AI",
            "experts": self.experts,
            "series": [item.series.as_json() for item in self.series],
            "ticket": "t",
        }


def _said_by_the_ai(levels: tuple[str, ...]) -> dict[str, Any]:
    result = StudyResult(
        study="s",
        sagittal=None,
        vertebrae=(),
        doubts=("The lowest vertebra may be L6: there are six between the ribs and the sacrum.",),
        slices=(),
        findings=tuple(_finding(level, place) for place, level in enumerate(reversed(levels[1:]))),
        stages=(),
        models=(),
    )
    marks = [
        Mark(1, place % 9, "disc", level, level, edges=(20.0, 20.0, 30.0, 26.0))
        for place, level in enumerate(levels)
    ]
    return {"result": json.loads(result.as_json()), "marks": [asdict(mark) for mark in marks]}


def _finding(level: str, place: int) -> Finding:
    verdict = ("herniation", "normal", "bulge")[place % 3]
    probabilities = {name: 0.88 if name == verdict else 0.06 for name in ("normal", "bulge", "herniation")}
    slip = Slip(Measure(4.2, 3.6, 4.8), Measure(12.0, 10.0, 14.0), 1) if place == 1 else None
    remark = "The herniation is not measured: no axial picture passes through this disc."
    remarks = (remark,) if place == 2 else ()
    return Finding(level, level, verdict, probabilities, (), False, 0.97, 0.64, slip, remarks=remarks)


def experts_of(levels: tuple[str, ...]) -> list[dict[str, Any]]:
    """Three, who disagree."""
    said = ("normal", "herniation", "bulge")
    return [
        {
            "expert": f"expert {number}",
            "level": level,
            "call": {**_CALL, "verdict": verdict, "remark": "motion"},
        }
        for level in levels
        for number, verdict in enumerate(said, start=1)
    ]


_CALL: dict[str, Any] = {"indeterminate": False, "slip": True, "slip_grade": 1}

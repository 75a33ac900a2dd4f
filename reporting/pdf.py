"""The report of a study as PDF, in the order that reports of lumbar MR have."""

from datetime import datetime
from pathlib import Path

from axial.pictures import StudyPictures
from axial.result import SliceResult, StudyResult
from imaging.new_folder import write_whole
from reporting.documents import MANUFACTURER, VERSION
from reporting.drawing import (
    BOX,
    ENDPLATE,
    KEY,
    OTHER,
    SLIP,
    axial_picture,
    jpeg,
    key_slices,
    sagittal_picture,
    with_activation,
)
from reporting.fonts import MISSING
from reporting.fracture import ReportedFracture, fracture_in_short, write_fracture
from reporting.impression import (
    activation_maps,
    by_reader,
    caveats,
    main_findings,
    numbering,
    reported,
    rows,
    technique,
    unremarkable,
    without_level,
)
from reporting.page import Figure, Page
from reporting.source import ReportSource
from reporting.wording import (
    MEASURES,
    NOMENCLATURE,
    PROBABILITIES,
    RESEARCH_ONLY,
    abnormalities,
    name,
    percent,
    sentence,
    sentences,
    state,
)

TITLE = "Lumbar spine MR: automated reading"
_COLUMNS = (
    ("Level", 18),
    ("Disc", 37),
    ("Probability", 20),
    ("Herniation", 47),
    ("Slip", 32),
    ("Height", 16),
)
"""Headings and widths in mm."""
_LEVEL, _LONGER, _SHORT = 20.0, 16.0, 8
"""mm: the column of levels, and how much wider it is for names of more letters than this."""
_SAGITTAL, _AXIAL, _WITH_MAP = 138.0, 52.6, 82.0
"""Height of the sagittal and width of an axial picture, and of one with its activation map, mm."""
_WIDEST = 110.0
"""mm: of the sagittal picture, which leaves room for its legend."""
_LABEL = 42.0
"""mm: the column of labels in the last part."""
_WARNINGS = 10
"""More are in the result's JSON."""
_LEGEND = (
    (BOX, "vertebrae by name, and the disc on axial slices"),
    (ENDPLATE, "corners of the endplates"),
    (SLIP, "slip along the endplate below, and a herniation from foot to summit"),
    (KEY, "axial slices shown in this report"),
    (OTHER, "the other axial slices"),
    ("", "A front, P back, H head, F feet; R and L the patient’s right and left"),
)


def write_pdf(
    result: StudyResult,
    pictures: StudyPictures,
    path: Path,
    source: ReportSource | None = None,
    when: datetime | None = None,
    maps: bool = False,
    fracture: ReportedFracture | None = None,
) -> bytes:
    """Write the report, whole or not at all; returns what was written. Raises OSError.

    ``source``: whose study it is, as the patient's DICOM files say it. ``when``: the date of the report, now
    where not given. ``maps``: whether to draw the activation maps that the results have. ``fracture``: of a
    vertebra that a reader marked. What is missing of a study is said where it would stand.
    """
    when = when or datetime.now().astimezone()
    page = Page(TITLE, _running(result, source), RESEARCH_ONLY, when)
    _head(page, result, source, when)
    page.heading("Technique")
    page.paragraph(" ".join(technique(pictures)))
    _findings(page, result)
    page.heading("Impression")
    of_fracture = (fracture_in_short(fracture.result),) if fracture else ()
    page.numbered((*main_findings(result), *of_fracture, *caveats(result)))
    _pictures(page, result, pictures, maps)
    if fracture is not None:
        write_fracture(page, fracture, maps)
    _making(page, result, fracture)
    pdf = bytes(page.output())
    write_whole(path, pdf)
    return pdf


def _running(result: StudyResult, source: ReportSource | None) -> str:
    """What every page after the first says at its top, so that a loose page finds its patient."""
    identity = [source.patient_name, source.patient_id] if source else []
    return "  ·  ".join(filter(None, dict.fromkeys([*identity, result.study])))


def _head(page: Page, result: StudyResult, source: ReportSource | None, when: datetime) -> None:
    fields = [("Study", result.study), ("Report", f"{when:%Y-%m-%d %H:%M}")]
    if source is not None:
        header = source.header
        about = [
            ("Patient", source.patient_name),
            ("Patient ID", source.patient_id),
            ("Born", _date(header.PatientBirthDate)),
            ("Sex", header.PatientSex),
            ("Examined", _date(header.StudyDate)),
        ]
        fields = [*about, *fields]
    page.fields([(label, value or "not given") for label, value in fields])


def _date(value: str) -> str:
    """A date of DICOM as year-month-day."""
    return "-".join(filter(None, (value[:4], value[4:6], value[6:])))


def _findings(page: Page, result: StudyResult) -> None:
    page.heading("Findings")
    page.paragraph(" ".join(numbering(result)))
    lines = rows(result)
    longer = _LONGER if any(len(row.level) > _SHORT for row in lines) else 0.0
    if lines:
        cells = [
            ((row.level, row.state, row.probability, row.herniation, row.slip, row.height), row.abnormal)
            for row in lines
        ]
        widths = {"Level": longer, "Herniation": -longer}
        page.grid([(text, width + widths.get(text, 0.0)) for text, width in _COLUMNS], cells)
    for finding in reported(result):
        page.entry(name(finding), " ".join(sentences(finding)), _LEVEL + longer)
    others = unremarkable(result)
    if others:
        page.paragraph(others)
    apart = without_level(result)
    if apart:
        page.paragraph("Axial slices whose level is not known, each by itself:")
        for item in apart:
            likely = percent(item.probabilities.get(item.verdict or "", 0.0))
            page.entry(item.picture, sentence(f"{state(item.verdict)} (probability {likely})"))
    page.note(f"{NOMENCLATURE} {MEASURES} {PROBABILITIES}")


def _pictures(page: Page, result: StudyResult, pictures: StudyPictures, maps: bool) -> None:
    by_name = {picture.name: picture for picture in pictures.axial}
    sagittal = sagittal_picture(result, pictures)
    keys = [(finding, item) for finding, item in key_slices(result) if item.picture in by_name]
    if sagittal is None and not keys:
        return
    page.heading("Pictures", _SAGITTAL + 25 if sagittal else _AXIAL + 25)
    if sagittal is not None and pictures.sagittal is not None:
        width = min(_SAGITTAL * sagittal.width / sagittal.height, _WIDEST)
        page.plate(Figure(jpeg(sagittal), sentence(pictures.sagittal.name)), width, _LEGEND)
    shown = []
    for finding, item in keys:
        picture = axial_picture(item, finding, by_name[item.picture])
        if maps:
            picture = with_activation(item, picture, by_name[item.picture])
        said = "; ".join(abnormalities(finding)) if finding else state(item.verdict)
        where = name(finding) if finding else "Level not known"
        shown.append(Figure(jpeg(picture), f"{where}, {item.picture}: {said}.{_map_of(item, maps)}"))
    about = activation_maps(result) if maps and shown else ""
    page.figures(shown, _WITH_MAP if about else _AXIAL)
    if about:
        page.note(about)


def _map_of(item: SliceResult, maps: bool) -> str:
    """The slice's own verdict, which may be another than its disc's."""
    return f" Map: what spoke for {item.verdict} on this slice." if maps and item.activation else ""


def _making(page: Page, result: StudyResult, fracture: ReportedFracture | None) -> None:
    page.heading("How this report was made")
    checked = (
        "no reader has checked it" if not by_reader(result) else "a reader has changed what is marked so"
    )
    page.paragraph(f"By {MANUFACTURER} {VERSION}, a program; {checked}.")
    for stage in result.stages:
        ran = f"Ran, {stage.seconds:.2f} s." if stage.ran else f"Did not run: {stage.reason}."
        page.entry(f"Stage: {stage.name}", ran, _LABEL)
    for model in (*result.models, *(fracture.result.models if fracture else ())):
        identity = f"{model.folder}, {model.network}, SHA-256 {model.digest}…"
        page.entry(f"Model: {model.stage}", identity, _LABEL)
    for runtime in result.runtimes:
        page.entry("Computed by", runtime, _LABEL)
    # What is odd of the study is said of the vertebra too.
    of_fracture = fracture.result.warnings if fracture else ()
    warnings = (*(text for text in of_fracture if text not in result.warnings), *result.warnings)
    for warning in warnings[:_WARNINGS]:
        page.entry("Warning", warning, _LABEL)
    if len(warnings) > _WARNINGS:
        more = len(warnings) - _WARNINGS
        page.entry("Warnings", f"{more} more are in the result’s JSON file.", _LABEL)
    if page.unprintable:
        page.note(f"{MISSING} stands for a letter that the font of this report does not have.")

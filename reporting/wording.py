"""The words for one disc's finding; every report takes them from here.

States are named by the combined nomenclature for lumbar discs, version 2.0 (Fardon et al., Spine J
2014;14:2525-45), slips by Meyerding's grades (Surg Gynecol Obstet 1932;54:371-7).
"""

from dataclasses import dataclass

from axial.findings import Correction, Finding, Herniation, Measure, Slip

RESEARCH_ONLY = "For research use only. Not a medical device, not for diagnosis."
NOMENCLATURE = (
    "Terms: lumbar disc nomenclature 2.0 (Fardon et al., Spine J 2014;14:2525–45). A bulge involves more "
    "than 25 % (90°) of the disc’s circumference and is no herniation. A herniation is focal, either a "
    "protrusion or an extrusion; the models do not tell these two apart, so neither does this report."
)
MEASURES = (
    "Slips are measured in mm, above zero forwards; backwards beyond 3 mm they are called retrolisthesis. "
    "Zones are told by the distance from the disc’s middle, not by facets and pedicles."
)
PROBABILITIES = (
    "Probabilities are the models’ own. The state that is named is the likeliest for how common it is, "
    "because missing a rare state costs more; its probability may be below 50 %."
)
NOT_ASSESSED = "not assessed"
RETROLISTHESIS = 3.0
"""mm backwards beyond which a vertebra is called slipped."""
LIKELY = 0.5
"""From this probability on, a slip that a detector found is mentioned."""
BY_READER = "corrected by a reader"
SURE = 0.8
"""How sure a level is, is said where it is less than this."""
_STATES = {"normal": "no bulge or herniation", "bulge": "bulge", "herniation": "herniation"}
_GRADES = ("0", "I", "II", "III", "IV", "V")


@dataclass(frozen=True)
class LevelRow:
    """One line of the table of levels; a dash where there is nothing to say."""

    level: str
    state: str
    probability: str = "–"
    herniation: str = "–"
    slip: str = "–"
    height: str = "–"
    abnormal: bool = False


def name(finding: Finding) -> str:
    """What the disc is called: its level, or its place from below where the vertebrae have no names."""
    return finding.level or capital(finding.place)


def state(verdict: str | None) -> str:
    """A verdict in words."""
    return NOT_ASSESSED if verdict is None else _STATES.get(verdict, verdict)


def percent(share: float) -> str:
    """A probability; none is called impossible or certain."""
    if share < 0.01:
        return "< 1 %"
    return "> 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def millimetres(value: float) -> str:
    """With a true minus sign, and none before 0.0."""
    return f"{_tenths(value)} mm"


def _tenths(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}".replace("-", "−")


def measured(measure: Measure) -> str:
    """A value with its interval."""
    return f"{millimetres(measure.value)} (95 % interval {_tenths(measure.low)} to {_tenths(measure.high)})"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{capital(text).rstrip('.')}."


def capital(text: str) -> str:
    """The first letter as a capital; the others stay as they are."""
    return text[:1].upper() + text[1:]


def sentences(finding: Finding) -> tuple[str, ...]:
    """All that is known of one disc, most important first."""
    return tuple(
        said
        for said in (
            _state_sentence(finding),
            _correction_sentence(finding.correction),
            _herniation_sentence(finding.herniation),
            _opinions_sentence(finding),
            _slip_sentence(finding),
            f"Disc height {measured(finding.height)}." if finding.height else "Disc height not measured.",
            _level_sentence(finding),
            *(sentence(remark) for remark in finding.remarks),
            remark_sentence(finding.correction.remark if finding.correction else ""),
        )
        if said
    )


def abnormalities(finding: Finding) -> tuple[str, ...]:
    """What is abnormal at a disc, in a few words each; none where nothing was found."""
    said = [] if finding.verdict in (None, "normal") else [_state_in_short(finding)]
    slip = _slip_in_short(finding)
    return (*said, slip) if slip else tuple(said)


def is_corrected(finding: Finding) -> bool:
    """Whether a reader has put something right; a remark alone does not."""
    return finding.correction is not None and (finding.correction.state or finding.correction.slip)


def remark_sentence(remark: str) -> str:
    """A reader's remark in its own words; empty where there is none."""
    return f"Remark of a reader: “{remark.strip()}”." if remark.strip() else ""


def severity(finding: Finding) -> tuple[float, ...]:
    """For sorting: a slip of grade II or more first, then herniations by extent, other slips, bulges."""
    correction = finding.correction
    grade = finding.slip.grade if finding.slip else (correction and correction.slip_grade) or 0
    herniated = finding.verdict == "herniation"
    extent = finding.herniation.extent.value if finding.herniation else 0.0
    likely = finding.probabilities.get(finding.verdict or "", 0.0)
    return (grade if grade > 1 else 0, herniated, extent, bool(_slip_in_short(finding)), likely)


def slipped(slip: Slip) -> bool:
    """Whether a measured slip is one: forwards by its grade, or backwards beyond ``RETROLISTHESIS``."""
    return slip.grade > 0 or slip.distance.value < -RETROLISTHESIS


def slip_assessed(finding: Finding) -> bool:
    """Whether a slip was looked for, by measuring, by a detector or by a reader."""
    return finding.slip is not None or finding.slip_probability is not None or _slip_is_corrected(finding)


def assessed(finding: Finding) -> bool:
    """Whether anything is known of a disc but its place."""
    return finding.verdict is not None or slip_assessed(finding) or finding.height is not None


def level_row(finding: Finding) -> LevelRow:
    """The finding in the table of levels: values without their intervals."""
    likely = finding.probabilities.get(finding.verdict or "")
    herniation = finding.herniation
    return LevelRow(
        name(finding),
        _state_cell(finding),
        "–" if likely is None else percent(likely),
        "–" if herniation is None else f"{_where(herniation)}, {millimetres(herniation.extent.value)}",
        _slip_cell(finding),
        "–" if finding.height is None else millimetres(finding.height.value),
        bool(abnormalities(finding)),
    )


def _state_sentence(finding: Finding) -> str:
    if finding.verdict is None and _state_is_corrected(finding):
        return "State of the disc: cannot be told."
    if finding.verdict is None:
        return "State of the disc not assessed."
    return sentence(_state_with_shares(finding))


def _state_with_shares(finding: Finding) -> str:
    shares = ", ".join(f"{label} {percent(share)}" for label, share in finding.probabilities.items())
    said = state(finding.verdict)
    return f"{said} ({shares})" if shares else said


def _herniation_sentence(herniation: Herniation | None) -> str:
    if herniation is None:
        return ""
    return sentence(
        f"{_where(herniation)}, reaching {measured(herniation.extent)} into the canal, beyond the margin of "
        f"the vertebra; measured on {herniation.picture}"
    )


def _correction_sentence(correction: Correction | None) -> str:
    if correction is None or not (correction.state or correction.slip):
        return ""
    ai = correction.by_ai
    said = [_ai_on_state(ai)] if correction.state else []
    said += [_ai_on_slip(ai)] if correction.slip else []
    return f"{capital(BY_READER)}: the AI said {', and '.join(said)}."


def _ai_on_state(ai: Finding) -> str:
    if ai.verdict is None:
        return "nothing of the disc’s state"
    said, herniation = _state_with_shares(ai), ai.herniation
    if herniation is None:
        return said
    return f"{said}, {_where(herniation)}, {millimetres(herniation.extent.value)} into the canal"


def _ai_on_slip(ai: Finding) -> str:
    if not slip_assessed(ai):
        return "nothing of a slip"
    measured_as = f" ({millimetres(ai.slip.distance.value)})" if ai.slip else ""
    return _slip_in_short(ai) or f"no slip{measured_as}"


def _opinions_sentence(finding: Finding) -> str:
    opinions = finding.opinions
    if finding.disagreement:
        views = " and ".join(
            f"the {item.side} ones say {state(item.verdict)} "
            f"({percent(item.probabilities.get(item.verdict, 0.0))})"
            for item in opinions
        )
        return f"The pictures disagree: {views}."
    return f"Judged by the {opinions[0].side} pictures alone." if len(opinions) == 1 else ""


def _slip_sentence(finding: Finding) -> str:
    slip = finding.slip
    if slip is None:
        looked = "no slip" if _slip_is_corrected(finding) else "no slip detected, none measured"
        none = looked if slip_assessed(finding) else "slip not assessed"
        return sentence(_slip_in_short(finding) or none)
    share = slip.share
    of_endplate = f"{share.value:.0f} % of the endplate below ({share.low:.0f} to {share.high:.0f})"
    size = f"{measured(slip.distance)}, {of_endplate.replace('-', '−')}"
    if slip.grade:
        said = f"Anterolisthesis{_of_whom(finding)}: {size}, Meyerding grade {_GRADES[slip.grade]}."
    elif slipped(slip):
        said = f"Retrolisthesis{_of_whom(finding)}: {size}."
    else:
        said = f"No slip: {measured(slip.distance)}."
    if _only_detected(finding, slip):
        said += f" A detector marked a slip here (probability {percent(finding.slip_probability or 0)})."
    return said


def _slip_in_short(finding: Finding) -> str:
    """The slip in a few words; empty where there is none."""
    slip, likely = finding.slip, finding.slip_probability or 0.0
    if _slip_is_corrected(finding):
        grade = _grade_by_reader(finding)
        return f"slip{_of_whom(finding)}, {grade} ({BY_READER})" if grade else ""
    if slip is None:
        return f"slip, not measured (probability {percent(likely)})" if likely >= LIKELY else ""
    distance = millimetres(abs(slip.distance.value))
    if slip.grade:
        return f"anterolisthesis{_of_whom(finding)}, grade {_GRADES[slip.grade]} ({distance})"
    if slipped(slip):
        return f"retrolisthesis{_of_whom(finding)} ({distance})"
    if _only_detected(finding, slip):
        return f"possible slip: a detector marked one, the measured distance is {distance}"
    return ""


def _slip_cell(finding: Finding) -> str:
    slip = finding.slip
    if _slip_is_corrected(finding):
        return f"{_grade_by_reader(finding) or 'none'}, by a reader"
    if slip is None:
        if not slip_assessed(finding):
            return NOT_ASSESSED
        return "not measured" if (finding.slip_probability or 0) >= LIKELY else "none detected"
    if slip.grade:
        return f"{millimetres(slip.distance.value)}, grade {_GRADES[slip.grade]}"
    return millimetres(slip.distance.value)


def _grade_by_reader(finding: Finding) -> str:
    """The grade of a slip that a reader entered; empty where they entered that there is none."""
    grade = finding.correction.slip_grade if finding.correction else 0
    return "grade not given" if grade is None else f"grade {_GRADES[grade]}" if grade else ""


def _state_is_corrected(finding: Finding) -> bool:
    return finding.correction is not None and finding.correction.state


def _slip_is_corrected(finding: Finding) -> bool:
    return finding.correction is not None and finding.correction.slip


def _only_detected(finding: Finding, slip: Slip) -> bool:
    """Whether a detector found a slip that the measured distance does not bear out."""
    return not slipped(slip) and (finding.slip_probability or 0.0) >= LIKELY


def _of_whom(finding: Finding) -> str:
    return " of {} on {}".format(*finding.level.split("-")) if finding.level else " of the vertebra above"


def _state_cell(finding: Finding) -> str:
    if not _state_is_corrected(finding):
        return state(finding.verdict)
    return f"{'cannot be told' if finding.verdict is None else state(finding.verdict)}, by a reader"


def _state_in_short(finding: Finding) -> str:
    said = state(finding.verdict)
    if _state_is_corrected(finding):
        return f"{said} ({BY_READER})"
    if finding.herniation:
        extent = millimetres(finding.herniation.extent.value)
        said += f", {_where(finding.herniation)}, {extent} into the canal"
    return f"{said} (sagittal and axial pictures disagree)" if finding.disagreement else said


def _where(herniation: Herniation) -> str:
    if herniation.side == "midline":
        return "in the midline" if herniation.zone == "central" else f"{herniation.zone}, in the midline"
    return f"{herniation.side} {herniation.zone}"


def _level_sentence(finding: Finding) -> str:
    if finding.level is None or finding.confidence >= SURE:
        return ""
    return f"Confidence in the level: {percent(finding.confidence)}."

"""What a reader makes of the AI's result: its discs in the words of the form, and the result put right."""

from dataclasses import replace

from annotation.labels import DIAGNOSES
from axial.findings import Correction, Finding
from axial.result import StudyResult
from reading.store.form import DiscCall, Questions, ReadingForm
from reporting.impression import levels_of
from reporting.wording import LIKELY, slipped


def discs_of(result: StudyResult) -> tuple[Finding, ...]:
    """The discs that can be corrected, from the highest to the lowest: those of which the AI says something,
    and the lumbar ones that this patient must have too."""
    found = {item.place: item for item in reversed(result.findings)}
    levels = levels_of(result)
    others = [place for place in found if place not in levels]
    return tuple(
        found.get(place) or Finding(place, place, None, {}, (), False, 0.0) for place in (*others, *levels)
    )


def questions_of(result: StudyResult) -> Questions:
    """What is asked: of each disc, called by its place, the state and the slip."""
    return Questions(tuple(item.place for item in discs_of(result)), likelihoods=False)


def form_of(result: StudyResult) -> ReadingForm:
    """What the AI says, as a reader would have filled it in."""
    return ReadingForm({item.place: _call(item) for item in discs_of(result)})


def corrected(result: StudyResult, form: ReadingForm) -> StudyResult:
    """The result as a reader left it in the form that was ``form_of`` it at first. Where the form says
    something else than the AI, the finding is the reader's, and keeps the AI's as ``correction.by_ai``."""
    discs = [_corrected(item, form.discs.get(item.place)) for item in discs_of(result)]
    kept = [item for item in discs if item.correction or item in result.findings]
    return replace(result, findings=tuple(reversed(kept)), remark=form.remark)


def _call(finding: Finding) -> DiscCall:
    verdict = next((word for word in DIAGNOSES if word == finding.verdict), None)
    if finding.slip is not None:
        slip = slipped(finding.slip)
        return DiscCall(verdict, slip=slip, slip_grade=finding.slip.grade or None if slip else 0)
    if finding.slip_probability is None:
        return DiscCall(verdict)
    slip = finding.slip_probability >= LIKELY
    return DiscCall(verdict, slip=slip, slip_grade=None if slip else 0)


def _corrected(finding: Finding, call: DiscCall | None) -> Finding:
    if call is None:
        return finding
    by_ai = _call(finding)
    state = (call.verdict, call.indeterminate) != (by_ai.verdict, False) and _is_told(call)
    slip = call.slip is not None and (call.slip, _grade(call)) != (by_ai.slip, _grade(by_ai))
    if not (state or slip or call.remark.strip()):
        return finding
    said = Correction(finding, state, slip, _grade(call) if slip else None, call.remark)
    put_right = replace(finding, correction=said)
    if state:
        put_right = replace(
            put_right,
            verdict=call.verdict,
            probabilities={},
            opinions=(),
            disagreement=False,
            herniation=None,
        )
    return replace(put_right, slip=None, slip_probability=None) if slip else put_right


def _is_told(call: DiscCall) -> bool:
    return call.indeterminate or call.verdict is not None


def _grade(call: DiscCall) -> int | None:
    """0 for no slip, None for one whose grade was not given."""
    return (call.slip_grade or None) if call.slip else 0

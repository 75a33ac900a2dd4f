"""The AI's readings, from results of reading studies."""

from dataclasses import replace
from pathlib import Path

from axial.result import ModelIdentity, StudyResult, read_result
from errors import BadInputError
from reading.readings import DiscReading, readings_of_result
from reading.reference import Reference


def ai_reading(
    result: StudyResult, reference: Reference, seconds: float | None = None
) -> tuple[DiscReading, ...]:
    """The AI's reading of the case that is called as the study, at the levels that the reference is about:
    those of any of its discs."""
    levels = {disc.place.level for disc in reference.discs}
    kept = tuple(item for item in result.findings if item.level in levels)
    patient = next(disc.patient for disc in reference.discs if disc.case == result.study)
    return readings_of_result(replace(result, findings=kept), patient, seconds=seconds)


def read_ai_results(
    folder: Path, reference: Reference
) -> tuple[tuple[DiscReading, ...], tuple[ModelIdentity, ...]]:
    """The AI's readings, and its models, from a folder of results that `discern read-study` wrote.

    Raises BadInputError where there are none, one is of no case of the reference, two are by different
    models, or the reference has no levels, by which alone results are matched.
    """
    cases = {disc.case for disc in reference.discs}
    if not all(disc.place.level for disc in reference.discs):
        raise BadInputError(
            folder, "results have levels, but not all reference discs do; add the levels there"
        )
    results = [(path, read_result(path)) for path in sorted(folder.glob("*.json"))]
    if not results:
        raise BadInputError(folder, "no results in it; give the folder that `discern read-study` made")
    for path, result in results:
        if result.study not in cases:
            raise BadInputError(
                path, "a study that is no case of the reference; move it away or add it there"
            )
        if result.models != results[0][1].models:
            raise BadInputError(path, "by other models than the results before it; read all with the same")
    discs = tuple(disc for _, result in results for disc in ai_reading(result, reference))
    return discs, results[0][1].models

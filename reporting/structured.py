"""The findings as a DICOM Structured Report: TID 1500 Measurement Report (PS3.16), a group for each disc.

Every code is the standard's, taken from pydicom's dictionary. What has no code there (bulge, herniation,
slips and their grades, levels of spines with four or six lumbar vertebrae) is said as text, in the words of
the PDF report.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from highdicom.sr import (
    AlgorithmIdentification,
    Comprehensive3DSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    NumContentItem,
    ObservationContext,
    ObserverContext,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from axial.findings import Finding, Measure
from axial.result import StudyResult
from reporting.documents import MANUFACTURER, STRUCTURED_SERIES, VERSION, new_uid, write_document
from reporting.impression import impression, numbering
from reporting.pdf import TITLE
from reporting.source import ReportSource, SourceImage, silent_dicom
from reporting.wording import NOMENCLATURE, RESEARCH_ONLY, abnormalities, name, sentences, slip_assessed


def write_structured_report(
    result: StudyResult, source: ReportSource, path: Path, when: datetime | None = None
) -> None:
    """Write it as DICOM, in the source's study, whole or not at all. Raises OSError."""
    when = when or datetime.now().astimezone()
    with silent_dicom():
        report = Comprehensive3DSR(
            evidence=source.evidence,
            content=_content(result, source),
            series_instance_uid=new_uid(),
            series_number=STRUCTURED_SERIES,
            sop_instance_uid=new_uid(),
            instance_number=1,
            manufacturer=MANUFACTURER,
            software_versions=VERSION,
            series_description=TITLE,
            is_complete=True,
            content_date=when.date(),
            content_time=when.time(),
        )
        write_document(report, path)


def _content(result: StudyResult, source: ReportSource) -> MeasurementReport:
    device = DeviceObserverIdentifyingAttributes(uid=new_uid(), name=MANUFACTURER, model_name=MANUFACTURER)
    models = [f"{item.stage}: {item.folder}, {item.network}, SHA-256 {item.digest}" for item in result.models]
    algorithm = AlgorithmIdentification(MANUFACTURER, VERSION, parameters=models or None)
    return MeasurementReport(
        observation_context=ObservationContext(
            observer_device_context=ObserverContext(codes.DCM.Device, device)
        ),
        procedure_reported=codes.cid100.MRIUnspecifiedBodyRegion,
        imaging_measurements=[
            _study_group(result, source, algorithm),
            *(_disc_group(finding, source, algorithm) for finding in reversed(result.findings)),
        ],
    )


def _study_group(
    result: StudyResult, source: ReportSource, algorithm: AlgorithmIdentification
) -> MeasurementsAndQualitativeEvaluations:
    """What is said of the study as a whole; the images are all that were looked at."""
    group = MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(new_uid(), "lumbar spine"),
        algorithm_id=algorithm,
        finding_sites=[FindingSite(codes.SCT.LumbarSpine)],
        source_images=_references(source.images.values()),
    )
    _say(group, codes.DCM.Comment, [RESEARCH_ONLY, *numbering(result), NOMENCLATURE, *result.warnings])
    _say(group, codes.DCM.Impression, impression(result))
    return group


def _disc_group(
    finding: Finding, source: ReportSource, algorithm: AlgorithmIdentification
) -> MeasurementsAndQualitativeEvaluations:
    site = _site(finding)
    group = MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(new_uid(), name(finding)),
        algorithm_id=algorithm,
        finding_sites=[FindingSite(site)] if site else None,
        measurements=_measurements(finding, site),
        qualitative_evaluations=[_normality(finding)],
        source_images=_references(source.images[item] for item in _shown(finding) if item in source.images),
    )
    _say(group, codes.DCM.Comment, [f"{name(finding)}: {said}" for said in sentences(finding)])
    return group


def _measurements(finding: Finding, site: Code | None) -> list[Measurement]:
    """Each with a tracking identifier that says in words what was measured."""
    measured = []
    if finding.slip is not None:
        measured.append(_measurement("slip, forwards above zero", codes.DCM.Distance, finding.slip.distance))
    if finding.height is not None:
        measured.append(_measurement("disc height", codes.DCM.Height, finding.height))
    herniation = finding.herniation
    if herniation is not None:
        laterality = {"left": codes.SCT.Left, "right": codes.SCT.Right}.get(herniation.side)
        sites = [FindingSite(site, laterality)] if site and laterality else None
        what = "herniation, from its foot to its summit"
        measured.append(_measurement(what, codes.DCM.Distance, herniation.extent, sites))
    return measured


def _measurement(
    what: str, concept: Code, measure: Measure, sites: list[FindingSite] | None = None
) -> Measurement:
    """A length in mm with its interval (TID 300, TID 310)."""
    millimetre, related = codes.UCUM.Millimeter, RelationshipTypeValues.HAS_PROPERTIES
    measurement = Measurement(
        concept,
        measure.value,
        millimetre,
        tracking_identifier=TrackingIdentifier(new_uid(), what),
        finding_sites=sites,
    )
    # highdicom's own class for these two writes them without a unit.
    for bound, distance in (
        (codes.SCT.RangeOfUpperMeasurementUncertainty, measure.high - measure.value),
        (codes.SCT.RangeOfLowerMeasurementUncertainty, measure.value - measure.low),
    ):
        measurement[0].ContentSequence.append(
            NumContentItem(bound, round(distance, 4), millimetre, relationship_type=related)
        )
    return measurement


def _say(group: MeasurementsAndQualitativeEvaluations, concept: Code, texts: Iterable[str]) -> None:
    """Add sentences to a group, which its template allows to be extended."""
    for text in texts:
        item = TextContentItem(concept, text, RelationshipTypeValues.CONTAINS)
        group[0].ContentSequence.append(item)


def _site(finding: Finding) -> Code | None:
    """The disc's code; None where the dictionary has none."""
    return getattr(codes.SCT, f"{(finding.level or '').replace('-', '')}Disc", None)


def _normality(finding: Finding) -> QualitativeEvaluation:
    """Normal only where both the disc's state and a slip were looked for."""
    if abnormalities(finding):
        value = codes.cid222.Abnormal
    elif finding.verdict and slip_assessed(finding):
        value = codes.cid222.Normal
    else:
        value = codes.cid222.NormalityUndetermined
    return QualitativeEvaluation(codes.DCM.Normality, value)


def _shown(finding: Finding) -> list[str]:
    """The names of the pictures that show a disc."""
    finding = finding.correction.by_ai if finding.correction else finding
    names = [picture for opinion in finding.opinions for picture in opinion.pictures]
    return list(dict.fromkeys([*names, *([finding.herniation.picture] if finding.herniation else [])]))


def _references(images: Iterable[SourceImage]) -> list[SourceImageForMeasurementGroup]:
    return [
        SourceImageForMeasurementGroup(
            item.header.SOPClassUID, item.header.SOPInstanceUID, [item.frame] if item.frame else None
        )
        for item in images
    ]

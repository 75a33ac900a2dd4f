"""The phantom's truth as annotations of exported pictures: what an annotator who errs never would draw."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from annotation.boxes import Box
from annotation.labels import LabelSet
from annotation.marks import ENDPLATES, HERNIATIONS, MarkedPlace, MarkKind, write_marks
from annotation.voc import new_voc, write_voc
from data.phantom.fracture.features import FeatureRow, write_features
from data.phantom.fracture.readers import write_simulated_readings
from data.phantom.marks import marked_places
from data.phantom.truth import TRUTH_FILE, StudyTruth, read_truth
from data.phantom.variants import VARIANTS
from errors import BadInputError
from imaging.geometry import SliceGeometry
from imaging.picture_table import geometry_of_columns
from imaging.pseudonyms import PseudonymKey
from imaging.study import SeriesKind


def label_pictures(phantom: Path, cohort: Path, key: PseudonymKey, label_set: LabelSet) -> int:
    """Write LabelImg's XML for the exported pictures of phantom studies, the points marked on them
    (``annotation.marks``), and the label set's file.

    ``phantom``: the folder that ``generate_studies`` made, or one with several of them; ``cohort``: the
    folder that ``export_studies`` made of it under ``key``. Returns how many pictures were labelled. Raises
    BadInputError where the two do not belong together.
    """
    truths = {key.uid(item.instance): (item, study) for study in _studies(phantom) for item in study.slices}
    annotations = cohort / "annotations"
    rows = _read_rows(cohort / "images.csv")
    marks: dict[MarkKind, list[MarkedPlace]] = {ENDPLATES: [], HERNIATIONS: []}
    features: dict[str, FeatureRow] = {}
    for row in rows:
        if row.get("instance", "") not in truths:
            raise BadInputError(
                cohort / "images.csv",
                f"{row.get('image')} is no picture of {phantom} under this key; give the key of its export",
            )
        try:
            geometry = geometry_of_columns(row)
        except (KeyError, TypeError, ValueError):
            raise BadInputError(
                cohort / "images.csv", f"no geometry of {row.get('image')}; export the studies again"
            ) from None
        truth, study = truths[row["instance"]]
        boxes = [
            moved
            for box in study.boxes(truth)
            if box.label in label_set and (moved := _moved(box, truth.geometry, geometry))
        ]
        annotations.mkdir(exist_ok=True)
        path = annotations / f"{Path(row['image']).stem}.xml"
        size = (geometry.columns, geometry.rows, 1)
        write_voc(new_voc(path, Path("images", row["image"]), size, boxes))
        kind = HERNIATIONS if truth.kind is SeriesKind.AXIAL_T2 else ENDPLATES
        marks[kind] += marked_places(row["image"], study, truth, geometry)
        if study.fracture and study.fracture.fracture.cause in label_set:
            cause, patient = study.fracture.fracture.cause, row["patient"]
            features[patient] = FeatureRow(patient, cause, study.fracture.features)
    for kind, places in marks.items():
        write_marks(cohort, kind, places)
    if features:
        write_features(cohort, list(features.values()))
        write_simulated_readings(cohort, list(features.values()))
    label_set.write(cohort / "classes.txt")
    return len(rows)


def label_set_of(phantom: Path) -> str:
    """The label set that the boxes of phantom studies are for: their variant's. Raises BadInputError where
    there are none, or of several or unknown variants."""
    variants = {study.variant for study in _studies(phantom)}
    unknown = sorted(variants - VARIANTS.keys())
    if unknown:
        raise BadInputError(phantom, f"phantom studies of an unknown variant, {unknown[0]}; name a label set")
    names = {VARIANTS[name].label_set for name in variants}
    if len(names) > 1:
        raise BadInputError(phantom, "phantom studies of several variants; label each variant by itself")
    return names.pop()


def _studies(phantom: Path) -> Iterator[StudyTruth]:
    paths = sorted(phantom.rglob(TRUTH_FILE))
    if not paths:
        raise BadInputError(phantom, "no phantom studies in it; give a folder that `discern phantom` made")
    for path in paths:
        yield read_truth(path)


def _read_rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise BadInputError(path, "cannot be read; give the folder that `discern export` made") from None


def _moved(box: Box, source: SliceGeometry, picture: SliceGeometry) -> Box | None:
    """The box in another picture of the same slice, as far as it lies in it, to a thousandth of a pixel."""
    corners = source.to_patient([(box.xmin, box.ymin), (box.xmax, box.ymax)])
    (left, top), (right, bottom) = picture.to_pixels(corners).round(3)
    left, right = max(left, 0.0), min(right, float(picture.columns))
    top, bottom = max(top, 0.0), min(bottom, float(picture.rows))
    if left >= right or top >= bottom:
        return None
    return replace(box, xmin=float(left), ymin=float(top), xmax=float(right), ymax=float(bottom))

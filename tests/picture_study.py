"""Single pictures with what is right of them, and a draft study of such pictures."""

import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from draft_study import Draft
from numpy.typing import NDArray
from small_reader_study import QUICK_PLANS, Clock, new_account

from annotation.boxes import Box
from annotation.labels import SLIP, named_label_set
from annotation.voc import new_voc, write_voc
from axial.models import PHANTOM_MODELS, SAGITTAL
from detectors.model_folder import read_card, write_card
from models.identities import patient_identities, picture_identities
from reading.store.database import open_store
from reading.study.design import StudyDesign
from reading.study.studies import create_study

DETECTOR = PHANTOM_MODELS / SAGITTAL
IMAGES = StudyDesign("standalone", pictures="images")
ROWS, COLUMNS = 300, 200
DISCS = (
    Box("normal", 60, 40, 120, 70),
    Box("bulge", 60, 110, 120, 140),
    Box("herniation", 62, 180, 126, 212),
    Box(SLIP, 50, 150, 140, 240),
)
"""The third one has slipped."""


def picture(seed: int, depth: type[np.integer] = np.uint8) -> NDArray[np.integer]:
    smooth = cv2.GaussianBlur(np.random.default_rng(seed).random((ROWS, COLUMNS), np.float32), (0, 0), 5)
    return cv2.normalize(smooth, None, 3, np.iinfo(depth).max, cv2.NORM_MINMAX).astype(depth)


def write_picture_cohort(
    folder: Path,
    count: int,
    boxes: Sequence[Box] = DISCS,
    annotated: str = "",
    suffix: str = ".png",
    label_set: str = "lumbar",
) -> Path:
    """As `discern export` makes it and LabelImg labels it: two pictures of each patient."""
    for name in ("images", "annotations"):
        (folder / name).mkdir(parents=True)
    lines = ["image,patient,annotated"]
    for number in range(count):
        image = Path("images") / f"picture-{number}{suffix}"
        cv2.imwrite(str(folder / image), picture(number))
        xml = folder / "annotations" / f"picture-{number}.xml"
        write_voc(new_voc(xml, image, (COLUMNS, ROWS, 1), boxes))
        lines.append(f"{image.name},P{number // 2},{annotated}")
    (folder / "images.csv").write_text("\n".join(lines) + "\n")
    named_label_set(label_set).write(folder / "classes.txt")
    return folder


def draft_of_pictures(
    folder: Path,
    design: StudyDesign = IMAGES,
    learned_from: Collection[str] = (),
    pictures: Collection[Path] = (),
    models: Path | None = None,
) -> Draft:
    """In ``folder``. ``learned_from``: the patients, and ``pictures`` the pictures, that the AI was trained
    on."""
    clock, data = Clock(), folder / "data"
    for name in ("cases", "import"):
        (data / name).mkdir(parents=True)
    store = open_store(f"sqlite:///{data / 'discern.db'}", clock)
    models = models or knowing_detector(folder / "model", learned_from, pictures)
    coordinator = new_account(store, "coordinator", "coordinator")
    plan = QUICK_PLANS[design.label_set]
    study = create_study(store, coordinator, "Pictures", design, plan, models)
    return Draft(store, clock, data, coordinator, study, models)


def knowing_detector(folder: Path, patients: Collection[str] = (), pictures: Collection[Path] = ()) -> Path:
    """No model that could be opened, but one that says what it knows, and whom it was trained on."""
    folder.mkdir()
    card = read_card(DETECTOR)
    known = {
        "patients": patient_identities(patients, card.salt),
        "pictures": picture_identities(pictures, card.salt),
    }
    write_card(folder, replace(card, **known))
    (folder / "model.onnx").write_bytes(b"no graph")
    return folder


def cervical_detector(folder: Path) -> Path:
    """The project's detector of lumbar discs with other words for what it finds."""
    folder.mkdir()
    card = read_card(DETECTOR)
    words = {"bulge": "disc", "herniation": "injured", "disc": "any disc"}
    classes = tuple(words.get(name, name) for name in card.classes)
    thresholds = {words.get(name, name): value for name, value in card.thresholds.items()}
    write_card(folder, replace(card, classes=classes, thresholds=thresholds))
    shutil.copyfile(DETECTOR / "model.onnx", folder / "model.onnx")
    return folder

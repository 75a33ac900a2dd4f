"""What each fold's model looked at: the class activation maps of its calls on its test patients."""

import os
import shutil
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image

from benchmarks.fracture.answers import Answer
from benchmarks.fracture.lesions import CohortLesion
from benchmarks.fracture.trial import MODEL, RESULTS
from fracture.activation import activation_close_up
from fracture.causes import BENIGN, MALIGNANT
from fracture.classification import activation_map, open_fracture_model
from fracture.registration import LESION
from fracture.result import read_fracture_result
from models.activation import HOW_TO_READ

MAPS: Final = "maps"
"""The folder of the pictures, in the benchmark's own."""
MOST_WRONG, SUREST = 12, 4
"""So many wrong calls are shown, and so many right ones of each cause."""
_UNFINISHED = f".{MAPS}-"
_QUALITY = 85
_ABOUT = (
    "Left the T2 lesion slice around the vertebra, which has a box; right the same part with the class "
    "activation map of the call, by the fold’s model, which was not trained on the patient: what spoke for "
    f"the cause that was called, {HOW_TO_READ} The classifier sees six pictures; their one map is laid over "
    "this picture. {}Every patient’s is in maps/. The most wrong call is the one that gave the right cause "
    "the least probability."
)
_COARSE = "So few places hardly tell where. "
_ENOUGH = 5
"""Places across and down from which on the vertebra in the middle and what is around it can be told apart."""
_NONE = "No patient was given an answer: there is no map."


@dataclass(frozen=True)
class CallMap:
    """The map of what was called of one patient. ``picture``: a PNG, left the lesion slice around the
    vertebra, right the same with the map; ``places``: that the map tells apart, across and down."""

    patient: str
    picture: Path
    places: tuple[int, int]


@dataclass(frozen=True)
class ShownCall:
    """One call. ``file``: the name of its picture; ``picture``: the same as a data URI."""

    patient: str
    call: str
    probability: str
    file: str
    picture: str


@dataclass(frozen=True)
class MapGallery:
    """``about``: what the pictures show; ``groups``: calls under their headings."""

    about: str
    groups: tuple[tuple[str, tuple[ShownCall, ...]], ...]


def write_call_maps(
    lesions: Iterable[CohortLesion], trials: Sequence[Path], out: Path, threads: int
) -> list[CallMap]:
    """Write the map of every test patient who was answered on as ``maps/<study>.png`` into ``out``, in place
    of earlier ones.

    ``trials``: the folders of the folds. What a fold's trial has judged is looked at with that fold's model,
    which was not trained on the patient. Raises BadInputError where a model or a picture cannot be used.
    """
    by_study = {item.study: item for item in lesions}
    made = []
    _sweep(out)
    with TemporaryDirectory(dir=out, prefix=_UNFINISHED) as scratch:
        folder = Path(scratch) / MAPS
        folder.mkdir()
        for trial in trials:
            model = open_fracture_model(trial / MODEL, threads)
            for file in sorted((trial / RESULTS).glob("*.json")):
                said, item = read_fracture_result(file), by_study[file.stem]
                if said.cause is None or said.edges is None:
                    continue
                lesion = replace(item.read(), edges=said.edges)
                found = activation_map(model, lesion, said.cause)
                picture = activation_close_up(lesion, found, item.slices[LESION].geometry.spacing)
                (folder / f"{file.stem}.png").write_bytes(picture)
                places = (len(found.rows[0]), len(found.rows))
                made.append(CallMap(item.patient, out / MAPS / f"{file.stem}.png", places))
        shutil.rmtree(out / MAPS, ignore_errors=True)
        os.replace(folder, out / MAPS)
    return made


def remove_call_maps(out: Path) -> None:
    """Remove the maps of an earlier run, which a newer report does not show, and what a killed one left."""
    _sweep(out)
    shutil.rmtree(out / MAPS, ignore_errors=True)


def map_gallery(answers: Iterable[Answer], maps: Sequence[CallMap]) -> MapGallery:
    """The wrong calls, those first whose right cause was given the least probability, then the surest right
    ones of each cause."""
    by_patient = {item.patient: item for item in maps}
    called = [item for item in answers if item.patient in by_patient]
    called.sort(key=lambda item: (_of_right_cause(item), item.patient))
    wrong = [item for item in called if not item.is_right]
    surest = [
        item
        for cause in (MALIGNANT, BENIGN)
        for item in [one for one in reversed(called) if one.is_right and one.cause == cause][:SUREST]
    ]
    most = wrong[:MOST_WRONG]
    groups = (
        (f"Wrong calls: {len(most)} of {len(wrong):,}, the most wrong first", most),
        (f"Right calls: {len(surest)} of {len(called) - len(wrong):,}, the surest of each cause", surest),
    )
    return MapGallery(
        _about(maps[0].places) if maps else _NONE,
        tuple(
            (heading, tuple(_shown(item, by_patient[item.patient].picture) for item in chosen))
            for heading, chosen in groups
            if chosen
        ),
    )


def _sweep(out: Path) -> None:
    for unfinished in out.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def _about(places: tuple[int, int]) -> str:
    return _ABOUT.format(*places, "" if min(places) >= _ENOUGH else _COARSE)


def _of_right_cause(item: Answer) -> float:
    """The probability that was given to it."""
    malignant = item.rating or 0.0
    return malignant if item.is_malignant else 1 - malignant


def _shown(item: Answer, picture: Path) -> ShownCall:
    buffer = BytesIO()
    with Image.open(picture) as drawn:
        drawn.save(buffer, "JPEG", quality=_QUALITY)
    return ShownCall(
        item.patient,
        f"{item.cause}, {'rightly' if item.is_right else 'wrongly'} called {item.said}",
        f"probability of malignancy {item.rating or 0.0:.2f}",
        picture.name,
        f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}",
    )

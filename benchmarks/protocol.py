"""A benchmark's protocol: everything that decides its figures, in one YAML file."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_type_hints

from benchmarks.protocol_file import ProtocolFile, beside, mistakes_in, open_protocol
from benchmarks.published import Paper
from benchmarks.typed import SET_BY_TRIALS, typed
from detectors.network import Optimisation
from detectors.presets import PRESETS, preset
from detectors.registry import DETECTORS
from detectors.settings import Settings
from errors import BadInputError


@dataclass(frozen=True)
class Protocol:
    """``detectors``: each with the settings it is trained with (the trial's seed and threads are set
    per trial). ``start_weights_rows``: also score each detector's start weights without training.
    ``held_out_patients`` enter no fold. ``training_patients``: so many of each fold's training
    patients, drawn by fold and seed; None for all. ``kinds``: only pictures of series of these kinds
    (column ``kind`` of images.csv), such as axial T2; none for all. ``paper``: whose numbers stand beside."""

    title: str
    view: str
    detectors: dict[str, Settings]
    label_set: str | None = None
    kinds: tuple[str, ...] = ()
    folds: int = 5
    fold_seed: int = 0
    seeds: tuple[int, ...] = (0,)
    start_weights_rows: bool = False
    held_out_patients: tuple[str, ...] = ()
    training_patients: int | None = None
    paper: Paper | None = None


@dataclass(frozen=True)
class _Content:
    """What stands in the file. ``settings`` change the preset for every detector; ``detectors`` are
    names, or names with changes of their own."""

    view: str
    detectors: dict[str, dict[str, Any]]
    label_set: str | None = None
    kinds: tuple[str, ...] = ()
    preset: str = "quick"
    settings: dict[str, Any] = field(default_factory=dict)
    folds: int = 5
    fold_seed: int = 0
    seeds: tuple[int, ...] = (0,)
    start_weights_rows: bool = False
    held_out_patients: tuple[str, ...] = ()
    training_patients: int | None = None


def read_protocol(name: str, from_scratch: bool = False, quick: bool = False) -> Protocol:
    """Read a protocol of detectors by its embedded name or its path. ``from_scratch``: without start weights;
    ``quick``: in its quick form. Raises BadInputError."""
    file = open_protocol(name, quick)
    if file.system != "detection":
        raise BadInputError(file.path, f"a protocol of another system ({file.system}); name one of detectors")
    with mistakes_in(file.path):
        return _protocol(file, from_scratch)


def _protocol(file: ProtocolFile, from_scratch: bool) -> Protocol:
    content, path = file.content, file.path
    if isinstance(content.get("detectors"), list):
        content = {**content, "detectors": {str(name): {} for name in content["detectors"]}}
    given: _Content = typed(_Content, content, "a protocol")
    if given.preset not in PRESETS:
        raise ValueError(f"unknown preset {given.preset!r}; choose one of {', '.join(PRESETS)}")
    detectors: dict[str, Settings] = {}
    for name, changes in given.detectors.items():
        if name not in DETECTORS:
            raise ValueError(f"unknown detector {name!r}; choose one of {', '.join(DETECTORS)}")
        settings = changed(preset(given.preset, name), {**given.settings, **changes}, path.parent)
        detectors[name] = replace(settings, start_weights=None) if from_scratch else settings
    if not detectors:
        raise ValueError("no detectors; name at least one")
    if given.training_patients is not None and given.training_patients < 1:
        raise ValueError(f"training_patients is {given.training_patients}; give 1 or more, or leave it out")
    if given.folds < 2 or not given.seeds or len(set(given.seeds)) != len(given.seeds):
        raise ValueError("folds must be 2 or more, seeds a list of different whole numbers")
    return Protocol(
        title=file.title,
        view=beside(path, given.view),
        detectors=detectors,
        label_set=None if given.label_set is None else beside(path, given.label_set),
        kinds=given.kinds,
        folds=given.folds,
        fold_seed=given.fold_seed,
        seeds=given.seeds,
        start_weights_rows=given.start_weights_rows,
        held_out_patients=given.held_out_patients,
        training_patients=given.training_patients,
        paper=file.paper,
    )


def changed(settings: Settings, changes: dict[str, Any], folder: Path) -> Settings:
    """The settings with a protocol's changes: fields of Settings and, flat, of Optimisation;
    ``window`` and ``augmentation`` as mappings; ``start_weights`` as a path beside the protocol or
    null. Raises ValueError for a name or a value that is none of them."""
    optimisation = get_type_hints(Optimisation)
    own = {
        name: kind
        for name, kind in get_type_hints(Settings).items()
        if name not in ("optimisation", *SET_BY_TRIALS)
    }
    read: dict[str, Any] = {}
    fitted: dict[str, Any] = {}
    for name, value in changes.items():
        if name in optimisation:
            fitted[name] = typed(optimisation[name], value, name)
        elif name == "start_weights":
            read[name] = None if value is None else folder / typed(str, value, name)
        elif name in own:
            read[name] = typed(own[name], value, name)
        else:
            known = ", ".join(sorted({*own, *optimisation}))
            raise ValueError(f"unknown setting {name!r}; known are {known}")
    return replace(settings, **read, optimisation=replace(settings.optimisation, **fitted))

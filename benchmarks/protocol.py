"""A benchmark's protocol: everything that decides its figures, in one YAML file."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from detectors.network import Optimisation
from detectors.presets import PRESETS, preset
from detectors.registry import DETECTORS
from detectors.settings import Augmentation, Settings
from errors import BadInputError
from imaging.windowing import Window

_EMBEDDED = Path(__file__).parent / "protocols"
_KEYS = {
    "title", "label_set", "view", "folds", "fold_seed", "seeds", "preset", "settings", "detectors",
    "start_weights_rows", "held_out_patients", "training_patients",
}  # fmt: skip

_READERS: dict[str, Callable[[Any], Any]] = {
    "warmup": float,
    "final_rate": float,
    "window": lambda value: Window(**value),
    "augmentation": lambda value: Augmentation(**value),
}
"""How a setting is read from YAML; the others are whole numbers."""


@dataclass(frozen=True)
class Protocol:
    """``detectors``: each with the settings it is trained with (the trial's seed and threads are set
    per trial). ``start_weights_rows``: also score each detector's start weights without training.
    ``held_out_patients`` enter no fold. ``training_patients``: so many of each fold's training
    patients, drawn by fold and seed; None for all."""

    title: str
    view: str
    detectors: dict[str, Settings]
    label_set: str | None = None
    folds: int = 5
    fold_seed: int = 0
    seeds: tuple[int, ...] = (0,)
    start_weights_rows: bool = False
    held_out_patients: tuple[str, ...] = ()
    training_patients: int | None = None


def protocol_path(name: str) -> Path:
    """The file of a protocol given by its embedded name ("lumbar") or its path."""
    embedded = _EMBEDDED / f"{name}.yaml"
    return embedded if embedded.exists() else Path(name)


def read_protocol(path: Path, from_scratch: bool = False) -> Protocol:
    """Read a protocol. ``from_scratch``: without start weights. Raises BadInputError."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(item.stem for item in _EMBEDDED.glob("*.yaml")))
        raise BadInputError(path, f"no such protocol; name one of {known}, or a YAML file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(path, f"not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise BadInputError(
            path, "a protocol is a mapping with view and detectors; see `discern benchmark --help`"
        )
    unknown = sorted(set(content) - _KEYS)
    if unknown:
        raise BadInputError(path, f"unknown key {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}")
    try:
        return _protocol(content, path, from_scratch)
    except BadInputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInputError(path, f"{error}") from None


def _protocol(content: dict[str, Any], path: Path, from_scratch: bool) -> Protocol:
    for name in ("view", "detectors"):
        if not content.get(name):
            raise ValueError(f"{name!r} is missing; a protocol needs view and detectors")
    base = content.get("preset", "quick")
    if base not in PRESETS:
        raise ValueError(f"unknown preset {base!r}; choose one of {', '.join(PRESETS)}")
    wanted = content["detectors"]
    named = wanted if isinstance(wanted, dict) else dict.fromkeys(wanted)
    detectors: dict[str, Settings] = {}
    for name, changes in named.items():
        if name not in DETECTORS:
            raise ValueError(f"unknown detector {name!r}; choose one of {', '.join(DETECTORS)}")
        settings = changed(
            preset(base, name), {**(content.get("settings") or {}), **(changes or {})}, path.parent
        )
        detectors[name] = replace(settings, start_weights=None) if from_scratch else settings
    seeds = tuple(int(seed) for seed in content.get("seeds", [0]))
    folds = int(content.get("folds", 5))
    if folds < 2 or not seeds or len(set(seeds)) != len(seeds):
        raise ValueError("folds must be 2 or more, seeds a list of different whole numbers")
    return Protocol(
        title=str(content.get("title", path.stem)),
        view=str(content["view"]),
        detectors=detectors,
        label_set=content.get("label_set"),
        folds=folds,
        fold_seed=int(content.get("fold_seed", 0)),
        seeds=seeds,
        start_weights_rows=bool(content.get("start_weights_rows", False)),
        training_patients=int(content["training_patients"]) if "training_patients" in content else None,
        held_out_patients=tuple(str(patient) for patient in content.get("held_out_patients") or ()),
    )


def changed(settings: Settings, changes: dict[str, Any], folder: Path) -> Settings:
    """The settings with a protocol's changes: fields of Settings and, flat, of Optimisation;
    ``window`` and ``augmentation`` as mappings; ``start_weights`` as a path beside the protocol or
    null. Raises ValueError for a name that is none of them."""
    optimisation = {field.name for field in fields(Optimisation)}
    own = {field.name for field in fields(Settings)} - {"optimisation", "seed", "threads"}
    read: dict[str, Any] = {}
    fitted: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in own | optimisation:
            raise ValueError(f"unknown setting {name!r}; known are {', '.join(sorted(own | optimisation))}")
        if name in optimisation:
            fitted[name] = value if name == "method" else float(value)
        elif name == "start_weights":
            read[name] = None if value is None else folder / value
        else:
            read[name] = _READERS.get(name, int)(value)
    settings = replace(settings, **read, optimisation=replace(settings.optimisation, **fitted))
    if settings.optimisation.method not in ("sgd", "adamw"):
        raise ValueError(f"unknown method {settings.optimisation.method!r}; choose sgd or adamw")
    if settings.image_size < 32 or settings.image_size % 32 or settings.batch_size < 1 or settings.epochs < 0:
        raise ValueError("image_size must be a multiple of 32, batch_size at least 1, epochs at least 0")
    return settings

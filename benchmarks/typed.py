"""Values from YAML as the types that a dataclass declares, each mistake named by its place."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from models.settings import TrainingSettings

Settings = TypeVar("Settings", bound=TrainingSettings)
SET_BY_TRIALS = ("seed", "threads")
"""Settings that no protocol names."""


def typed(kind: Any, value: Any, name: str) -> Any:
    """``value`` as ``kind``: a dataclass, ``tuple[x, ...]``, ``dict[str, x]``, ``x | None``, a
    Literal, str, bool, int or float. Raises ValueError, which says ``name``."""
    if is_dataclass(kind):
        return _dataclass(kind, value, name)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if value is None else typed(inner[0], value, name)
    if origin is tuple and isinstance(value, list):
        return tuple(typed(inner[0], item, name) for item in value)
    if origin is dict and (isinstance(value, dict) or value is None):
        return {str(key): typed(inner[1], item, f"{name}: {key}") for key, item in (value or {}).items()}
    if origin is Literal and value in inner:
        return value
    if kind is Any or (kind in (bool, int) and type(value) is kind):
        return value
    if kind is str and isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    if kind is float and isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return float(value)  # YAML takes 1e-3 for a text
        except ValueError:
            pass
    raise ValueError(f"{name} is {value!r}; give {_described(kind)}")


def changed_settings(settings: Settings, changes: Mapping[str, Any], folder: Path = Path()) -> Settings:
    """Settings with a protocol's changes; ``start_weights`` lie beside the protocol, in its ``folder``.
    Raises ValueError for a name or a value that is none of theirs."""
    kinds = get_type_hints(type(settings))
    known = [item.name for item in fields(settings) if item.name not in SET_BY_TRIALS]
    read: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"unknown setting {name!r}; known are {', '.join(sorted(known))}")
        if name == "start_weights":
            read[name] = None if value is None else folder / typed(str, value, name)
        else:
            read[name] = typed(kinds[name], value, name)
    return replace(settings, **read)


def _dataclass(kind: Any, value: Any, name: str) -> Any:
    hints = get_type_hints(kind)
    if not isinstance(value, dict):
        raise ValueError(f"{name} is a mapping; known are {', '.join(hints)}")
    for key in value:
        if key not in hints:
            raise ValueError(f"unknown key {key!r} in {name}; known are {', '.join(hints)}")
    for item in fields(kind):
        if item.default is item.default_factory is MISSING and value.get(item.name) is None:
            raise ValueError(f"{item.name!r} is missing in {name}")
    return kind(**{key: typed(hints[key], item, key) for key, item in value.items()})


def _described(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", tuple: "a list"}
    return names.get(get_origin(kind) or kind, "a mapping")

"""The file of a protocol: what every one says, whatever its system, and the rest for its system to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import yaml

from benchmarks.phantom_data import PhantomData
from benchmarks.published import Paper
from benchmarks.typed import typed
from errors import BadInputError

System = Literal["detection", "axial", "fracture"]
"""Detectors on single pictures, the axial four-stage path, or a classifier of fractures."""
_EMBEDDED = Path(__file__).parent / "protocols"


@dataclass(frozen=True)
class _Head:
    """What every protocol may say, beside what its system reads."""

    system: System = "detection"
    title: str = ""
    paper: Paper | None = None
    phantom: PhantomData | None = None


_HEAD = tuple(item.name for item in fields(_Head))


@dataclass(frozen=True)
class ProtocolFile:
    """``paper``: the published system that it generalises. ``phantom``: the patients it runs on where no
    cohort is given. ``has_quick``: whether the file has a quick form. ``content``: what the system reads."""

    path: Path
    system: System
    title: str
    paper: Paper | None
    phantom: PhantomData | None
    has_quick: bool
    content: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return self.path.stem


def protocol_path(name: str) -> Path:
    """The file of a protocol given by its embedded name ("lumbar") or its path."""
    embedded = _EMBEDDED / f"{name}.yaml"
    return embedded if embedded.exists() else Path(name)


def lasting_name(name: str) -> str:
    """The same protocol by a name that holds from any working directory."""
    path = protocol_path(name)
    return name if path.parent == _EMBEDDED else str(path.resolve())


def beside(protocol: Path, name: str) -> str:
    """A file named in a protocol is looked for beside it; an embedded name stays as it is."""
    path = protocol.parent / name
    return str(path) if path.is_file() else name


def open_protocol(name: str, quick: bool = False) -> ProtocolFile:
    """Open a protocol by its embedded name or its path. ``quick``: in its quick form, whose keys stand for
    those of the whole. ``paper`` may name another embedded protocol, whose paper it is.

    Raises BadInputError, also where there is no quick form.
    """
    path = protocol_path(name)
    content = _read(path)
    with mistakes_in(path):
        if not isinstance(content, dict):
            raise ValueError(f"a protocol is a mapping; known are {', '.join(_HEAD)} and its system's keys")
        short = content.pop("quick", None)
        if quick:
            if not isinstance(short, dict):
                raise ValueError("has no quick form; leave out --quick")
            content |= short
        if isinstance(content.get("paper"), str):
            content["paper"] = _paper_of(content["paper"])
        head: _Head = typed(_Head, {key: content[key] for key in _HEAD if key in content}, "a protocol")
        rest = {key: value for key, value in content.items() if key not in _HEAD}
        return ProtocolFile(
            path, head.system, head.title or path.stem, head.paper, head.phantom, short is not None, rest
        )


def generalised_systems() -> list[ProtocolFile]:
    """The embedded protocols that each generalise a published system."""
    found = [open_protocol(path.stem) for path in sorted(_EMBEDDED.glob("*.yaml"))]
    return sorted((item for item in found if item.has_quick), key=lambda item: (item.system, item.name))


@contextmanager
def mistakes_in(path: Path) -> Iterator[None]:
    """Makes the ValueErrors of what reads a file's content name the file, as BadInputError."""
    try:
        yield
    except BadInputError:
        raise
    except ValueError as error:
        raise BadInputError(path, f"{error}") from None


def _paper_of(name: str) -> Any:
    other = _read(protocol_path(name))
    if not isinstance(other, dict) or not isinstance(other.get("paper"), dict):
        raise ValueError(f"paper is {name!r}, a protocol without a paper; name one that has one")
    return other["paper"]


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        known = ", ".join(sorted(item.stem for item in _EMBEDDED.glob("*.yaml")))
        raise BadInputError(path, f"no such protocol; name one of {known}, or a YAML file") from None
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(path, f"not YAML: {' '.join(str(error).split())}") from None

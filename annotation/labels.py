"""Label sets: the ordered classes of a project, in the ``.txt`` file that LabelImg takes."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from errors import BadInputError

DIAGNOSES = ("normal", "bulge", "herniation")
"""Classes of which one disc carries at most one, in the order of severity."""
SLIP = "spondylolisthesis"
"""What a disc may carry besides."""


@dataclass(frozen=True)
class Grading:
    """What readers say of a disc, in the words of a label set.

    ``states``: classes of which one disc carries at most one, in the order of severity, the first of them
    normal. ``lesion``: that of which readers also say how likely it is, in a word; a disc has it in any of
    ``lesion_states``. ``slip``: whether they say besides that the vertebra above has slipped (SLIP).
    ``levels``: the discs of the region, from above.
    """

    label_set: str
    states: tuple[str, ...]
    lesion: str
    lesion_states: tuple[str, ...]
    levels: tuple[str, ...]
    slip: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """All that is said of a disc."""
        return (*self.states, SLIP) if self.slip else self.states


LUMBAR = Grading(
    "lumbar",
    DIAGNOSES,
    DIAGNOSES[-1],
    DIAGNOSES[-1:],
    ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"),
    slip=True,
)
CERVICAL = Grading(
    "cervical",
    ("normal", "disc", "injured"),
    "lesion",
    ("disc", "injured"),
    ("C2-C3", "C3-C4", "C4-C5", "C5-C6", "C6-C7", "C7-T1"),
)
GRADINGS = {item.label_set: item for item in (LUMBAR, CERVICAL)}
"""By the name of the label set."""


def grading_of(classes: Collection[str]) -> Grading:
    """The grading all of whose states are among the classes of a label set; the lumbar one where none is."""
    return next((item for item in GRADINGS.values() if set(item.states) <= set(classes)), LUMBAR)


_EMBEDDED = Path(__file__).parent / "label_sets"


@dataclass(frozen=True)
class LabelSet:
    """Ordered class names; the order is LabelImg's class order."""

    classes: tuple[str, ...]

    def __contains__(self, label: object) -> bool:
        return label in self.classes

    def near(self, label: str) -> tuple[str, ...]:
        """The classes that differ from a label by case or by one slip of the keyboard."""
        return tuple(name for name in self.classes if one_edit_apart(label.casefold(), name.casefold()))

    def write(self, path: Path) -> None:
        """Write one class a line, as LabelImg's predefined classes file."""
        path.write_text("".join(f"{name}\n" for name in self.classes), encoding="utf-8")


def one_edit_apart(first: str, second: str) -> bool:
    """Whether one letter added, left out or changed, or two neighbours swapped, turn one text into
    the other (a Damerau-Levenshtein distance of at most 1)."""
    if len(first) > len(second):
        first, second = second, first
    if len(second) - len(first) > 1:
        return False
    start = next((i for i, letter in enumerate(first) if letter != second[i]), len(first))
    rest, other = first[start:], second[start:]
    if len(rest) < len(other):
        return rest == other[1:]
    return rest[1:] == other[1:] or (rest[1::-1] == other[:2] and rest[2:] == other[2:])


def read_label_set(path: Path) -> LabelSet:
    """Read one class a line; blank lines are skipped. Raises BadInputError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise BadInputError(path, "no such label set; give a text file with one class a line") from None
    except UnicodeDecodeError:
        raise BadInputError(path, "not a UTF-8 text file; save it with one class a line") from None
    except OSError as error:
        raise BadInputError(path, f"cannot be read ({error.strerror}); give a text file") from None
    classes = tuple(line.strip() for line in lines if line.strip())
    if not classes:
        raise BadInputError(path, "no classes in it; write one class a line")
    for index, name in enumerate(classes):
        if not name.isprintable():
            raise BadInputError(path, f"the class {name!r} has characters that cannot be shown; remove them")
        if name in classes[:index]:
            raise BadInputError(path, f"the class {name!r} stands twice; remove one")
    return LabelSet(classes)


def named_label_set(name: str) -> LabelSet:
    """A label set by its embedded name ("lumbar") or by the path of a ``.txt`` file."""
    embedded = _EMBEDDED / f"{name}.txt"
    return read_label_set(embedded if embedded.exists() else Path(name))

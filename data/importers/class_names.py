"""The classes of a download in the words of a cohort's label set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotation.boxes import Box
from annotation.labels import LabelSet
from errors import BadInputError


@dataclass(frozen=True)
class ClassNames:
    """``names``: the class of the label set by the download's own, "" where its boxes are left out."""

    label_set: LabelSet
    names: Mapping[str, str]

    def looked_for(self, classes: Iterable[str]) -> frozenset[str]:
        """The label set's classes that were looked for where these of the download's were; one that joins
        several only where all of them were."""
        known = set(classes)
        open_ones = {new for old, new in self.names.items() if old not in known}
        return frozenset(self.names[old] for old in known) - open_ones - {""}

    def stated(self, looked_for: frozenset[str]) -> frozenset[str]:
        """The same as ``images.csv`` says it: none where these are all."""
        return frozenset() if looked_for >= set(self.label_set.classes) else looked_for

    def apply(self, boxes: Iterable[Box]) -> tuple[Box, ...]:
        """Boxes under the label set's classes."""
        return tuple(replace(box, label=self.names[box.label]) for box in boxes if self.names[box.label])


def name_classes(
    place: Path, classes: Sequence[str], label_set: LabelSet | None, renamed: Mapping[str, str]
) -> ClassNames:
    """Say what the classes of a download are called in the cohort.

    ``renamed``: new names by old, "" to leave a class out. Without a ``label_set`` the classes are the
    label set. Raises BadInputError for a class that is renamed and not there, or that the label set lacks.
    """
    for old in renamed:
        if old not in classes:
            raise BadInputError(place, f"no class {old!r} to rename; it has {', '.join(classes)}")
    names = {name: renamed.get(name, name) for name in classes}
    kept = tuple(dict.fromkeys(name for name in names.values() if name))
    if not kept:
        raise BadInputError(place, "every class is left out; keep one")
    chosen = label_set or LabelSet(kept)
    for old, new in names.items():
        if new and new not in chosen:
            raise BadInputError(
                place,
                f"the class {new!r} is not in the label set ({', '.join(chosen.classes)}); give "
                f"--rename '{old}=…' with one of its classes, or nothing after = to leave its boxes out",
            )
    found = ClassNames(chosen, names)
    for name in sorted(found.stated(found.looked_for(names))):  # they are told apart by spaces in images.csv
        if " " in name:
            raise BadInputError(place, f"the class {name!r} has a space in it; rename it with --rename")
    return found

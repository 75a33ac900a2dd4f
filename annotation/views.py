"""Views: which classes of a label set one detector learns, some merged, some derived, some dropped."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from annotation.boxes import Box, pairwise_iou
from annotation.labels import LabelSet
from errors import BadInputError

_EMBEDDED = Path(__file__).parent / "views"
SAME_OBJECT_IOU = 0.75
"""Two boxes of one image that overlap more than this are taken to mark the same object."""


@dataclass(frozen=True)
class ViewClass:
    """One class to learn: boxes of ``merge``; where none marks the object, boxes of ``otherwise``."""

    name: str
    merge: tuple[str, ...]
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """What one detector learns of a label set.

    ``apply`` turns an image's boxes into the view's boxes; ``annotated`` says which of the view's
    classes are fully annotated in an image of which some label-set classes are.
    """

    name: str
    classes: tuple[ViewClass, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.classes)

    def apply(self, boxes: Iterable[Box]) -> tuple[Box, ...]:
        boxes = tuple(boxes)
        return tuple(box for item in self.classes for box in _boxes_of(item, boxes))

    def annotated(self, label_set_classes: Iterable[str]) -> tuple[bool, ...]:
        given = set(label_set_classes)
        return tuple(
            given.issuperset(item.merge) or (bool(item.otherwise) and given.issuperset(item.otherwise))
            for item in self.classes
        )


def _boxes_of(item: ViewClass, boxes: tuple[Box, ...]) -> list[Box]:
    chosen = [replace(box, label=item.name) for box in boxes if box.label in item.merge]
    for box in boxes:
        if box.label in item.otherwise:
            overlaps = pairwise_iou([box.edges], [other.edges for other in chosen])
            if not (overlaps > SAME_OBJECT_IOU).any():
                chosen.append(replace(box, label=item.name))
    return chosen


def read_view(path: Path) -> View:
    """Read a view's YAML: ``classes: {name: [label, …] | {merge: […], otherwise: […]}}``.

    Raises BadInputError.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        classes = tuple(_view_class(name, value) for name, value in content["classes"].items())
    except FileNotFoundError:
        known = ", ".join(sorted(view.stem for view in _EMBEDDED.glob("*.yaml")))
        raise BadInputError(path, f"no such view; name one of {known}, or a YAML file") from None
    except yaml.YAMLError as error:
        raise BadInputError(path, f"not YAML: {' '.join(str(error).split())}") from None
    except (TypeError, KeyError, AttributeError, ValueError):
        raise BadInputError(path, "a view is `classes:` with a list of labels for each class") from None
    if not classes:
        raise BadInputError(path, "the view has no classes; name at least one")
    return View(path.stem, classes)


def _view_class(name: str, value: list[str] | dict[str, list[str]]) -> ViewClass:
    if isinstance(value, list) and value:
        return ViewClass(name, tuple(value))
    if isinstance(value, dict) and value.get("merge"):
        return ViewClass(name, tuple(value["merge"]), tuple(value.get("otherwise", ())))
    raise ValueError(name)


def named_view(name: str, label_set: LabelSet) -> View:
    """A view by its embedded name ("diagnosis") or by the path of a YAML file, checked against the
    label set. Raises BadInputError for a label the set does not have."""
    embedded = _EMBEDDED / f"{name}.yaml"
    path = embedded if embedded.exists() else Path(name)
    view = read_view(path)
    for item in view.classes:
        for label in (*item.merge, *item.otherwise):
            if label not in label_set:
                known = ", ".join(label_set.classes)
                raise BadInputError(path, f"the label set has no class {label!r}; it has {known}")
    return view

"""The attributes of a data set that are retained, with the values that are, at every depth."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID
from pydicom.valuerep import DSfloat

from imaging.pseudonyms import PseudonymKey
from imaging.retained import (
    ATTRIBUTE_TAGS,
    CLASS_UIDS,
    CODE_SEQUENCES,
    CODES,
    DUMMIES,
    EMPTIED,
    INSTANCE_UIDS,
    MAY_BE_EMPTY,
    NUMBERS,
    OTHERWISE,
    SEQUENCES,
    TERMS,
)

_PROFILE = frozenset(
    Tag(tag)
    for tag in dicom_anonymization_database_selector("dicomfields_2026c")["ALL_TAGS"]
    if len(tag) == 2  # longer ones are ranges of curves and overlays, of which we list none
)
"""The attributes that Table E.1-1 names, by dicom-anonymizer's copy of it.

Its table alone is used: its actions leave nested sequences alone, put dummy dates where attributes should go,
and draw UIDs at random.
"""

_EXEMPT = (
    INSTANCE_UIDS
    | EMPTIED
    | DUMMIES.keys()
    | {"ReferencedImageSequence", "SourceImageSequence"}  # the UIDs in them are replaced
    | {"PatientSize", "PatientWeight"}  # by the Retain Patient Characteristics Option
)
_LISTED = _EXEMPT | SEQUENCES | NUMBERS | TERMS.keys() | ATTRIBUTE_TAGS | CLASS_UIDS | CODE_SEQUENCES
_RETAINED = {
    Tag(keyword): keyword for keyword in _LISTED if keyword in _EXEMPT or Tag(keyword) not in _PROFILE
}
"""Tag to keyword: our list, where the profile does not forbid it."""
_LARGEST = 2**32
"""No measure of an image is larger; NaN and infinity fail the comparison."""


@dataclass(frozen=True)
class Cleaning:
    """Copies what is retained, under a key of pseudonyms.

    ``dummies``: keyword to the value that stands in its place; those not among them go.
    """

    key: PseudonymKey
    dummies: dict[str, str]

    def dataset(self, source: Dataset) -> Dataset:
        """A new data set; the given one stays as it is."""
        copy = Dataset()
        for tag in source.keys() & _RETAINED.keys():
            element = read_element(source, tag)
            values = None if element is None else self.values(_RETAINED[tag], element)
            if element is not None and values is not None:
                copy.add(DataElement(tag, element.VR, values))
        return copy

    def values(self, keyword: str, element: DataElement) -> list[Any] | None:
        """The values that stay of an attribute, perhaps none; None where the attribute goes."""
        standard = dictionary_VR(element.tag)  # may be "US or SS"
        if element.VR not in (standard, *standard.split(" or ")):
            return None
        values = _values(element)
        if keyword in DUMMIES:
            return [self.dummies[keyword]] if keyword in self.dummies else None
        if keyword in EMPTIED:
            return []
        if keyword in SEQUENCES:
            return [self.dataset(item) for item in values]
        if keyword in CODE_SEQUENCES:
            return [code_item(code) for item in values if (code := _known_code(item))]
        if keyword in INSTANCE_UIDS:
            return [self.key.uid(str(value)) for value in values]
        if keyword in CLASS_UIDS:
            return [value for value in values if UID(value).type == "SOP Class"] or None
        if keyword in TERMS:
            return _terms(keyword, values)
        return _numbers(element.VR, values)


def _terms(keyword: str, values: list[Any]) -> list[str] | None:
    """The values that are in the vocabulary."""
    spelled = [str(value).strip().upper() for value in values]
    terms = [value if value in TERMS[keyword] else OTHERWISE.get(keyword) for value in spelled]
    retained = [term for term in terms if term is not None]
    return retained if retained or keyword in MAY_BE_EMPTY else None


def _numbers(vr: str, values: list[Any]) -> list[float] | None:
    """The values, if all are finite and of a likely size; decimal strings within their 16 characters."""
    if not all(isinstance(value, int | float | Decimal) and -_LARGEST < value < _LARGEST for value in values):
        return None
    if vr == "DS":
        return [DSfloat(value, auto_format=True) for value in values]
    return [value if isinstance(value, float) else int(value) for value in values]


def _known_code(item: Dataset) -> Code | None:
    spelled = Code(read_text(item, "CodeValue"), read_text(item, "CodingSchemeDesignator"), "")
    return next((code for code in CODES if code == spelled), None)


def code_item(code: Code) -> Dataset:
    """A code as an item of a sequence (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme_designator
    item.CodeMeaning = code.meaning
    return item


def read_text(dataset: Dataset, keyword: str) -> str:
    """The value of an attribute as text; empty where it has none or it cannot be read."""
    element = read_element(dataset, Tag(keyword))
    return "" if element is None or element.value is None else str(element.value).strip()


def _values(element: DataElement) -> list[Any]:
    if element.VM == 0:
        return []
    return list(element.value) if element.VM > 1 or element.VR == "SQ" else [element.value]


def read_element(dataset: Dataset, tag: BaseTag) -> DataElement | None:
    """An attribute; None where it is absent or cannot be read."""
    try:
        return dataset[tag]
    except Exception:  # pydicom fails in many ways on a damaged value
        return None

"""Which discs a radiologist's free text names, and which lesions it says of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

LEVELS = ("T12-L1", "L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
_S1 = 6
"""Vertebrae are counted from T12 = 0, so that the disc below each is that of LEVELS."""

_LETTERED = r"(?:(?:Th?|D)\.?\s?12|L\.?\s?[1-5]|S\.?\s?(?:1|I(?![A-Z])))"
_NEXT = rf"(?:{_LETTERED}|[1-5])(?!\d|\s*(?:mm|cm)\b|[.,]\d|\s?x\s?\d)"
"""Not a length: L4 - 5 mm is no L4-L5."""
_JOINED = rf"\s*(?P<joint>[-–—/\\_])\s*{_NEXT}(?:\s*(?P=joint)\s*{_NEXT})*"
_VERTEBRAE = re.compile(
    rf"(?<![A-Z\d]){_LETTERED}(?:(?:{_JOINED}|{_LETTERED})(?!\d)|(?![A-Z\d]))", re.IGNORECASE
)
"""Joined ones, such as L4-5, L4/L5, L3-4-5 or L5S1, a blank after them or none (L4-L5disc); or one alone."""
_SHORTHAND = re.compile(rf"\s*(?:[,&+/]|\band\b)\s*(?P<vertebrae>[1-5]{_JOINED})(?!\d)", re.IGNORECASE)
"""What may follow: L4/5 & 5/S1."""
_VERTEBRA = re.compile(rf"{_LETTERED}|[1-5]", re.IGNORECASE)
_UP_TO = re.compile(r"\s*(?:down |up )?(?:to|till|until|through)\s*", re.IGNORECASE)
_LISTED = re.compile(r"(?:\s|[,&+/]|\band\b|\bat\b|\blevels?\b)*", re.IGNORECASE)

_LESIONS = {
    "bulge": re.compile(r"\bbulg(?:es?|ing)\b", re.IGNORECASE),
    "protrusion": re.compile(r"\bprotru(?:sions?|des?|ded|ding)\b", re.IGNORECASE),
    "extrusion": re.compile(r"\bextru(?:sions?|ded)\b", re.IGNORECASE),
    "herniation": re.compile(r"\bherniat(?:ions?|ed|es)\b", re.IGNORECASE),
    "stenosis": re.compile(r"\bstenos[ie]s\b", re.IGNORECASE),
}
_END_OF_SENTENCE = re.compile(r"\n(?!\s*[a-z])|;|//|\.(?!\d)")
"""A line that goes on in small letters belongs to the one before."""
_DOUBTED = re.compile(
    r"\?|\b(?:no|not|nor|neither|never|non\w*|cannot|without|absen\w+|negative|free|lack\w*|denie[sd]|exclud\w+"
    r"|ruled?\W+out|r/o|unlikely|doubt\w*|possib\w+|probab\w+|suspect\w*|suspicio\w+|may|might|resol\w+"
    r"|previous\w*|prior|former\w*|latter|respective\w*)\b",
    re.IGNORECASE,
)
"""Denied, doubted, past, or said of one of several."""


@dataclass(frozen=True)
class _Mention:
    """Discs that a text names in one breath, from ``start`` to ``end``: one, a range, or a list of them."""

    start: int
    end: int
    levels: frozenset[str]


def levels_in(text: str) -> tuple[str, ...]:
    """The discs that a text names, from above, such as L4-L5; a range (L3-4 to L5-S1, L3-S1) names all that
    are in it. A vertebra alone names none."""
    return _in_order(level for mention in _mentions(text) for level in mention.levels)


def lesions_by_level(text: str) -> dict[str, tuple[str, ...]]:
    """The discs that a text names, from above, each with what it is said to have: bulge, protrusion,
    extrusion, herniation, stenosis.

    It is said where a sentence, or what follows "L4-5:", names one disc or one list of discs and the lesion.
    Nothing is taken from it where it names discs in several places, or the lesion in the next sentence, nor
    from a whole sentence in which anything is denied or doubted: what is not listed may well be there.
    """
    said: dict[str, dict[str, None]] = {level: {} for level in levels_in(text)}
    for part in _parts(text):
        mentions = _mentions(part)
        if len(mentions) == 1:
            found = [lesion for lesion, word in _LESIONS.items() if word.search(part)]
            for level in mentions[0].levels:
                said[level] |= dict.fromkeys(found)
    return {level: tuple(lesion for lesion in _LESIONS if lesion in found) for level, found in said.items()}


def _parts(text: str) -> Iterator[str]:
    """Sentences without denial or doubt, parted again before each heading such as "L4-5:"."""
    for sentence in _END_OF_SENTENCE.split(text):
        if _DOUBTED.search(sentence):
            continue
        headings = [item.start for item in _mentions(sentence) if sentence[item.end :].lstrip()[:1] == ":"]
        for start, end in pairwise([0, *headings, len(sentence)]):
            yield sentence[start:end]


def _mentions(text: str) -> list[_Mention]:
    mentions: list[_Mention] = []
    for item in _ranges(text):
        if mentions and _LISTED.fullmatch(text, mentions[-1].end, item.start):
            before = mentions.pop()
            item = _Mention(before.start, item.end, before.levels | item.levels)
        mentions.append(item)
    return mentions


def _ranges(text: str) -> Iterator[_Mention]:
    """Discs and ranges of discs, one after the other."""
    runs: list[tuple[int, int, list[int]]] = []
    for start, end, vertebrae in _joined(text):
        if runs and _UP_TO.fullmatch(text, runs[-1][1], start):
            start, _, before = runs.pop()
            vertebrae = before + vertebrae
        runs.append((start, end, vertebrae))
    for start, end, vertebrae in runs:
        levels = frozenset(level for upper, lower in pairwise(vertebrae) for level in LEVELS[upper:lower])
        if levels:
            yield _Mention(start, end, levels)


def _joined(text: str) -> Iterator[tuple[int, int, list[int]]]:
    """Vertebrae written in one, each with where it begins and ends; shorthand only of neighbours, for 3/5
    may be anything."""
    place = 0
    while match := _VERTEBRAE.search(text, place):
        yield match.start(), match.end(), _numbers(match[0])
        place = match.end()
        while match := _SHORTHAND.match(text, place):
            upper, lower, *more = _numbers(match["vertebrae"])
            if more or lower != upper + 1:
                break
            yield match.start("vertebrae"), match.end(), [upper, lower]
            place = match.end()


def _numbers(joined: str) -> list[int]:
    numbers: list[int] = []
    for name in _VERTEBRA.findall(joined):
        letter, number = name[0].upper(), int(name[-1]) if name[-1].isdigit() else 1
        if letter in "TD":
            numbers.append(0)
        elif letter == "S" or (letter == "1" and numbers and numbers[-1] == _S1 - 1):  # L5-1 is L5-S1
            numbers.append(_S1)
        else:
            numbers.append(number)
    return numbers


def _in_order(levels: Iterator[str]) -> tuple[str, ...]:
    found = set(levels)
    return tuple(level for level in LEVELS if level in found)

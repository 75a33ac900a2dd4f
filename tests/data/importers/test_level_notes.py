"""Discs and lesions found in notes that are written as radiologists write them; all notes are made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importers.level_notes import LEVELS, lesions_by_level, levels_in

VERTEBRAE = ("T12", "L1", "L2", "L3", "L4", "L5", "S1")
JOINTS = st.sampled_from(["-", "/", " - ", "–", "_", "- "])
WORDS = st.sampled_from(
    [
        "bulge noted at",
        "and",
        ",",
        "mild",
        "compressing the sac\n",
        "///",
        "the level of",
        "MRI :",
        "of 6 mm at",
    ]
)


@st.composite
def written_level(draw: st.DrawFn) -> tuple[str, str]:
    """A disc, and one of the ways in which it is written."""
    upper = draw(st.integers(0, len(LEVELS) - 1))
    first, second, joint = VERTEBRAE[upper], VERTEBRAE[upper + 1], draw(JOINTS)
    short = second.removeprefix("L") if first.startswith("L") else second
    text = draw(st.sampled_from([f"{first}{joint}{second}", f"{first}{joint}{short}", f"{first}{second}"]))
    return LEVELS[upper], draw(
        st.sampled_from([text, text.lower(), text.replace("T12", "D12"), text.replace("T12", "Th12")])
    )


@given(st.lists(st.tuples(WORDS, written_level(), WORDS)))
def test_every_disc_that_is_written_is_found_and_no_other(
    parts: list[tuple[str, tuple[str, str], str]],
) -> None:
    text = " ".join(f"{before} {level} {after}" for before, (_, level), after in parts)
    assert set(levels_in(text)) == {name for _, (name, _), _ in parts}


@given(st.integers(0, 5), st.integers(0, 5), st.sampled_from([" to ", " down to ", "-", " through "]))
def test_a_range_names_all_discs_in_it(first: int, second: int, joint: str) -> None:
    upper, lower = sorted((first, second))
    text = f"bulges from {VERTEBRAE[upper]}{joint}{VERTEBRAE[lower + 1]}."
    assert levels_in(text) == LEVELS[upper : lower + 1]


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert tuple(lesions_by_level(text)) == levels_in(text)


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("bulges at L3-4 to L5-S1", "L3-L4 L4-L5 L5-S1"),
        ("L3-4-5 and L5/SI", "L3-L4 L4-L5 L5-S1"),
        ("L3/S1 stenosis", "L3-L4 L4-L5 L5-S1"),
        ("L5-1 and l.4/5", "L4-L5 L5-S1"),
        ("L5-S1/L4-5", "L4-L5 L5-S1"),
        ("L4/5 & 5/S1", "L4-L5 L5-S1"),
        ("L3-4, 4-5 and 5-1", "L3-L4 L4-L5 L5-S1"),
        ("L4-5/5-S1", "L4-L5 L5-S1"),
        ("L4-L5disc and L5/S1disc", "L4-L5 L5-S1"),
        ("Th12-L1, Th 12/L1", "T12-L1"),
        ("L5 - side, L4-5x6 mm", ""),
        ("L3-4 and 3/5, 2-3 mm", "L3-L4"),
        ("behind the L1 body; left S1 root, L5 root", ""),
        ("C5-6 and C7-T1", ""),
        ("L4- 5 mm below", ""),
        ("L4-5.5 cm", ""),
        ("L2 to the level of the mass", ""),
        ("", ""),
    ],
)
def test_forms_that_mislead(text: str, levels: str) -> None:
    assert " ".join(levels_in(text)) == levels


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # One sentence, one disc: typing errors, line breaks and what follows do not matter.
        (
            "LSS MRI :\nFeature of muscle spasm.\nDifuse disc bulge noted ar L4/L5 level ,mildy compresing",
            {"L4-L5": "bulge"},
        ),
        ("central protrusion noted at the level of L5-S1\nwith bulging", {"L5-S1": "bulge protrusion"}),
        ("Disc bulge at L4-5.\nSmall disc protrusion in the right foramen.", {"L4-L5": "bulge"}),
        # Lists and ranges share what is said of them.
        ("Diffuse bulges at L4/L5 &L5/S1 levels", {"L4-L5": "bulge", "L5-S1": "bulge"}),
        ("L4-l5 L5-S1: diffuse disc bulges", {"L4-L5": "bulge", "L5-S1": "bulge"}),
        # Headings part a sentence.
        (
            "L5-S1: left protrusion on top of annular bulge/// L4-5: canal stenosis, L1-2: herniated disc",
            {"L1-L2": "herniation", "L4-L5": "stenosis", "L5-S1": "bulge protrusion"},
        ),
        ("L2-3:\nextruded disc, slightly migrating", {"L2-L3": "extrusion"}),
        ("L4-L5disc bulge, protruded", {"L4-L5": "bulge protrusion"}),
        ("L5/S1disc protrusion", {"L5-S1": "protrusion"}),
        ("L4/5 & 5/S1 disc bulge", {"L4-L5": "bulge", "L5-S1": "bulge"}),
        # Of a sentence that denies, doubts, or tells the past, nothing is taken.
        ("No evidence of disc herniation at L4-5", {"L4-L5": ""}),
        ("No herniation\nor protrusion at L4-5", {"L4-L5": ""}),
        ("L5-S1: no herniation but a bulge", {"L5-S1": ""}),
        ("L5-S1: no herniation. L4-5: bulge.", {"L4-L5": "bulge", "L5-S1": ""}),
        ("Disc herniation at L4-5 is not seen.", {"L4-L5": ""}),
        ("L4-5: herniation: none", {"L4-L5": ""}),
        ("L4-5: herniation is absent", {"L4-L5": ""}),
        ("L4-5: free of herniation", {"L4-L5": ""}),
        ("L4-5 negative for stenosis", {"L4-L5": ""}),
        ("Rule out herniation at L4-5", {"L4-L5": ""}),
        ("Non-herniated L4-5", {"L4-L5": ""}),
        ("Nonbulging disc, no: bulging L4-5", {"L4-L5": ""}),
        ("Previous herniation at L4-5 has resolved", {"L4-L5": ""}),
        ("L4-5 unlikely herniation", {"L4-L5": ""}),
        ("L4-5 herniation?", {"L4-L5": ""}),
        ("No herniation at L3-4, L4-5: bulge", {"L3-L4": "", "L4-L5": ""}),
        ("L4-5, L5-S1: bulge and protrusion respectively", {"L4-L5": "", "L5-S1": ""}),
        ("L4-5, L5-S1 bulges, the latter with extrusion", {"L4-L5": "", "L5-S1": ""}),
        # Which of several it is said of cannot be told.
        ("Disc bulge at L4-L5 and protrusion at L5-S1", {"L4-L5": "", "L5-S1": ""}),
        ("dehydrated L4-5 and L5-S1 discs", {"L4-L5": "", "L5-S1": ""}),
        ("no significant disc herniation or protrusion seen", {}),
    ],
)
def test_lesions_are_said_of_a_disc_only_where_it_is_plain(text: str, said: dict[str, str]) -> None:
    assert {level: " ".join(lesions) for level, lesions in lesions_by_level(text).items()} == said

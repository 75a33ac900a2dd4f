from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voc_files import annotation_xml, write_image

from annotation.assignment import Group, deal_out
from annotation.status import status_of
from annotation.workplace import open_workplace
from errors import BadInputError

NAMES = ("anna", "ben", "carla", "dora")


@st.composite
def patients(draw: st.DrawFn) -> list[Group]:
    """Groups of one to four images, no two images of one name."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    return [tuple(f"p{patient}-{image}" for image in range(size)) for patient, size in enumerate(sizes)]


def equal_patients(number: int, images: int = 3) -> list[Group]:
    return [tuple(f"p{patient}-{image}" for image in range(images)) for patient in range(number)]


@given(patients(), st.integers(2, 4), st.integers(1, 4), st.floats(0, 1), st.integers(0, 99))
def test_everyone_sees_whole_patients_equally_many_and_as_often_as_asked(
    groups: list[Group], number: int, times: int, overlap: float, seed: int
) -> None:
    names, times = NAMES[:number], min(times, number)
    given_to = deal_out(groups, names, {}, times, overlap, seed)
    assert tuple(given_to) == names
    readers = [{name for name in names if set(group) & set(given_to[name])} for group in groups]
    for group, seen_by in zip(groups, readers, strict=True):
        assert all(set(group) <= set(given_to[name]) for name in seen_by)
    shared = round(overlap * len(groups))
    assert Counter(map(len, readers)) == Counter([times] * shared + [1] * (len(groups) - shared))
    loads = [len(images) for images in given_to.values()]
    assert max(loads) - min(loads) <= max(map(len, groups))


@given(st.integers(1, 30), st.integers(2, 4), st.integers(0, 99))
def test_single_images_are_dealt_out_to_within_one(images: int, number: int, seed: int) -> None:
    given_to = deal_out(equal_patients(images, 1), NAMES[:number], {}, seed=seed)
    loads = [len(names) for names in given_to.values()]
    assert max(loads) - min(loads) <= 1 and sum(loads) == 2 * images


def test_the_seed_alone_decides() -> None:
    groups = equal_patients(20)
    first = deal_out(groups, NAMES, {}, seed=1)
    assert deal_out(groups, NAMES[::-1], {}, seed=1) == first
    assert deal_out(groups, NAMES, {}, seed=2) != first


def test_every_pair_of_annotators_shares_patients() -> None:
    given_to = deal_out(equal_patients(40), NAMES, {})
    for one, other in combinations(NAMES, 2):
        assert set(given_to[one]) & set(given_to[other])


@given(patients(), st.data(), st.integers(0, 9))
def test_what_is_done_stays_with_whom_it_was_done_by(
    groups: list[Group], data: st.DataObject, seed: int
) -> None:
    before = deal_out(groups, NAMES[:3], {}, seed=seed)
    done = {name: data.draw(st.sets(st.sampled_from(images))) for name, images in before.items() if images}
    after = deal_out(groups, ("ben", "carla", "dora"), done, seed=seed)
    for name, images in done.items():
        assert images <= set(after.get(name, ()))
    assert set(after.get("anna", ())) == done.get("anna", set())
    for group in groups:
        readers = [name for name in ("ben", "carla", "dora") if set(group) <= set(after[name])]
        finished = set(group) <= set(after.get("anna", ()))
        assert len(readers) + finished >= 2


def test_a_later_annotator_gets_of_what_is_not_done() -> None:
    groups = equal_patients(12)
    before = deal_out(groups, ("anna", "ben"), {})
    done = {name: images[:9] for name, images in before.items()}
    after = deal_out(groups, ("anna", "ben", "carla"), done)
    assert {name: len(images) for name, images in after.items()} == {"anna": 24, "ben": 24, "carla": 24}
    assert not set(after["carla"]) & set(done["anna"])


@pytest.mark.parametrize(
    ("names", "times", "reason"),
    [(("anna",), 2, "name 1 more"), (("anna", "ben", "anna"), 2, "stands twice")],
)
def test_what_cannot_be_is_refused(names: tuple[str, ...], times: int, reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        deal_out(equal_patients(3), names, {}, times)


def test_the_status_counts_what_is_assigned_done_and_left(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("one", "two", "three"):
        write_image(tmp_path / "images" / f"{name}.png")
    workplace = open_workplace(tmp_path)
    workplace.assign({"anna": ("one.png", "two.png"), "ben": ("two.png",)})
    for annotator, image in (("anna", "one"), ("anna", "two"), ("carla", "two")):
        workplace.folder_of(annotator).mkdir(parents=True, exist_ok=True)
        (workplace.folder_of(annotator) / f"{image}.xml").write_text(annotation_xml(filename=f"{image}.png"))
    (workplace.folder_of("carla") / "two.xml").write_text("<annotation>")
    found = status_of(workplace)
    counts = {item.name: (item.assigned, item.done, item.left, item.boxes) for item in found.annotators}
    assert counts == {"anna": (2, 2, 0, 6), "ben": (1, 0, 1, 0), "carla": (0, 1, 0, 0)}
    assert [item.last_save is None for item in found.annotators] == [False, True, False]
    assert {item.image: item.done for item in found.images} == {
        "one.png": ("anna",),
        "three.png": (),
        "two.png": ("anna", "carla"),
    }
    assert found.annotated == {0: 1, 1: 1, 2: 1}
    assert [error.path.name for error in found.unreadable] == ["two.xml"]

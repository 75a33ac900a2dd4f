"""Progress: what annotators' records say of their pace, however the records look."""

import json
import math
from pathlib import Path

import pytest
from command import discern
from hypothesis import given
from hypothesis import strategies as st
from scenery import write_cohort

from annotation.progress import ImageWork, measure_progress, read_log
from annotation.workplace import Workplace, open_workplace
from errors import BadInputError


def line(image: str, seconds: float, boxes: int, prelabelled: bool = False) -> str:
    saved = "2026-11-21T08:00:00+00:00"
    return json.dumps(
        {"image": image, "saved": saved, "seconds": seconds, "boxes": boxes, "prelabelled": prelabelled}
    )


def write_log(folder: Path, annotator: str, *lines: str, end: str = "\n") -> Path:
    path = folder / "annotators" / annotator / "log.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + end, encoding="utf-8")
    return path


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return open_workplace(write_cohort(tmp_path / "cohort", patients=1))


def test_saves_of_one_image_add_their_seconds_and_the_last_boxes_count(tmp_path: Path) -> None:
    path = write_log(
        tmp_path, "anna", line("a.png", 60, 3, True), line("b.png", 10, 1), line("a.png", 30.5, 5)
    )
    work, damaged = read_log(path)
    assert work == [ImageWork("a.png", 90.5, 5, True), ImageWork("b.png", 10, 1, False)]
    assert damaged == 0


@pytest.mark.parametrize(
    "damage",
    [
        '{"image": "b.png", "sav',
        "\x00\x00",
        "",
        "[1]",
        "null",
        '{"image": "b.png"}',
        line("b.png", math.inf, 1),
        line("b.png", math.nan, 1),
        line("b.png", -1, 1),
        line("b.png", 1, -1),
    ],
)
def test_a_damaged_line_is_left_out_and_counted(tmp_path: Path, damage: str) -> None:
    path = write_log(tmp_path, "anna", line("a.png", 60, 3), damage, line("c.png", 60, 3))
    work, damaged = read_log(path)
    assert [item.image for item in work] == ["a.png", "c.png"]
    assert damaged == 1


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1e4), st.integers(0, 40))), st.integers(0, 400)
)
def test_a_record_cut_off_anywhere_gives_the_saves_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, saves: list[tuple[str, float, int]], cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "log.jsonl"
    content = "".join(f"{line(*save)}\n" for save in saves)
    path.write_text(content[:cut], encoding="utf-8")
    work, damaged = read_log(path)
    whole = saves[: content[:cut].count("}")]
    assert sum(item.seconds for item in work) == pytest.approx(sum(seconds for _, seconds, _ in whole))
    assert {item.image for item in work} == {image for image, _, _ in whole}
    assert damaged <= 1


def test_pace_with_and_without_pre_labels_and_their_ratio(workplace: Workplace) -> None:
    drawn = [line(f"a{number}.png", 120, 10) for number in range(4)]
    corrected = [line(f"b{number}.png", 40, 10, True) for number in range(6)]
    write_log(workplace.folder, "anna", *drawn, *corrected)
    (anna,) = measure_progress(workplace)
    assert (anna.annotator, anna.damaged) == ("anna", 0)
    assert (anna.without.images, anna.without.boxes, anna.without.hours) == (4, 40, 480 / 3600)
    assert (anna.without.images_per_hour, anna.without.boxes_per_hour) == pytest.approx((30, 300))
    assert anna.prelabelled.boxes_per_hour == pytest.approx(900)
    assert (anna.ratio, anna.interval.low, anna.interval.high) == pytest.approx((3, 3, 3))


def test_the_interval_of_the_ratio_holds_it_and_narrows_with_more_images(workplace: Workplace) -> None:
    lines = {
        count: [
            line(f"{kind}{number}.png", (20 + number % 8) * (1 + kind), 10, kind == 0)
            for kind in (0, 1)
            for number in range(count)
        ]
        for count in (8, 200)
    }
    write_log(workplace.folder, "few", *lines[8])
    write_log(workplace.folder, "many", *lines[200])
    few, many, _ = measure_progress(workplace)
    for row in (few, many):
        assert row.ratio == pytest.approx(2)
        assert row.interval.low < 2 < row.interval.high
    assert many.interval.high - many.interval.low < few.interval.high - few.interval.low
    assert measure_progress(workplace)[0].interval == few.interval


def test_of_several_annotators_each_is_compared_with_their_own_pace(workplace: Workplace) -> None:
    """The slow one had the pre-labels more often: together they seem slower with them."""
    write_log(
        workplace.folder, "fast", *[line(f"{n}.png", 10, 5) for n in range(9)], line("x.png", 5, 5, True)
    )
    write_log(
        workplace.folder, "slow", *[line(f"{n}.png", 100, 5, True) for n in range(9)], line("x.png", 200, 5)
    )
    fast, slow, together = measure_progress(workplace)
    assert together.annotator == "all"
    assert together.prelabelled.boxes_per_hour < together.without.boxes_per_hour
    assert (fast.ratio, slow.ratio, together.ratio) == pytest.approx((2, 2, 2))
    assert together.without.images == 10


def test_without_pre_labels_time_or_boxes_there_is_no_ratio(workplace: Workplace) -> None:
    write_log(workplace.folder, "anna", line("a.png", 60, 3))
    write_log(workplace.folder, "ben", line("a.png", 60, 3), line("b.png", 0, 0, True))
    for row in measure_progress(workplace):
        assert math.isnan(row.ratio) and math.isnan(row.interval.low) and math.isnan(row.interval.high)
    assert math.isnan(measure_progress(workplace)[1].prelabelled.boxes_per_hour)


def test_nobody_s_record_and_one_that_is_no_file_are_one_sentence(workplace: Workplace) -> None:
    (workplace.folder / "annotators" / "anna").mkdir(parents=True)
    with pytest.raises(BadInputError, match="no record of any annotator's session; annotate with `discern"):
        measure_progress(workplace)
    (workplace.folder / "annotators" / "anna" / "log.jsonl").mkdir()
    with pytest.raises(BadInputError, match=r"log\.jsonl: cannot be read"):
        measure_progress(workplace)


def test_the_command_shows_the_table_and_the_json(workplace: Workplace) -> None:
    write_log(workplace.folder, "anna", line("a.png", 360, 12), line("b.png", 180, 12, True), '{"im', end="")
    shown = discern("progress", workplace.folder)
    assert shown.returncode == 0, shown.stderr
    assert "2.00 (2.00 to 2.00)" in shown.stdout
    assert "anna: 1 lines of the record were damaged and left out" in shown.stdout
    (row,) = json.loads(discern("progress", workplace.folder, "--json").stdout)
    assert row["prelabelled"]["boxes_per_hour"] == 240

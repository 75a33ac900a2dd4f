"""The log's ids, as people call what they are of."""

from pathlib import Path

from small_reader_study import small_study

from reading.study.log_names import names_of
from reading.study.worklist import worklist


def test_studies_readings_and_people_have_names_and_nothing_else_has(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=1)
    (item,) = worklist(small.store, small.readers[0].id)
    assert item.next is not None
    names = names_of(small.store, [small.id, item.next, small.readers[0].id, "case added", ""])
    assert names == {
        small.id: "A small study",
        item.next: "A small study, case-01",
        small.readers[0].id: small.readers[0].name,
    }

"""A whole study by public functions, on either kind of database."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_reader_study import QUICK_PLAN, commit_all, normal, small_study

from reading.study.design import StudyDesign
from reading.study.export import write_export
from reading.study.reference_standard import standing
from reading.study.studies import StudyRefused, close_study, create_study, progress
from reading.study.worklist import worklist


def test_a_crossover_with_experts_goes_from_draft_to_export(database_url: str, tmp_path: Path) -> None:
    design = StudyDesign("crossover", reference="experts", washout_weeks=4)
    small = small_study(tmp_path, design, readers=2, cases=4, training=1, experts=3, url=database_url)
    assert [commit_all(small, reader) for reader in small.readers] == [6, 6]
    small.clock.go_on(weeks=4)
    assert [commit_all(small, reader) for reader in small.readers] == [4, 4]
    for expert in small.experts:
        verdict = "bulge" if expert is small.experts[2] else "normal"
        commit_all(small, expert, lambda *disc, said=verdict: replace(normal(*disc), verdict=said))
    assert worklist(small.store, small.experts[0].id)[0].next is not None
    assert commit_all(small, small.experts[0]) == 4
    assert standing(small.store, small.id).lacking is None
    with small.store.read() as connection:
        assert all(member.committed == member.planned for member in progress(connection, small.id))
    assert write_export(small.store, small.id, tmp_path / "export") == ()
    assert (tmp_path / "export" / "plan.yaml").read_bytes() == QUICK_PLAN
    close_study(small.store, small.coordinator, small.id)
    with pytest.raises(StudyRefused, match="of this title"):
        create_study(small.store, small.coordinator, "A small study", design, QUICK_PLAN, small.models)

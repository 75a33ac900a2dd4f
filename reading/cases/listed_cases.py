"""The cases of a study as its coordinator sees them."""

from dataclasses import dataclass

from sqlalchemy import select

from reading.store.database import Store
from reading.store.tables import ai_results, cases, studies


@dataclass(frozen=True)
class ListedCase:
    """``levels``: of its discs, none on a single picture; ``marked``: the discs of which it is known what is
    right; ``ai_has_read``: by the models of its study."""

    id: str
    name: str
    patient: str
    training: bool
    levels: tuple[str, ...]
    marked: int
    ai_has_read: bool


def listed_cases(store: Store, study_id: str) -> list[ListedCase]:
    """By name, those for training last."""
    result = (ai_results.c.case == cases.c.id) & (ai_results.c.models_sha256 == studies.c.models_sha256)
    wanted = (
        select(cases, ai_results.c.created_at.label("read_at"))
        .join(studies, studies.c.id == cases.c.study)
        .join(ai_results, result, isouter=True)
        .where(cases.c.study == study_id)
        .order_by(cases.c.training, cases.c.name)
    )
    with store.read() as connection:
        return [
            ListedCase(
                row.id,
                row.name,
                row.patient,
                row.training,
                tuple(row.levels),
                len(row.truth or ()),
                row.read_at is not None,
            )
            for row in connection.execute(wanted)
        ]

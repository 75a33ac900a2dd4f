"""The tables of the first version. There is no way back: it would lose reads."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_UUID = sa.String(36)
_DIGEST = sa.String(64)
_TIME = sa.DateTime(timezone=True)
_APPEND_ONLY = ("events", "readings", "findings", "audit_log")


def upgrade() -> None:
    _people()
    _studies()
    _reads()
    _ai()
    for table in _APPEND_ONLY:
        _refuse_changes(table)


def _people() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", _UUID, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), unique=True),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("disabled_at", _TIME),
        sa.CheckConstraint("role IN ('reader', 'expert', 'coordinator')", name="role"),
    )
    op.create_table(
        "invitations",
        sa.Column("token_hash", _DIGEST, primary_key=True),
        _of("account", "accounts.id"),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", _DIGEST, primary_key=True),
        _of("account", "accounts.id"),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("at", _TIME, nullable=False, index=True),
        sa.Column("account", _UUID, sa.ForeignKey("accounts.id")),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(254), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
    )


def _studies() -> None:
    op.create_table(
        "studies",
        sa.Column("id", _UUID, primary_key=True),
        sa.Column("title", sa.String(200), nullable=False, unique=True),
        sa.Column("design", sa.JSON(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("plan_sha256", _DIGEST, nullable=False),
        sa.Column("models", sa.String(1024), nullable=False),
        sa.Column("models_sha256", _DIGEST, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("results_open", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("opened_at", _TIME),
        sa.Column("closed_at", _TIME),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name="state"),
    )
    op.create_table(
        "cases",
        sa.Column("id", _UUID, primary_key=True),
        _of("study", "studies.id"),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column("folder", sa.String(1024), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("truth", sa.JSON()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.UniqueConstraint("study", "name"),
    )
    op.create_table(
        "case_pixels",
        _of("case", "cases.id", primary_key=True),
        sa.Column("digest", _DIGEST, primary_key=True),
        sa.Index("ix_case_pixels_digest", "digest"),
    )
    op.create_table(
        "members",
        _of("study", "studies.id", primary_key=True),
        _of("account", "accounts.id", primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.UniqueConstraint("study", "code"),
        sa.CheckConstraint("role IN ('reader', 'expert')", name="role"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", _UUID, primary_key=True),
        _of("study", "studies.id"),
        _of("account", "accounts.id"),
        _of("case", "cases.id"),
        sa.Column("arm", sa.String(32), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.UniqueConstraint("study", "account", "arm", "case"),
        sa.UniqueConstraint("study", "account", "period", "position"),
    )


def _reads() -> None:
    op.create_table(
        "events",
        sa.Column("id", _UUID, primary_key=True),
        *_provenance(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("form", sa.JSON()),
        sa.CheckConstraint("active_ms >= 0 AND idle_ms >= 0", name="times"),
        sa.Index("ix_events_account_case", "account", "case"),
    )
    op.create_table(
        "readings",
        _of("id", "events.id", primary_key=True),
        *_provenance(),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.UniqueConstraint("assignment", "revision"),
        sa.UniqueConstraint("study", "account", "case", "arm", "revision"),
        sa.CheckConstraint("(revision = 0) = (reason = '')", name="reason"),
    )
    op.create_table(
        "findings",
        sa.Column("reading", _UUID, sa.ForeignKey("readings.id"), primary_key=True),
        sa.Column("level", sa.String(16), primary_key=True),
        *(sa.Column(f"box_{edge}", sa.Float()) for edge in ("xmin", "ymin", "xmax", "ymax")),
        sa.Column("verdict", sa.String(16)),
        sa.Column("indeterminate", sa.Boolean(), nullable=False),
        sa.Column("slip", sa.Boolean()),
        sa.Column("slip_grade", sa.Integer()),
        sa.Column("lesion_likelihood", sa.Integer()),
        sa.Column("slip_likelihood", sa.Integer()),
        sa.Column("remark", sa.Text(), nullable=False),
    )


def _ai() -> None:
    op.create_table(
        "ai_results",
        _of("case", "cases.id", primary_key=True),
        sa.Column("models_sha256", _DIGEST, primary_key=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", _UUID, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("account", _UUID, sa.ForeignKey("accounts.id")),
        sa.Column("state", sa.String(8), nullable=False, index=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(64)),
        sa.Column("seen_at", _TIME),
        sa.Column("stage", sa.String(64), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    )


def _refuse_changes(table: str) -> None:
    """Rows may be added, but never changed nor deleted."""
    sentence = f"nothing in {table} is ever changed or deleted"
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuses_changes() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuses_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuses_changes()"
    )


def _of(name: str, column: str, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, _UUID, sa.ForeignKey(column), primary_key=primary_key, nullable=False)


def _provenance() -> list[sa.Column[Any]]:
    return [
        sa.Column("assignment", _UUID, sa.ForeignKey("assignments.id"), nullable=False, index=True),
        _of("study", "studies.id"),
        _of("account", "accounts.id"),
        _of("case", "cases.id"),
        sa.Column("arm", sa.String(32), nullable=False),
        sa.Column("app_version", sa.String(64), nullable=False),
        sa.Column("models_sha256", _DIGEST, nullable=False),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("idle_ms", sa.Integer(), nullable=False),
        sa.Column("client_ms", sa.Float(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
    ]

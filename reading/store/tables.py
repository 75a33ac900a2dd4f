"""The tables of a store of reader studies.

Nothing in ``events``, ``readings``, ``findings`` and ``audit_log`` is ever changed or deleted: the database
refuses it, by triggers that come with the migrations.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from reading.table import BOX_COLUMNS

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
UUID = String(36)
DIGEST = String(64)
"""SHA-256, hexadecimal."""
_OPTIONAL_JSON = JSON(none_as_null=True)


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, UTC; SQLite has none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def _of(name: str, column: str, primary_key: bool = False) -> Column[str]:
    return Column(name, UUID, ForeignKey(column), primary_key=primary_key, nullable=False)


accounts = Table(
    "accounts",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("email", String(254), unique=True),
    Column("password_hash", String(255)),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    CheckConstraint("role IN ('reader', 'expert', 'coordinator')", name="role"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", DIGEST, primary_key=True),
    _of("account", "accounts.id"),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", DIGEST, primary_key=True),
    _of("account", "accounts.id"),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("account", UUID, ForeignKey("accounts.id")),
    Column("action", String(64), nullable=False),
    Column("subject", String(254), nullable=False, default=""),
    Column("detail", JSON, nullable=False),
)

studies = Table(
    "studies",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("title", String(200), nullable=False, unique=True),
    Column("design", JSON, nullable=False),
    Column("plan", Text, nullable=False),
    Column("plan_sha256", DIGEST, nullable=False),
    Column("models", String(1024), nullable=False),
    Column("models_sha256", DIGEST, nullable=False),
    Column("state", String(8), nullable=False),
    Column("results_open", Boolean, nullable=False, default=False),
    Column("created_at", UtcTime, nullable=False),
    Column("opened_at", UtcTime),
    Column("closed_at", UtcTime),
    CheckConstraint("state IN ('draft', 'open', 'closed')", name="state"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", UUID, primary_key=True),
    _of("study", "studies.id"),
    Column("name", String(64), nullable=False),
    Column("patient", String(64), nullable=False),
    Column("training", Boolean, nullable=False),
    Column("folder", String(1024), nullable=False),
    Column("levels", JSON, nullable=False),
    Column("truth", _OPTIONAL_JSON),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("study", "name"),
)

case_pixels = Table(
    "case_pixels",
    metadata,
    _of("case", "cases.id", primary_key=True),
    Column("digest", DIGEST, primary_key=True),
    Index("ix_case_pixels_digest", "digest"),
)

members = Table(
    "members",
    metadata,
    _of("study", "studies.id", primary_key=True),
    _of("account", "accounts.id", primary_key=True),
    Column("role", String(16), nullable=False),
    Column("code", String(64), nullable=False),
    UniqueConstraint("study", "code"),
    CheckConstraint("role IN ('reader', 'expert')", name="role"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", UUID, primary_key=True),
    _of("study", "studies.id"),
    _of("account", "accounts.id"),
    _of("case", "cases.id"),
    Column("arm", String(32), nullable=False),
    Column("period", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("study", "account", "arm", "case"),
    UniqueConstraint("study", "account", "period", "position"),
)


def _provenance() -> list[Column[Any]]:
    """What every row of a read carries: whose it is, of what, by which software, and how long it took.

    ``active_ms`` and ``idle_ms`` are of the assignment so far, ``client_ms`` of the page since it was loaded,
    by its clock that never goes back; ``received_at`` is the server's.
    """
    return [
        Column("assignment", UUID, ForeignKey("assignments.id"), nullable=False, index=True),
        _of("study", "studies.id"),
        _of("account", "accounts.id"),
        _of("case", "cases.id"),
        Column("arm", String(32), nullable=False),
        Column("app_version", String(64), nullable=False),
        Column("models_sha256", DIGEST, nullable=False),
        Column("active_ms", Integer, nullable=False),
        Column("idle_ms", Integer, nullable=False),
        Column("client_ms", Float, nullable=False),
        Column("received_at", UtcTime, nullable=False),
    ]


events = Table(
    "events",
    metadata,
    Column("id", UUID, primary_key=True),
    *_provenance(),
    Column("kind", String(16), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("form", _OPTIONAL_JSON),
    CheckConstraint("active_ms >= 0 AND idle_ms >= 0", name="times"),
    Index("ix_events_account_case", "account", "case"),
)

readings = Table(
    "readings",
    metadata,
    _of("id", "events.id", primary_key=True),
    *_provenance(),
    Column("revision", Integer, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("opened_at", UtcTime, nullable=False),
    Column("form", JSON, nullable=False),
    UniqueConstraint("assignment", "revision"),
    UniqueConstraint("study", "account", "case", "arm", "revision"),
    CheckConstraint("(revision = 0) = (reason = '')", name="reason"),
)

findings = Table(
    "findings",
    metadata,
    Column("reading", UUID, ForeignKey("readings.id"), primary_key=True),
    Column("level", String(16), primary_key=True),
    # PostgreSQL has an xmin and an xmax of its own.
    *(Column(f"box_{edge}", Float) for edge in BOX_COLUMNS),
    Column("verdict", String(16)),
    Column("indeterminate", Boolean, nullable=False),
    Column("slip", Boolean),
    Column("slip_grade", Integer),
    Column("lesion_likelihood", Integer),
    Column("slip_likelihood", Integer),
    Column("remark", Text, nullable=False, default=""),
)

ai_results = Table(
    "ai_results",
    metadata,
    _of("case", "cases.id", primary_key=True),
    Column("models_sha256", DIGEST, primary_key=True),
    Column("result", JSON, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", JSON, nullable=False),
    Column("account", UUID, ForeignKey("accounts.id")),
    Column("state", String(8), nullable=False, index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("worker", String(64)),
    Column("seen_at", UtcTime),
    Column("stage", String(64), nullable=False, default=""),
    Column("problem", Text, nullable=False, default=""),
    Column("created_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
)

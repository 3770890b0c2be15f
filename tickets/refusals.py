"""What the database itself refuses to change, on SQLite and PostgreSQL alike.

A trigger here looks only at its own row, so that tables may be altered without it; but SQLite
rebuilds a table to alter it and drops its triggers without a word. A migration that alters one
of these tables therefore ends with `arm`, and a test asks `is_armed` after all migrations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class Refusal:
    """Refuse an UPDATE of `table` that changes one of `columns`, where `when` holds of the row."""

    name: str
    table: str
    columns: tuple[str, ...]
    message: str
    when: str = "TRUE"


PLAN = (
    "ticket_id", "snapshot_id", "scope", "target", "target_name", "weighed", "erased_before",
    "erased_words", "executor_id", "chosen_by_id", "chosen_at", "frozen_at",
)  # fmt: skip
REQUEST = ("ticket_id", "plan_id", "plan_sha256", "parties", "requested_by_id", "requested_at")
DECIDED = ("decision", "decided_by_id", "on_behalf_of_id", "decided_at", "reason", "execute_by")
SAID = (
    "ticket_id", "at", "kind", "public", "side", "author_id", "author_name", "move", "version",
    "facts",
)  # fmt: skip

REFUSALS = (
    Refusal("ticket_identity", "tickets_ticket", ("number", "filed_at"),
            "a ticket keeps its number"),
    Refusal("ticket_reporter", "tickets_ticket", ("reporter_id",),
            "a ticket keeps its reporter", "OLD.reporter_id IS NOT NULL"),
    Refusal("plan_frozen", "tickets_plan", PLAN,
            "a frozen plan is never changed", "OLD.frozen_at IS NOT NULL"),
    Refusal("plan_verified", "tickets_plan", ("verified_by_id", "verified_at"),
            "a result is verified once", "OLD.verified_at IS NOT NULL"),
    Refusal("approval_request", "tickets_approval", REQUEST,
            "what was asked for is never changed"),
    Refusal("approval_decided", "tickets_approval", DECIDED,
            "a decision is never changed", "OLD.decision <> 'pending'"),
    Refusal("approval_void", "tickets_approval", ("void_at",),
            "a void approval stays void", "OLD.void_at IS NOT NULL"),
    Refusal("entry_said", "tickets_entry", SAID, "what was said is never changed"),
    Refusal("entry_words", "tickets_entry", ("words",), "what was said is never changed",
            "NOT (OLD.kind = 'note' AND NEW.words = '' AND NEW.withdrawn_at IS NOT NULL)"),
    Refusal("entry_withdrawn", "tickets_entry", ("withdrawn_at",),
            "only a note is withdrawn, and once",
            "OLD.kind <> 'note' OR OLD.withdrawn_at IS NOT NULL"),
    Refusal("evidence_kept", "tickets_evidence",
            ("ticket_id", "kind", "summary", "facts", "sha256", "made_by_id", "made_at"),
            "evidence is kept as it was found"),
    Refusal("letter_given", "tickets_letter",
            ("ticket_id", "number", "dated", "scan_id", "given_at", "given_by_id"),
            "a letter is kept as it was given"),
    Refusal("attachment_bytes", "tickets_attachment",
            ("file", "name", "kind", "size", "sha256", "sent_at"),
            "a file is kept as it was sent"),
)  # fmt: skip


def arm(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse; safe to repeat."""
    disarm(connection)
    arm_these(connection, REFUSALS)


def disarm(connection: BaseDatabaseWrapper) -> None:
    """Take the refusals away: for a migration that alters the tables."""
    disarm_these(connection, REFUSALS)


def arm_these(connection: BaseDatabaseWrapper, those: Iterable[Refusal]) -> None:
    """Make the database refuse `those`, none of which stands."""
    _execute(connection, [_create(connection.vendor, refusal) for refusal in those])


def disarm_these(connection: BaseDatabaseWrapper, those: Iterable[Refusal]) -> None:
    """Take `those` away, where they stand."""
    _execute(connection, [_drop(connection.vendor, refusal) for refusal in those])


def is_armed(connection: BaseDatabaseWrapper) -> bool:
    """Say whether every refusal stands."""
    return {name_of(refusal) for refusal in REFUSALS} <= standing(connection)


def standing(connection: BaseDatabaseWrapper) -> set[str]:
    """Return the names of the triggers that the database carries out."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING[connection.vendor])
        return {row[0] for row in cursor.fetchall()}


def name_of(refusal: Refusal) -> str:
    return f"desk_{refusal.name}"


def _create(vendor: str, refusal: Refusal) -> tuple[str, ...]:
    distinct = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    changed = " OR ".join(f'NEW."{name}" {distinct} OLD."{name}"' for name in refusal.columns)
    words = {
        "name": name_of(refusal),
        "table": refusal.table,
        "when": f"({refusal.when}) AND ({changed})",
        "message": refusal.message,
    }
    return tuple(statement.format(**words) for statement in _CREATE[vendor])


def _drop(vendor: str, refusal: Refusal) -> tuple[str, ...]:
    return (DROP[vendor].format(name=name_of(refusal)),)


def _execute(connection: BaseDatabaseWrapper, groups: list[tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in (statement for group in groups for statement in group):
            cursor.execute(statement)


# 23514 is check_violation: Django raises IntegrityError for it, as for SQLite's ABORT.
# ENABLE ALWAYS: session_replication_role = replica switches ordinary triggers off.
_CREATE = {
    "sqlite": (
        """
        CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN {when}
        BEGIN SELECT RAISE(ABORT, '{message}'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '23514'; END $$
        """,
        """
        CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW
        WHEN ({when}) EXECUTE FUNCTION {name}()
        """,
        "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ),
}
DROP = {
    "sqlite": "DROP TRIGGER IF EXISTS {name}",
    "postgresql": "DROP FUNCTION IF EXISTS {name} CASCADE",
}
_STANDING = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'",
}

"""What the database itself refuses about records: changing what was issued, deleting anything.

Apart from tickets/refusals.py, whose migration runs before these tables are made. Written with
the same names for SQLite and PostgreSQL; a test asks `is_armed` after all migrations.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from tickets import refusals
from tickets.refusals import Refusal

ISSUED = (
    "kind", "ticket_id", "month", "level", "content", "content_sha256", "series", "year",
    "ordinal", "number", "code", "issued_at", "stamp", "sha256", "sealed_by", "replaces_id",
    "ordered_by_id", "made_by_id",
)  # fmt: skip
SIGNED = ("berita_acara_id", "part", "name", "user_id", "signed_at", "content_sha256")
BYTES = ("berita_acara_id", "purpose", "name", "kind", "content", "size", "sha256", "made_at")

RECORD_REFUSALS = (
    Refusal("record_issued", "tickets_beritaacara", ISSUED,
            "an issued record is never changed", "OLD.ordinal IS NOT NULL"),
    Refusal("record_state", "tickets_beritaacara", ("state",),
            "an issued record is only ever cancelled",
            "OLD.state = 'cancelled' OR (OLD.state = 'issued' AND NEW.state <> 'cancelled')"),
    Refusal("record_cancelled", "tickets_beritaacara",
            ("cancelled_at", "cancelled_by_id", "cancelled_why"),
            "a record is cancelled once", "OLD.state = 'cancelled'"),
    Refusal("record_bytes", "tickets_recordfile", BYTES, "stored bytes are never changed"),
    Refusal("record_signed", "tickets_signature", SIGNED,
            "a signature is never changed", "OLD.signed_at IS NOT NULL"),
)  # fmt: skip
KEPT = ("tickets_beritaacara", "tickets_recordfile", "tickets_signature")


def arm(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse; safe to repeat."""
    disarm(connection)
    refusals.arm_these(connection, RECORD_REFUSALS)
    with connection.cursor() as cursor:
        for table in KEPT:
            for statement in _KEEP[connection.vendor]:
                cursor.execute(statement.format(name=_keeper(table), table=table))


def disarm(connection: BaseDatabaseWrapper) -> None:
    """Take the refusals away: for a migration that alters the tables, and for tests."""
    refusals.disarm_these(connection, RECORD_REFUSALS)
    with connection.cursor() as cursor:
        for table in KEPT:
            cursor.execute(refusals.DROP[connection.vendor].format(name=_keeper(table)))


def is_armed(connection: BaseDatabaseWrapper) -> bool:
    """Say whether every refusal stands."""
    wanted = {refusals.name_of(refusal) for refusal in RECORD_REFUSALS} | set(map(_keeper, KEPT))
    return wanted <= refusals.standing(connection)


def _keeper(table: str) -> str:
    return f"desk_keeps_{table.removeprefix('tickets_')}"


_KEEP = {
    "sqlite": (
        """
        CREATE TRIGGER {name} BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, 'records are never deleted'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'records are never deleted' USING ERRCODE = '23514'; END $$
        """,
        """
        CREATE TRIGGER {name} BEFORE DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {name}()
        """,
        "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ),
}

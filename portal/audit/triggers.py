"""What makes the database itself refuse to change, delete, empty, skip or fork the trail.

Written for the two databases that the portal runs on. Whoever may alter the schema can drop
these; then the chain tells (docs/decisions/0003-audit-chain.md).
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from portal.audit.chain import GENESIS

_SQLITE_ARM = (
    """
    CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_auditevent
    BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END
    """,
    """
    CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_auditevent
    BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END
    """,
    # Also against INSERT OR REPLACE, which deletes without firing the trigger above.
    f"""
    CREATE TRIGGER audit_event_insert BEFORE INSERT ON audit_auditevent
    WHEN (NEW.sequence, NEW.previous) IS NOT (
        SELECT coalesce(max(sequence), 0) + 1, coalesce(max(hash), '{GENESIS}') FROM (
            SELECT sequence, hash FROM audit_auditevent ORDER BY sequence DESC LIMIT 1))
    BEGIN SELECT RAISE(ABORT, 'an audit event follows the last one'); END
    """,  # noqa: S608 - a constant of zeros
    """
    CREATE TRIGGER audit_person_update BEFORE UPDATE ON audit_auditperson
    WHEN NEW.erased_at IS NULL OR NEW.nonce || NEW.username || NEW.full_name
        || NEW.identity_number <> '' OR NEW.commitment <> OLD.commitment OR NEW.user <> OLD.user
    BEGIN SELECT RAISE(ABORT, 'an audit person is only ever emptied'); END
    """,
    """
    CREATE TRIGGER audit_person_delete BEFORE DELETE ON audit_auditperson
    BEGIN SELECT RAISE(ABORT, 'audit persons are never deleted'); END
    """,
    """
    CREATE TRIGGER audit_person_insert BEFORE INSERT ON audit_auditperson
    WHEN EXISTS (SELECT 1 FROM audit_auditperson WHERE commitment = NEW.commitment)
    BEGIN SELECT RAISE(ABORT, 'an audit person is never replaced'); END
    """,
)
_SQLITE_DISARM = tuple(
    f"DROP TRIGGER IF EXISTS audit_{table}_{verb}"
    for table in ("event", "person")
    for verb in ("update", "delete", "insert")
)

# ENABLE ALWAYS: session_replication_role = replica switches ordinary triggers off.
_POSTGRESQL_ARM = (
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit trail is only ever added to'; END $$
    """,
    f"""
    CREATE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE last record;
    BEGIN
        SELECT sequence, hash INTO last FROM audit_auditevent ORDER BY sequence DESC LIMIT 1;
        IF NEW.sequence <> coalesce(last.sequence, 0) + 1
            OR NEW.previous <> coalesce(last.hash, '{GENESIS}') THEN
            RAISE EXCEPTION 'an audit event follows the last one';
        END IF;
        RETURN NEW;
    END $$
    """,  # noqa: S608 - a constant of zeros
    """
    CREATE FUNCTION audit_only_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.erased_at IS NULL OR NEW.nonce || NEW.username || NEW.full_name
            || NEW.identity_number <> '' OR NEW.commitment <> OLD.commitment
            OR NEW."user" <> OLD."user" THEN
            RAISE EXCEPTION 'an audit person is only ever emptied';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER audit_event_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_event_insert BEFORE INSERT ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_follows()
    """,
    """
    CREATE TRIGGER audit_person_frozen BEFORE DELETE OR TRUNCATE ON audit_auditperson
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_person_update BEFORE UPDATE ON audit_auditperson
    FOR EACH ROW EXECUTE FUNCTION audit_only_emptied()
    """,
    "ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER audit_event_frozen",
    "ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER audit_event_insert",
    "ALTER TABLE audit_auditperson ENABLE ALWAYS TRIGGER audit_person_frozen",
    "ALTER TABLE audit_auditperson ENABLE ALWAYS TRIGGER audit_person_update",
)
_POSTGRESQL_DISARM = (
    "DROP FUNCTION IF EXISTS audit_refuse, audit_follows, audit_only_emptied CASCADE",
)

_SQLITE_ARMED = """
    SELECT count(*) FROM sqlite_master WHERE type = 'trigger'
    AND name GLOB 'audit_*' AND tbl_name IN ('audit_auditevent', 'audit_auditperson')
"""
_POSTGRESQL_ARMED = """
    SELECT count(*) FROM pg_trigger WHERE tgenabled = 'A'
    AND tgrelid IN ('audit_auditevent'::regclass, 'audit_auditperson'::regclass)
"""

_ARM = {"sqlite": _SQLITE_ARM, "postgresql": _POSTGRESQL_ARM}
_DISARM = {"sqlite": _SQLITE_DISARM, "postgresql": _POSTGRESQL_DISARM}
_ARMED = {"sqlite": (_SQLITE_ARMED, 6), "postgresql": (_POSTGRESQL_ARMED, 4)}


def arm(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse; safe to repeat."""
    disarm(connection)
    _execute(connection, _ARM)


def disarm(connection: BaseDatabaseWrapper) -> None:
    """Take the refusals away: for a migration that alters the tables, and for tests."""
    _execute(connection, _DISARM)


def is_armed(connection: BaseDatabaseWrapper) -> bool:
    """Say whether every refusal stands: a rebuilt table loses its triggers without a word."""
    query, expected = _ARMED[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0] == expected


def _execute(connection: BaseDatabaseWrapper, statements: dict[str, tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)

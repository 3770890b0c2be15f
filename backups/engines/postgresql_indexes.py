"""A large table's plain indexes, taken off while its rows are exchanged and made again after.

To make an index of many rows at once costs a fifth of keeping it up to date with each of them
(measured on 15: 600,000 rows), and the table is locked meanwhile. Only what nothing leans on is
taken off, and what its definition tells whole: never a key, nor what a table is clustered or
replicated by, nor a part of a partitioned index.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines.postgresql_exchange import Table, run_text
from backups.engines.postgresql_writer import rows, run

LARGE = 1 << 20  # bytes of rows, from which on it is worth it
MEMORY = "256MB"  # to sort with, of one session
_TAKE_OFF = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid),
       quote_literal(obj_description(i.indexrelid, 'pg_class'))
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = {} AND c.relname = {} AND x.relkind = 'i' AND i.indisvalid AND i.indisready
  AND NOT (i.indisunique OR i.indisexclusion OR i.indisclustered OR i.indisreplident)
  AND x.reltablespace = 0 AND NOT x.relispartition
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = x.oid
                  AND d.refclassid = 'pg_class'::regclass)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = x.oid
                  AND d.classid = 'pg_class'::regclass AND d.deptype IN ('e', 'x'))
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = x.oid
                  AND coalesce(a.attstattarget, -1) <> -1)
ORDER BY 1
"""


def take_off(old: Connection, giving: Connection, tables: Sequence[Table]) -> list[str]:
    """Drop the plain indexes of those tables that get many rows; return what makes them again."""
    back: list[str] = []
    for table in tables:
        if _size(giving, table) >= LARGE:
            for name, definition, comment in rows(old, _TAKE_OFF, table.schema, table.name):
                run_text(old, f"DROP INDEX {name}")
                back.append(definition)
                if comment:
                    back.append(f"COMMENT ON INDEX {name} IS {comment}")
    if back:
        run(old, "SET LOCAL maintenance_work_mem = {}", MEMORY)
    return back


def _size(connection: Connection, table: Table) -> int:
    ((size,),) = rows(
        connection,
        "SELECT coalesce(sum(pg_relation_size(c.oid)), 0) FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = {} AND c.relname = {}",
        table.schema,
        table.name,
    )
    return int(size)

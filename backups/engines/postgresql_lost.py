"""A table that a living PostgreSQL lost: its definition, and the foreign keys that tied it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extensions import make_dsn

from backups import process
from backups.engines import postgresql_client as client
from backups.engines import postgresql_exchange as exchange
from backups.engines.postgresql_catalogue import pattern
from backups.engines.postgresql_exchange import Table
from backups.engines.postgresql_writer import rows, writer
from backups.specs import Fetched, SourceSpec

_NAME = r'(?:"(?:[^"]|"")+"|[^\s."(]+)'
# What pg_restore prints to tie a table to another: the key, and perhaps its comment.
_ADDED = re.compile(
    rf"ALTER TABLE (?:ONLY )?({_NAME}\.{_NAME})\s+ADD CONSTRAINT ({_NAME}) FOREIGN KEY"
    rf" .*? REFERENCES ({_NAME}\.{_NAME})\(.*?;$",
    re.DOTALL | re.MULTILINE,
)
_TIES = re.compile(
    rf"{_ADDED.pattern}|^COMMENT ON CONSTRAINT {_NAME} ON {_NAME}\.{_NAME} IS"
    r" E?'(?:[^']|'')*';$",
    re.DOTALL | re.MULTILINE,
)


def newest_pg_restore() -> str:
    """Return the program that reads any dump's table of contents."""
    return max(client.installed_tools(), key=lambda tools: tools.major).path("pg_restore")


def foreign_keys(fetched: Fetched, lines: tuple[str, ...]) -> list[str]:
    """Return the statements that tie the tables to others, which the place does not have."""
    if not lines:
        return []
    printed = process.run(
        (
            newest_pg_restore(),
            "--use-list=/dev/stdin",
            "--file=-",
            str(fetched.dump / "data"),
        ),
        input_from=("\n".join(lines).encode() + b"\n",),
        keep_all=True,
    )
    return [match[0] for match in _TIES.finditer(printed.stdout)]


def define(live: SourceSpec, new: Connection, old: Connection, gone: Sequence[Table]) -> None:
    """Define in live the tables that it lost, exactly as the loaded ones are defined."""
    tools = client.tools_for(live, new.server_version)
    ((database,),) = rows(new, "SELECT current_database()::text")
    wanted = [f"--table={pattern(table.schema, table.name)}" for table in gone]
    printed = process.run(
        (
            tools.path("pg_dump"),
            "--schema-only",
            "--no-password",
            *wanted,
            f"--dbname={make_dsn(dbname=database)}",
        ),
        extra_environment=client.environment(writer(live)),
        keep_all=True,
    )
    if not printed.ok:
        raise client.tool_error(live, printed)
    random = ("\\restrict ", "\\unrestrict ")
    text = "\n".join(each for each in printed.stdout.split("\n") if not each.startswith(random))
    with old.cursor() as cursor:
        cursor.execute(text)
    exchange.print_plainly(old)


def missing_keys(old: Connection, statements: Sequence[str]) -> list[str]:
    """Return those foreign keys of the copy that live lacks and that it has the tables for.

    The comment on a foreign key comes with it.
    """
    there = set(
        rows(
            old,
            "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
            " WHERE contype = 'f'",
        )
    )
    missing: dict[str, list[str]] = {}
    for statement in statements:
        if added := _ADDED.match(statement):
            table, name, referenced = added.groups()
            known = rows(old, "SELECT to_regclass({}), to_regclass({})", table, referenced)
            if None not in known[0] and (table, name) not in there:
                missing[f"COMMENT ON CONSTRAINT {name} ON {table} "] = [statement]
        else:
            for head, both in missing.items():
                if statement.startswith(head):
                    both.append(statement)
    return [statement for both in missing.values() for statement in both]

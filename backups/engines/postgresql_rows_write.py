"""Rows of a living PostgreSQL table written back, in one transaction of its restoring user."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg2
import psycopg2.extensions
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines.postgresql_rows import AS_PRINTED, PRINT_SETTINGS, PostgreSQLReader
from backups.engines.postgresql_writer import run, writing
from backups.engines.rows import RowPlan, TableShape
from backups.errors import RestoreFailed
from backups.rowdiff import Cell, Row
from backups.specs import SourceSpec

STAGED = "pulih_baris"
BATCH = 500
KEPT_AS_IT_IS = ("search_path",)  # triggers of the table may need it


class PostgreSQLRowWriters:
    """Writes rows of PostgreSQL; contract: backups.engines.rows.RowWriters."""

    kind = "postgresql"

    @contextmanager
    def writing(self, live: SourceSpec) -> Iterator[PostgreSQLRowWriter]:
        """Open a transaction; see backups.engines.rows."""
        with writing(live, live.database) as connection:
            run(connection, "BEGIN")
            for name, value in PRINT_SETTINGS.items():
                if name not in KEPT_AS_IT_IS:
                    run(connection, "SELECT pg_catalog.set_config({}, {}, true)", name, value)
            try:
                yield PostgreSQLRowWriter(connection)
                run(connection, "COMMIT")
            except psycopg2.errors.IntegrityError as error:
                raise RestoreFailed(
                    f"Source {live.name} refused the rows: {' '.join(str(error).split())}.",
                    advice="Bring back first what they refer to; nothing was written.",
                ) from error


@dataclass(frozen=True, slots=True)
class PostgreSQLRowWriter:
    """One transaction."""

    connection: Connection

    def shape(self, table: str) -> TableShape | None:
        """Return the table's shape."""
        return PostgreSQLReader(self.connection).shape(table)

    def standing(self, plan: RowPlan, row: Mapping[str, object]) -> list[Row]:
        """Lock and return what stands there."""
        statement = sql.SQL("SELECT {cells} FROM ONLY {table} WHERE {found} FOR UPDATE").format(
            cells=_listed(plan.names), table=self._table(plan), found=self._found(plan, row)
        )
        with self.connection.cursor() as cursor:
            psycopg2.extensions.register_type(AS_PRINTED, cursor)
            cursor.execute(statement)
            return list(cursor.fetchall())

    def insert(self, plan: RowPlan, rows: Sequence[Mapping[str, object]]) -> None:
        """Write the rows by one statement: what refers to what is checked at its end.

        Their own numbers are kept, and the sequences behind them go on from the highest.
        """
        with self._staged(plan, rows) as staged:
            self._run(
                sql.SQL(
                    "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
                    " SELECT {names} FROM {staged}"
                ).format(table=self._table(plan), names=_listed(plan.names), staged=staged)
            )
        self._go_on_numbering(plan)

    @contextmanager
    def _staged(
        self, plan: RowPlan, rows: Sequence[Mapping[str, object]]
    ) -> Iterator[sql.Composable]:
        """Put the rows into a table of this session, so that one statement reads them all."""
        names = _listed(plan.names)
        self._run(
            sql.SQL(
                "CREATE TEMP TABLE {staged} ON COMMIT DROP AS"
                " SELECT {names} FROM {table} WITH NO DATA"
            ).format(staged=sql.Identifier(STAGED), names=names, table=self._table(plan))
        )
        staged = sql.Identifier("pg_temp", STAGED)
        for start in range(0, len(rows), BATCH):
            values = sql.SQL(", ").join(
                sql.SQL("({})").format(sql.SQL(", ").join(sql.Literal(row[n]) for n in plan.names))
                for row in rows[start : start + BATCH]
            )
            self._run(sql.SQL("INSERT INTO {} VALUES {}").format(staged, values))
        yield staged
        self._run(sql.SQL("DROP TABLE {}").format(staged))

    def update(self, plan: RowPlan, row: Mapping[str, object], columns: Collection[str]) -> None:
        """Set these columns."""
        changes = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(row[name]))
            for name in columns
        )
        self._run(
            sql.SQL("UPDATE ONLY {table} SET {changes} WHERE {found}").format(
                table=self._table(plan), changes=changes, found=self._found(plan, row)
            )
        )

    def delete(self, plan: RowPlan, rows: Sequence[tuple[Mapping[str, object], int]]) -> None:
        """Remove the rows, those with a key by one statement: see `insert`."""
        if not plan.key:
            for row, copies in rows:
                self._delete_equal(plan, row, copies)
            return
        alike = sql.SQL(" AND ").join(
            sql.SQL("t.{name} = s.{name}").format(name=sql.Identifier(name)) for name in plan.key
        )
        with self._staged(plan, [row for row, _ in rows]) as staged:
            self._run(
                sql.SQL("DELETE FROM ONLY {table} t USING {staged} s WHERE {alike}").format(
                    table=self._table(plan), staged=staged, alike=alike
                )
            )

    def _delete_equal(self, plan: RowPlan, row: Mapping[str, object], copies: int) -> None:
        self._run(
            sql.SQL(
                "DELETE FROM ONLY {table} WHERE ctid = ANY (ARRAY("
                "SELECT ctid FROM ONLY {table} WHERE {found} LIMIT {copies}))"
            ).format(
                table=self._table(plan),
                found=self._found(plan, row),
                copies=sql.Literal(copies),
            )
        )

    def printed(self, cell: Cell) -> object:
        """Return the cell as it is."""
        return cell

    def _found(self, plan: RowPlan, row: Mapping[str, object]) -> sql.Composable:
        """Return what finds the row: its key by the key's own types, else all as printed."""
        if plan.key:
            parts = (
                sql.SQL("{} IS NOT DISTINCT FROM {}").format(
                    sql.Identifier(name), sql.Literal(row[name])
                )
                if row[name] is None
                else sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(row[name]))
                for name in plan.key
            )
        else:
            parts = (
                sql.SQL("ROW({})::text = ROW(CAST({} AS {}))::text").format(
                    sql.Identifier(column.name),
                    sql.Literal(row[column.name]),
                    sql.SQL(column.type),
                )
                for column in plan.columns
            )
        return sql.SQL(" AND ").join(parts) if plan.columns else sql.SQL("true")

    def _go_on_numbering(self, plan: RowPlan) -> None:
        """Let each sequence of the table stand at least at the highest number that it gave."""
        table = self._table(plan).as_string(self.connection)
        for column in plan.columns:
            if not column.whole:
                continue
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", (table, column.name))
                ((sequence,),) = cursor.fetchall()
            if sequence:
                self._run(
                    sql.SQL(
                        "SELECT setval({sequence}, highest) FROM (SELECT max({name}) AS highest"
                        " FROM {table}) t WHERE highest >= (SELECT last_value FROM {plain})"
                    ).format(
                        sequence=sql.Literal(sequence),
                        name=sql.Identifier(column.name),
                        table=self._table(plan),
                        plain=sql.SQL(sequence.replace("{", "{{").replace("}", "}}")),
                    )
                )

    def _table(self, plan: RowPlan) -> sql.Composable:
        return PostgreSQLReader(self.connection).table(plan.table)

    def _run(self, statement: sql.Composable) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)


def _listed(names: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, names))

"""Cuts the one stream of mariadb-dump into parts while it passes: pure, no files, no processes.

A cut falls only between two statements, as the mariadb client itself would separate them, so
nothing that a row, a name or a routine's body says can ever cut. Rows are not parsed: their end
is a line that no row can hold, because the dump writes a newline inside a value as the two
characters backslash and n.

The parts laid end to end are the stream, but for two things that name the database and would
reach from a copy into the original: `ALTER DATABASE name` (around routines older than the
database's collation) and `TRIGGER name.t ... ON name.x` lose that name.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Protocol

from backups.engines.mariadb_sql import (
    DEFINITION,
    NAME,
    fingerprint_text,
    plain_name,
    statement_end,
    trigger_of_any_schema,
)

SECTIONS = {
    b"Table structure for table": "table",
    b"Temporary table structure for view": "placeholder",
    b"Temporary view structure for view": "placeholder",
    b"Final view structure for view": "view",
    b"Sequence structure for": "sequence",
    b"Dumping events for database": "events",
    b"Dumping routines for database": "routines",
}
INSERT_HEAD_LIMIT = 4 << 20  # bytes: 4096 columns with names of 64 letters fit in

_GAP = re.compile(rb"(?:\s+|--[ \t][^\n]*\n|--\n|#[^\n]*\n)*")
_SECTION = re.compile(rb"(?:^|\n)--\n-- (" + b"|".join(SECTIONS) + rb") ")
_DELIMITER = re.compile(rb"DELIMITER (\S+)[ \t]*\n")
_LINE_END = re.compile(rb"[ \t]*(?:\n|(?=[^ \t\n]))")
_FOOTER = b"/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */"
_COMPLETED = re.compile(rb"\s*-- Dump completed[^\n]*\s*\Z")
_DROP = re.compile(rb"(?:/\*!\d+ )?DROP (?:TABLE|VIEW|SEQUENCE) IF EXISTS (" + NAME + b")")
_ROWS_FOLLOW = re.compile(rb"/\*!40000 ALTER TABLE (" + NAME + rb") DISABLE KEYS \*/\Z")
_NO_AUTOCOMMIT = b"set autocommit=0;\n"  # before the rows, from MariaDB's tool up to 10.11.7
_INSERT = re.compile(
    rb"INSERT INTO %(n)s(?: \(%(n)s(?:, ?%(n)s)*\))? VALUES(?P<end>\n| \()" % {b"n": NAME}
)
_SETVAL = re.compile(rb"(?:DO|SELECT) SETVAL\(")
_ALTER_DATABASE = re.compile(rb"\AALTER DATABASE " + NAME + rb" (?=CHARACTER SET )")
_CONTEXT = re.compile(
    rb"(?:/\*!\d+ )?SET (sql_mode|character_set_client|character_set_results"
    rb"|collation_connection|time_zone)\s*=\s*('[^']*'|[\w+:]+)"
)
_CONTEXT_ENDS = re.compile(rb"(?:/\*!\d+ )?SET sql_mode\s*=\s*@saved_sql_mode")


class Malformed(ValueError):
    """What came is no whole dump; the text goes on after "the dump"."""


class Sink(Protocol):
    """Where the parts go. What `write` is given must be used up before it comes back."""

    def begin(self, kind: str, name: str) -> None:
        """Begin the next part."""

    def write(self, data: bytes | memoryview) -> None:
        """Take more of the part that was begun last."""


class Cutter:
    """Takes the dump in chunks of any size; the same bytes give the same parts, however chunked.

    Kinds of parts: header, table (up to its rows), rows (its INSERT statements and nothing
    else), after (the rest of that table, with its triggers), sequence, placeholder (of a view),
    view, events, routines, footer.
    `definitions` maps (kind, name) to the SHA-256 of what makes the object; `rows` counts each
    table's rows; `values` holds each sequence's statement that sets its value.
    """

    def __init__(self, sink: Sink) -> None:
        self.definitions: dict[tuple[str, str], str] = {}
        self.rows: dict[str, int] = {}
        self.values: dict[str, bytes] = {}
        self._sink = sink
        self._buffer = b""
        self._at = 0
        self._delimiter = b";"
        self._sql_mode = b""
        self._table: _Rows | None = None
        self._begin("header", "")

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; raise Malformed at what no known dump tool writes."""
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        while self._pass_rows(self._table) if self._table else self._pass_statement():
            pass

    def finish(self) -> None:
        """Take the end; raise Malformed when the dump does not say that it is complete."""
        rest = self._buffer[self._at :]
        if self._table or not _COMPLETED.match(rest):
            raise Malformed("stops before its end line: the tool did not finish it")
        self._sink.write(rest)

    def _begin(self, kind: str, name: str) -> None:
        self._kind, self._name = kind, name
        self._context: dict[bytes, bytes] = {}
        self._sink.begin(kind, name)

    def _pass_statement(self) -> bool:
        """Pass one statement with the comments before it; False when it is not all here yet."""
        buffer, start = self._buffer, self._at
        gap = _GAP.match(buffer, start)
        begin = gap.end() if gap else start
        if buffer.startswith(b"DELIMITER ", begin):
            return self._pass_delimiter(begin)
        end = statement_end(buffer, begin, self._delimiter, self._sql_mode)
        line_end = _LINE_END.match(buffer, end + len(self._delimiter)) if end >= 0 else None
        if not line_end:
            return False
        stop = line_end.end()
        if _ROWS_FOLLOW.match(buffer[begin:end]):
            following = buffer[stop : stop + len(_NO_AUTOCOMMIT)]
            if following == _NO_AUTOCOMMIT:
                stop += len(following)
            elif _NO_AUTOCOMMIT.startswith(following):  # not all here yet
                return False
        self._at = stop
        self._take(buffer[start:begin], buffer[begin:end], buffer[end:stop])
        return True

    def _pass_delimiter(self, begin: int) -> bool:
        command = _DELIMITER.match(self._buffer, begin)
        if not command:
            return False
        self._delimiter = command[1]
        self._sink.write(self._buffer[self._at : command.end()])
        self._at = command.end()
        return True

    def _take(self, before: bytes, statement: bytes, after: bytes) -> None:
        if statement == _FOOTER:
            self._begin("footer", "")
        elif titles := _SECTION.findall(before):  # the last: sections without events stay empty
            dropped = _DROP.match(statement)
            self._begin(SECTIONS[titles[-1]], plain_name(dropped[1]) if dropped else "")
        self._sink.write(before + self._noted(statement) + after)
        if follow := _ROWS_FOLLOW.match(statement):
            self._table = _Rows(follow[1])
            self._begin("rows", plain_name(follow[1]))

    def _noted(self, statement: bytes) -> bytes:
        """Keep what the statement says about an object, and return it as it is stored."""
        if statement.startswith(b"INSERT "):
            raise Malformed("holds rows where none are expected")
        if context := _CONTEXT.match(statement):
            self._context[context[1]] = context[2]
            self._sql_mode = self._context.get(b"sql_mode", b"")
        elif _CONTEXT_ENDS.match(statement):
            self._context, self._sql_mode = {}, b""
        elif self._kind == "sequence" and _SETVAL.match(statement):
            self.values[self._name] = statement
        elif self._kind != "placeholder" and (found := DEFINITION.match(statement)):
            return self._defined(statement, found)
        return _ALTER_DATABASE.sub(b"ALTER DATABASE ", statement)

    def _defined(self, statement: bytes, found: re.Match[bytes]) -> bytes:
        """Keep the definition's SHA-256, over the settings that it was made under as well."""
        kind = found["kind"].decode().lower()
        if kind == "trigger":
            statement = trigger_of_any_schema(statement, found)
        digest = sha256(b"".join(b"%s=%s\n" % each for each in sorted(self._context.items())))
        digest.update(fingerprint_text(statement))
        self.definitions[kind, plain_name(found["name"])] = digest.hexdigest()
        self._context = {}
        return statement

    def _pass_rows(self, table: _Rows) -> bool:
        """Pass the rows up to their end, or all but what may be the beginning of it."""
        buffer, start = self._buffer, self._at
        end = buffer.find(table.end, start)
        stop = end if end >= 0 else max(start, len(buffer) - len(table.end) + 1)
        if not table.counted(buffer, start, stop):
            return False
        self._sink.write(memoryview(buffer)[start:stop])
        self._at = stop
        if end < 0:
            return False
        self.rows[self._name] = table.rows
        self._table = None
        self._begin("after", self._name)
        return True


class _Rows:
    """One table's INSERT statements: where they end, and how many rows they hold.

    A row stands on a line of its own. With a column list, and from clients that write one row a
    statement, the first row stands behind its INSERT instead.
    """

    def __init__(self, quoted_name: bytes) -> None:
        self.end = b"/*!40000 ALTER TABLE " + quoted_name + b" ENABLE KEYS */;\n"
        self._lines = _Occurrences(b"\n(")
        self._inserts = _Occurrences(b"\nINSERT INTO " + quoted_name)
        self._off_by: int | None = None  # for each INSERT, once its head is known

    @property
    def rows(self) -> int:
        return self._lines.found + (self._off_by or 0) * self._inserts.found

    def counted(self, buffer: bytes, start: int, stop: int) -> bool:
        """Count the rows in buffer[start:stop]; False while the first INSERT is not all here."""
        if self._off_by is None and stop > start:
            head = _INSERT.match(buffer, start)
            if not head:
                return self._waits(buffer, start, stop)
            # A name in the head may itself hold a newline and a bracket.
            self._off_by = (head["end"] == b" (") - head[0].count(b"\n(")
        self._lines.add(buffer, start, stop)
        if self._off_by:
            self._inserts.add(buffer, start, stop)
        return True

    def _waits(self, buffer: bytes, start: int, stop: int) -> bool:
        if not b"INSERT INTO ".startswith(buffer[start : start + 12]):
            raise Malformed("holds rows in a form that no known client writes")
        if stop - start > INSERT_HEAD_LIMIT or buffer.startswith(self.end, stop):
            raise Malformed("holds an INSERT without an end")
        return False


class _Occurrences:
    """Counts a pattern in a stream that comes in pieces and begins at a line's start."""

    def __init__(self, pattern: bytes) -> None:
        self.found = 0
        self._pattern = pattern
        self._tail = b"\n"

    def add(self, buffer: bytes, start: int, stop: int) -> None:
        width = len(self._pattern) - 1
        seam = self._tail + buffer[start : min(stop, start + width)]
        self.found += seam.count(self._pattern) + buffer.count(self._pattern, start, stop)
        self._tail = (self._tail + buffer[max(start, stop - width) : stop])[-width:]

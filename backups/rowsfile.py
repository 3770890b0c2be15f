"""The rows format: what differs in one table, as JSON lines. Pure but for the file itself.

The first line is the head, `{"format": "pulih-rows/1", "source", "snapshot", "manifest_sha256",
"table", "key", "columns"}`; then one line a row, `{"verdict": "missing"|"changed"|"extra", "key",
"backup", "live", "columns", "copies"}`, values as the server prints them. A comparison writes it,
a person picks from it, a restore applies it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

import orjson

from backups.engines.rows import RowPlan
from backups.errors import BackupError
from backups.rowdiff import Cell, Difference, Row

FORMAT = "pulih-rows/1"
LONGEST_LINE = 64 << 20
Printed = Callable[[Cell], object]


@dataclass(frozen=True, slots=True)
class RowsHead:
    """The first line."""

    source: str
    snapshot: int
    manifest_sha256: str
    table: str
    engine: str = ""
    key: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def line(self) -> bytes:
        """Return it as it is written."""
        facts = {name: getattr(self, name) for name in self.__slots__}
        return orjson.dumps({"format": FORMAT, **facts}) + b"\n"


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row that differs, as its line says it. `columns` are those whose values differ."""

    verdict: str
    key: dict[str, Any]
    backup: dict[str, Any] | None
    live: dict[str, Any] | None
    columns: tuple[str, ...] = ()
    copies: int = 1

    def line(self) -> bytes:
        """Return it as it is written."""
        return orjson.dumps({name: getattr(self, name) for name in self.__slots__}) + b"\n"


def row_line(plan: RowPlan, difference: Difference, printed: Printed) -> RowLine:
    """Return a difference in words."""
    names = plan.names

    def told(row: Row | None) -> dict[str, object] | None:
        return None if row is None else dict(zip(names, map(printed, row), strict=False))

    backup, live = told(difference.backup), told(difference.live)
    seen = backup if backup is not None else live or {}
    return RowLine(
        difference.verdict,
        {name: seen[name] for name in plan.key},
        backup,
        live,
        tuple(names[at] for at in difference.columns if at < len(names)),
        difference.copies,
    )


@dataclass(slots=True)
class RowsWriter:
    """Writes a rows file; it has its name only when it is whole.

    `most` rows are kept, and `left_out` counts those that came after.
    """

    path: Path
    head: RowsHead
    most: int
    rows: int = 0
    left_out: int = 0
    size: int = 0
    sha256: str = ""
    _digest: Any = field(default_factory=hashlib.sha256)
    _file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._file = self._part.open("wb")
        self._write(self.head.line())
        return self

    def add(self, row: RowLine) -> None:
        """Write one row more."""
        if self.rows >= self.most:
            self.left_out += 1
            return
        self.rows += 1
        self._write(row.line())

    def _write(self, line: bytes) -> None:
        if self._file:
            self._file.write(line)
        self._digest.update(line)
        self.size += len(line)

    def __exit__(self, kind: object, *_: object) -> None:
        if self._file:
            self._file.close()
        if kind is None and self.rows:
            self.sha256 = self._digest.hexdigest()
            self._part.chmod(0o640)
            self._part.rename(self.path)
        else:
            self._part.unlink()

    @property
    def _part(self) -> Path:
        return self.path.with_suffix(".part")


def read_head(path: Path) -> RowsHead:
    """Return the first line of a rows file; raise BackupError when it is none."""
    with path.open("rb") as file:
        return parse_head(file.readline(LONGEST_LINE))


def parse_head(line: bytes) -> RowsHead:
    """Return the head that this line says."""
    facts = _json(line)
    if facts.get("format") != FORMAT:
        raise BackupError(
            "This is no file of picked rows: its first line does not say pulih-rows/1."
        )
    try:
        return RowsHead(
            source=str(facts["source"]),
            snapshot=int(facts["snapshot"]),
            manifest_sha256=str(facts["manifest_sha256"]),
            table=str(facts["table"]),
            engine=str(facts.get("engine", "")),
            key=tuple(facts["key"]),
            columns=tuple(facts["columns"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"The rows file's first line lacks {error}.") from error


def read_rows(path: Path) -> Iterator[RowLine]:
    """Yield the rows of a file; raise BackupError at a line that is none."""
    with path.open("rb") as file:
        file.readline(LONGEST_LINE)
        for line in file:
            yield parse_row(line)


def parse_row(line: bytes) -> RowLine:
    """Return the row that this line says."""
    facts = _json(line)
    try:
        row = RowLine(
            verdict=facts["verdict"],
            key=facts["key"],
            backup=facts["backup"],
            live=facts["live"],
            columns=tuple(facts.get("columns", ())),
            copies=int(facts.get("copies", 1)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"A line of the rows file lacks {error}.") from error
    if row.verdict not in {"missing", "changed", "extra"}:
        raise BackupError(f"A line of the rows file says {row.verdict!r}, which is no verdict.")
    return row


def _json(line: bytes) -> dict[str, Any]:
    try:
        facts = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BackupError(f"The rows file is damaged: {error}.") from error
    if not isinstance(facts, dict):
        raise BackupError("The rows file is damaged: a line is no object.")
    return facts

"""The archive that people get: a ZIP of tables as CSV, the dump itself, or the folder's files.

It is written from front to end and never sought in, so that it can leave encrypted as it comes
into being. Each member's SHA-256 is noted as it goes by and stands in SHA256SUMS. Pure.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import stat
import struct
import time
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backups.engines.files_names import encode_name
from backups.engines.rows import RowPlan, RowReader
from backups.errors import Cancelled
from backups.rowdiff import Cell
from backups.specs import Watch
from portal.lib.spreadsheet import FORMULA_SIGNS

READ_AT_ONCE = 1 << 20
BIG = 1 << 30  # from here on a member's size is kept in 64 bits
EARLIEST = time.struct_time((1980, 1, 1, 0, 0, 0, 0, 1, 0))  # ZIP knows no time before
LATEST_YEAR = 2107
NUMBER = re.compile(r"[+-](?:\d+(?:[.,]\d+)*|\.\d+)(?:[eE][+-]?\d+)?")
UNFIT = re.compile(r"[^\w.$ -]")
SUMS = "SHA256SUMS"
README = "README.txt"
FIRST_SUMS = 60  # of the sums so many stand in README.txt too
_UNIX = 3  # ZIP, 4.4.2: attributes are those of UNIX
_TIMES = 0x5455  # Info-ZIP's extended timestamp: the seconds since 1970, UTC


@dataclass(slots=True)
class Packing:
    """One archive being written to `into`."""

    into: Any
    watch: Watch
    total: int = 0
    sums: list[tuple[str, str]] = field(default_factory=list)
    _done: int = 0
    _zip: zipfile.ZipFile = field(init=False)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.into, "w", zipfile.ZIP_DEFLATED, compresslevel=5)

    def add_file(self, path: str | bytes, name: str) -> None:
        """Add a file with its name, mode and time."""
        with open(path, "rb") as file:  # noqa: PTH123 - names on disk may be bytes
            about = os.fstat(file.fileno())
            pieces = iter(lambda: file.read(READ_AT_ONCE), b"")
            self.add(_info(name, about), pieces, about.st_size)

    def add(self, info: zipfile.ZipInfo, pieces: Iterable[bytes], size: int) -> None:
        """Add a member out of its pieces; `size` is what they will about be, in bytes."""
        digest = hashlib.sha256()
        with self._zip.open(info, "w", force_zip64=size > BIG) as member:
            for piece in pieces:
                if self.watch.stopped():
                    raise Cancelled("The work was cancelled.")
                digest.update(piece)
                member.write(piece)
                self._done += len(piece)
                self.watch.advance(min(self._done, self.total), self.total)
        self.sums.append((info.filename, digest.hexdigest()))

    def add_text(self, name: str, text: str) -> None:
        """Add a small text of our own."""
        self._zip.writestr(_plain_info(name), text.encode())

    def add_tree(
        self, root: Path, prefix: str, wanted: Callable[[str], bool] = lambda _: True
    ) -> None:
        """Add what stands below `root` and is wanted, by its name as a manifest has it.

        Links are kept as links; what is neither file, folder nor link is left out.
        """
        for path, about in _walked(os.fsencode(root), b""):
            name = encode_name(path)
            if not wanted(name):
                continue
            full = os.path.join(os.fsencode(root), path)  # noqa: PTH118 - bytes
            member = f"{prefix}{name}"
            if stat.S_ISREG(about.st_mode):
                self.add_file(full, member)
            elif stat.S_ISDIR(about.st_mode):
                self._zip.writestr(_info(f"{member}/", about), b"")
            elif stat.S_ISLNK(about.st_mode):
                self._zip.writestr(_info(member, about), os.readlink(full))  # noqa: PTH115 - bytes

    def add_table(self, name: str, reader: RowReader, size: int) -> int:
        """Add a table's rows as CSV; return how many there were."""
        shape = reader.shape(name)
        if shape is None or not shape.columns:
            return 0
        plan = RowPlan(name, shape.columns, shape.keys[0] if shape.keys else ())
        counted = _Counted(plan.names)
        rows = (row for batch in reader.rows(plan, None) for row in batch)
        self.add(_plain_info(self._free(csv_name(name))), counted.lines(rows), size)
        return counted.rows

    def add_rows(
        self, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]], size: int
    ) -> int:
        """Add these rows as CSV; return how many there were."""
        counted = _Counted(columns)
        self.add(_plain_info(csv_name(name)), counted.lines(rows), size)
        return counted.rows

    def _free(self, name: str) -> str:
        """Return the name, or one beside it where two tables would have the same file."""
        taken = {said.lower() for said, _ in self.sums}
        stem, tries, free = name.removesuffix(".csv"), 1, name
        while free.lower() in taken:
            tries += 1
            free = f"{stem}-{tries}.csv"
        return free

    def finish(self, read_me: str) -> None:
        """Add the sums and README.txt, and write the end."""
        lines = [sum_line(name, digest) for name, digest in self.sums]
        self.add_text(SUMS, "".join(lines))
        told = "".join(lines[:FIRST_SUMS])
        if len(lines) > FIRST_SUMS:
            told += f"... dan {len(lines) - FIRST_SUMS} lagi di {SUMS}\n"
        self.add_text(README, f"{read_me}\n{told}")
        self._zip.close()


@dataclass(slots=True)
class _Counted:
    """Turns rows into lines of CSV and counts them."""

    columns: Sequence[str]
    rows: int = 0

    def lines(self, rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
        yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode()  # or Excel takes it for Latin-1
        buffer = io.StringIO()
        csv.writer(buffer).writerow(self.columns)
        width = len(self.columns)
        for row in rows:
            self.rows += 1
            buffer.write(",".join(map(csv_cell, row[:width])) + "\r\n")
            if buffer.tell() > READ_AT_ONCE:
                yield _emptied(buffer)
        yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "surrogateescape")


def csv_cell(cell: Cell | object) -> str:
    """Return a value as CSV: nothing for NULL, "" for an empty text, 0x... for bytes.

    A text that a spreadsheet would carry out gets an apostrophe before it (OWASP, CSV injection);
    a number stays one, whatever its sign.
    """
    match cell:
        case None:
            return ""
        case bytes():
            return f"0x{cell.hex()}"
        case {"hex": digits}:
            return f"0x{digits}"
        case str():
            acts = cell.startswith(FORMULA_SIGNS) and not NUMBER.fullmatch(cell)
            text = f"'{cell}" if acts else cell
            plain = text and not any(sign in text for sign in ',"\r\n') and text == text.strip()
            return text if plain else '"' + text.replace('"', '""') + '"'
    return str(cell)


def csv_name(table: str) -> str:
    """Return the member's name for a table: whatever a file cannot be called becomes "_"."""
    name = UNFIT.sub("_", table).strip(". ")
    return f"csv/{name or '_'}.csv"


def sum_line(name: str, digest: str) -> str:
    """Return a line that `sha256sum -c` reads, also for names with a backslash or a line's end."""
    plain = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "" if plain == name else "\\"
    return f"{mark}{digest}  {plain}\n"


def _plain_info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time.gmtime()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = (stat.S_IFREG | 0o640) << 16
    return info


def _info(name: str, about: os.stat_result) -> zipfile.ZipInfo:
    """Return a member's head: its time to two seconds by the clock, and exactly, in UTC."""
    clock = time.localtime(about.st_mtime)
    shown = clock if EARLIEST.tm_year <= clock.tm_year <= LATEST_YEAR else EARLIEST
    info = zipfile.ZipInfo(name, shown[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = about.st_mode << 16
    seconds = int(about.st_mtime)
    if -(1 << 31) <= seconds < 1 << 31:
        info.extra = struct.pack("<HHBl", _TIMES, 5, 1, seconds)
    return info


def _walked(root: bytes, below: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """Yield the paths below `root`, a folder before what it holds."""
    with os.scandir(os.path.join(root, below)) as entries:  # noqa: PTH118 - bytes
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        path = os.path.join(below, entry.name)  # noqa: PTH118 - bytes
        about = entry.stat(follow_symlinks=False)
        yield path, about
        if stat.S_ISDIR(about.st_mode):
            yield from _walked(root, path)


def sizes_of(tables: Collection[str], entries: Iterable[Any]) -> dict[str, int]:
    """Return the bytes of each of these tables, as the manifest has them."""
    return {
        each.name: each.bytes for each in entries if each.kind == "table" and each.name in tables
    }

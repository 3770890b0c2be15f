"""Which rows of a comparison are meant: by what became of them, by key, by a column. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backups.errors import BackupError
from backups.rowsfile import LONGEST_LINE, RowLine, RowsHead, parse_head, parse_row

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class RowFilter:
    """What is asked for; an empty word asks for nothing.

    `verdicts` of the rows; none: all. `first` and `last` bound the key's first column, both ends
    included: as numbers where both sides are such, else by their signs. `column` has `value` on
    either side, or `holds` it anywhere in it; without a column any of them may.
    """

    verdicts: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    column: str = ""
    value: str = ""
    holds: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> RowFilter:
        """Return the filter that a pick keeps."""
        known = {name: facts[name] for name in cls.__slots__ if name in facts}
        return cls(**{**known, "verdicts": tuple(known.get("verdicts", ()))})

    def facts(self) -> dict[str, Any]:
        """Return it as a pick keeps it."""
        kept = {name: value for name, value in asdict(self).items() if value}
        return {**kept, **({"verdicts": list(self.verdicts)} if self.verdicts else {})}

    def __bool__(self) -> bool:
        return bool(self.facts())

    def takes(self, row: RowLine) -> bool:
        """Say whether the row is meant."""
        if self.verdicts and row.verdict not in self.verdicts:
            return False
        if (self.first or self.last) and not self._within(row):
            return False
        return not (self.value or self.holds) or any(map(self._fits, self._cells(row)))

    def _within(self, row: RowLine) -> bool:
        place = next(iter(row.key.values()), None)
        if place is None:
            return False
        here = str(place)
        after = not self.first or _rises(self.first, here)
        return after and (not self.last or _rises(here, self.last))

    def _cells(self, row: RowLine) -> Iterator[str]:
        for side in (row.backup, row.live):
            for name, cell in (side or {}).items():
                if not self.column or name == self.column:
                    yield told(cell)

    def _fits(self, cell: str) -> bool:
        if self.value and cell != self.value:
            return False
        return not self.holds or self.holds.lower() in cell.lower()


def _rises(low: str, high: str) -> bool:
    if _NUMBER.fullmatch(low) and _NUMBER.fullmatch(high):
        return float(low) <= float(high) if "." in low + high else int(low) <= int(high)
    return low <= high


def told(cell: object) -> str:
    """Return a printed cell as people read and type it: NULL, a number, bytes by digits."""
    match cell:
        case None:
            return "NULL"
        case {"hex": str(digits)}:
            return f"0x{digits}"
        case {"real": str(number)}:
            return number
        case {"text_hex": str(digits)}:
            return bytes.fromhex(digits).decode("utf-8", "replace")
    return str(cell)


class RowsFile:
    """A comparison's file, read as long as it is the very one that was written.

    `lines` and `taken` raise BackupError at the end when its SHA-256 is another.
    """

    def __init__(self, path: Path, sha256: str) -> None:
        self._path = path
        self._sha256 = sha256

    def head(self) -> tuple[RowsHead, bytes]:
        """Return the first line, read and as it stands."""
        try:
            with self._path.open("rb") as file:
                line = file.readline(LONGEST_LINE)
        except OSError as error:
            raise BackupError("The comparison's file is gone.", advice="Compare again.") from error
        return parse_head(line), line

    def taken(self, wanted: RowFilter) -> Iterator[tuple[RowLine, bytes]]:
        """Yield the rows that are meant, read and as they stand."""
        digest = hashlib.sha256()
        try:
            with self._path.open("rb") as file:
                digest.update(file.readline(LONGEST_LINE))
                for line in file:
                    digest.update(line)
                    row = parse_row(line)
                    if wanted.takes(row):
                        yield row, line
        except OSError as error:
            raise BackupError("The comparison's file is gone.", advice="Compare again.") from error
        if digest.hexdigest() != self._sha256:
            raise BackupError(
                "The comparison's file is not the one that was written.", advice="Compare again."
            )

"""The files that one dump is cut into, and their list."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from backups.errors import DumpFailed

LIST_NAME = "parts.jsonl"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the dump; `file` is relative to the dump's folder."""

    file: str
    kind: str
    name: str
    bytes: int
    sha256: str


class Parts:
    """Writes each part into a file of its own, numbered so that `cat data/*.sql` is the dump."""

    def __init__(self, folder: Path) -> None:
        self.finished: list[Part] = []
        self._folder = folder
        self._file: BinaryIO | None = None
        (folder / "data").mkdir()

    def begin(self, kind: str, name: str) -> None:
        """End the part before, if any, and begin the next."""
        self.close()
        safe = _UNSAFE.sub("_", name)[:60]
        label = f"{safe}.{kind}" if safe else kind
        self._path = f"data/{len(self.finished):06d}-{label}.sql"
        self._kind, self._name, self._bytes = kind, name, 0
        self._digest = hashlib.sha256()
        self._file = (self._folder / self._path).open("xb")

    def write(self, data: bytes | memoryview) -> None:
        """Append to the part."""
        if self._file:
            self._file.write(data)
            self._digest.update(data)
            self._bytes += len(data)

    def close(self) -> None:
        """End the part that is being written, if any."""
        if self._file:
            self._file.close()
            self._file = None
            self.finished.append(
                Part(self._path, self._kind, self._name, self._bytes, self._digest.hexdigest())
            )


def write_list(folder: Path, parts: list[Part]) -> None:
    """Write parts.jsonl: every part in the order of the dump, with its size and SHA-256."""
    with (folder / LIST_NAME).open("wb") as file:
        file.writelines(orjson.dumps(part) + b"\n" for part in parts)


def read_list(folder: Path) -> list[Part]:
    """Return the parts of a dump in its order; raise DumpFailed when their list is damaged."""
    try:
        lines = (folder / LIST_NAME).read_bytes().splitlines()
        return [Part(**orjson.loads(line)) for line in lines]
    except (OSError, TypeError, ValueError) as error:
        raise DumpFailed(f"{folder.name}: {LIST_NAME} cannot be read: {error}") from error


def read_back(folder: Path, parts: list[Part]) -> None:
    """Read every part from the disk; raise DumpFailed where it is not what was written."""
    for part in parts:
        with (folder / part.file).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != part.sha256:
            raise DumpFailed(f"{part.file} reads back differently from what was dumped into it.")

"""What a restore to a living SQLite file would meet, asked without changing anything."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from backups import manifest
from backups.engines.sqlite_file import open_source, rests, size_of
from backups.specs import Fetched, Scope, SourceSpec, Survey, Told, some

PROGRAMS_TOLD = 5
_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"


def survey(live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
    """Ask the file and its folder. A file that is no database any more counts as none.

    Then no safety copy of it can be dumped; the swap keeps the file itself aside.
    """
    path = Path(live.path).resolve()
    schema, size, warnings = _read(path)
    held = openers(path)
    if held:
        warnings.append(Told("held_open", some(held)))
    recorded = {
        each.name
        for each in manifest.read_objects(noted.dump / manifest.FILE_NAME)
        if each.kind == "table"
    }
    tables = [name for kind, name, _ in schema or () if kind == "table"]
    chosen = [name for name in tables if scope.is_whole or name in scope.names]
    if scope.is_whole and (new := sorted(set(tables) - recorded)):
        warnings.append(Told("made_since", some(new)))
    lines = [str(path), *(f"{kind} {name} {sql}" for kind, name, sql in schema or ())]
    return Survey(
        exists=schema is not None,
        overwrites=tuple(chosen),
        connections=len(held),
        size_bytes=size,
        free_bytes=shutil.disk_usage(path.parent).free if path.parent.is_dir() else None,
        blockers=tuple(_blockers(path, scope, readable=schema is not None)),
        warnings=tuple(warnings),
        fingerprint=hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    )


def _read(path: Path) -> tuple[list[tuple[str, str, str]] | None, int | None, list[Told]]:
    if not path.exists():
        return None, None, [Told("file_missing", {"path": str(path)})]
    try:
        with closing(open_source(path, resting=rests(path))) as database:
            return database.execute(_SCHEMA).fetchall(), size_of(database), []
    except (sqlite3.Error, OSError) as error:
        told = Told("file_unreadable", {"path": str(path), "why": str(error)})
        return None, path.stat().st_size, [told]


def _blockers(path: Path, scope: Scope, *, readable: bool) -> Iterator[Told]:
    if not path.parent.is_dir():
        yield Told("folder_missing", {"folder": str(path.parent)}, beside=True)
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        yield Told("no_write_beside", {"folder": str(path.parent)}, beside=True)
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        yield Told("no_write_file", {"path": str(path)})
    if not readable and not scope.is_whole:
        yield Told("no_database", {"path": str(path)})


def openers(path: Path) -> list[str]:
    """Return the programs that have the file open, as far as this user may see them."""
    found = []
    try:
        wanted = path.stat()
    except OSError:
        return []
    for process in Path("/proc").glob("[0-9]*"):
        if process.name != str(os.getpid()) and _has_open(process, wanted):
            with suppress(OSError):
                found.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
    return found


def _has_open(process: Path, wanted: os.stat_result) -> bool:
    with suppress(OSError):
        for link in (process / "fd").iterdir():
            with suppress(OSError):
                now = link.stat()
                if (now.st_ino, now.st_dev) == (wanted.st_ino, wanted.st_dev):
                    return True
    return False


def openers_told(held: list[str]) -> str:
    """Say who has the old file open, and what to do about it."""
    more = f" and {len(held) - PROGRAMS_TOLD} more" if len(held) > PROGRAMS_TOLD else ""
    return (
        f"These programs have the file open and go on with the old one until they are started"
        f" anew: {', '.join(held[:PROGRAMS_TOLD])}{more}."
    )

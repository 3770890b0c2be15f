"""SQLite brought back: the dump holds the database file itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from backups.specs import Fetched, SourceSpec, Watch

FILE = "database.sqlite"


class SQLiteRestorer:
    """Brings an SQLite dump back."""

    kind = "sqlite"

    @contextmanager
    def sandbox(self, folder: Path, fetched: Fetched) -> Iterator[SourceSpec]:  # noqa: ARG002
        """Give a path in `folder` where no file is yet."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = SourceSpec(key="sandbox", name="sandbox", engine=self.kind)
        yield replace(place, path=str(folder / FILE))

    def load(self, fetched: Fetched, into: SourceSpec, watch: Watch) -> None:
        """Copy the file to where none is."""
        origin = fetched.dump / "data" / FILE
        shutil.copyfile(origin, into.path)
        watch.advance(origin.stat().st_size)

    def brings_definitions(self) -> bool:
        """Return True: the schema lies in the file."""
        return True

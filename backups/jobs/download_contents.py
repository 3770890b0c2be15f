"""What goes into a download: a database whole, some of its tables, picked rows, or files.

Each kind says what it needs of the copy, how that is loaded and proven, and what is packed. Nothing
is given along that was not asked for: neither other tables' rows nor the server's roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from backups import wiring
from backups.engines.registry import row_readers_of_kind
from backups.engines.rows import RowReader, RowReaders
from backups.errors import RestoreFailed
from backups.jobs.download_words import read_me
from backups.jobs.lifecycle import JobWatch
from backups.jobs.proving import prove_place
from backups.jobs.restore_rows import write_rows
from backups.manifest import FILE_NAME, read_objects
from backups.models import EngineKind, RestoreJob
from backups.packing import Packing
from backups.rowapply import proven_rows
from backups.rowsfile import read_head, read_rows
from backups.specs import Fetched, ManifestObject, Scope, ScopeKind, SourceSpec
from backups.verify import Proof

SERVER_FACTS = frozenset({"roles", "database"})  # of the server; no load of one database has them
NOT_GIVEN = frozenset({"roles.sql", "wanted.list"})  # of the server, and of our own loading


class Contents(Protocol):
    """One kind of contents. `look_at` comes first; `size` and `wanted` are known after it."""

    notes: tuple[str, ...]
    size: int
    wanted: tuple[str, ...]

    def look_at(self, noted: Fetched) -> int:
        """Read the copy's own list; return the bytes of what is wanted. Raises BackupError."""

    def load(self, fetched: Fetched, place: SourceSpec, watch: JobWatch) -> None:
        """Load what was fetched into the empty sandbox."""

    def prove(self, fetched: Fetched, place: SourceSpec, again: Path, watch: JobWatch) -> Proof:
        """Compare what was loaded with what the backup recorded."""

    def pack(self, packing: Packing, fetched: Fetched, place: SourceSpec) -> None:
        """Write the archive, its README.txt last."""


def contents_of(job: RestoreJob, folder: Path) -> Contents:
    """Return what this job's download holds; raise RestoreFailed for rows of what has none."""
    scope = wiring.scope_of(job.scope)
    readers = row_readers_of_kind(job.source.engine)
    if readers is None and scope.kind in {ScopeKind.ROWS, ScopeKind.TABLES}:
        raise RestoreFailed(f"{job.source.name} has no tables.")
    if job.source.engine == EngineKind.FILES or readers is None:
        return FileContents(job, scope)
    if scope.kind == ScopeKind.ROWS:
        return RowContents(job, readers, folder)
    return (WholeContents if scope.is_whole else TableContents)(job, scope, readers)


class _Proving:
    """What files and tables share: the place dumped again, compared where it counts."""

    def __init__(self, job: RestoreJob, scope: Scope) -> None:
        self.job, self.scope = job, scope
        self.replacer = wiring.replacer_for(job.source)
        self.restorer = wiring.restorer_for(job.source)
        self.engine = wiring.engine_for(job.source)
        self.notes: tuple[str, ...] = self.replacer.notes
        self.wanted: tuple[str, ...] = ()
        self.size = 0

    def covers(self, entry: ManifestObject) -> bool:
        """Say whether the object is asked for."""
        return entry.kind not in SERVER_FACTS and self.replacer.covers(entry, self.scope)

    def listed(self, fetched: Fetched) -> Iterable[ManifestObject]:
        """Return what the backup recorded of all that is asked for."""
        return filter(self.covers, read_objects(fetched.dump / FILE_NAME))

    def look_at(self, noted: Fetched) -> int:
        """Take the paths from what replaces the kind: they are the same."""
        self.wanted = self.replacer.wanted(noted, self.scope)
        self.size = sum(each.bytes for each in self.listed(noted))
        return self.size

    def load(self, fetched: Fetched, place: SourceSpec, watch: JobWatch) -> None:
        """Load all that was fetched."""
        self.restorer.load(fetched, place, watch)

    def brings_definitions(self) -> bool:
        """Say whether definitions were loaded too."""
        return self.restorer.brings_definitions()

    def prove(self, fetched: Fetched, place: SourceSpec, again: Path, watch: JobWatch) -> Proof:
        """Dump the place again and compare digests."""
        definitions = self.brings_definitions()
        return prove_place(
            fetched, place, self.engine, again, watch, covers=self.covers, definitions=definitions
        )


class FileContents(_Proving):
    """A folder, or files and folders of it."""

    def pack(self, packing: Packing, fetched: Fetched, place: SourceSpec) -> None:
        """Pack the files by their names, with modes and times."""
        del fetched
        packing.total = self.size
        names, whole = self.scope.names, self.scope.is_whole

        def wanted(name: str) -> bool:
            return whole or any(name == one or name.startswith(f"{one}/") for one in names)

        packing.add_tree(Path(place.path), "berkas/", wanted)
        packing.finish(read_me(self.job, ["berkas/  berkas dan folder, dengan nama dan waktunya"]))


class WholeContents(_Proving):
    """A whole database: each table as CSV, and the dump."""

    def __init__(self, job: RestoreJob, scope: Scope, readers: RowReaders) -> None:
        super().__init__(job, scope)
        self.readers = readers
        self.not_given = NOT_GIVEN

    def tables(self, reader: RowReader) -> Iterable[str]:
        """Return the tables that are packed."""
        return sorted(reader.tables())

    def pack(self, packing: Packing, fetched: Fetched, place: SourceSpec) -> None:
        """Pack the tables first: they are what people open."""
        sizes = {each.name: each.bytes for each in self.listed(fetched) if each.kind == "table"}
        packing.total = 2 * self.size
        told = []
        with self.readers.opened(place) as reader:
            for name in self.tables(reader):
                rows = packing.add_table(name, reader, sizes.get(name, 0))
                told.append(f"{name}: {rows} baris")
        if self.gives_dump():
            packing.add_tree(fetched.dump, "dump/", lambda name: name not in self.not_given)
        packing.finish(read_me(self.job, told, dump=self.gives_dump()))

    def gives_dump(self) -> bool:
        """Say whether the dump goes along."""
        return True


class TableContents(WholeContents):
    """Some tables: their rows are proven; the dump holds no other table's rows."""

    names: frozenset[str] = frozenset()

    def __init__(self, job: RestoreJob, scope: Scope, readers: RowReaders) -> None:
        super().__init__(job, scope, readers)
        self.notes = tuple(dict.fromkeys((*self.replacer.notes, *readers.notes)))
        self.not_given = NOT_GIVEN | {FILE_NAME}  # which names what else there is

    def look_at(self, noted: Fetched) -> int:
        """Add the partitions of chosen tables, which nobody named; raise for what is not there."""
        paths, dump = set(self.replacer.wanted(noted, self.scope)), noted.paths[-1]
        along = frozenset(
            each.name
            for each in read_objects(noted.dump / FILE_NAME)
            if each.kind == "table" and each.file and f"{dump}/{each.file}" in paths
        )
        self.names = along | frozenset(self.scope.names)
        self.wanted = self.readers.wanted(noted, self.names)
        self.size = sum(each.bytes for each in self.listed(noted))
        return self.size

    def covers(self, entry: ManifestObject) -> bool:
        """Say whether the table is asked for, or is a part of one."""
        return entry.kind == "table" and entry.name in self.names

    def brings_definitions(self) -> bool:
        """Say that rows alone are loaded: no index or trigger is needed to read them."""
        return False

    def load(self, fetched: Fetched, place: SourceSpec, watch: JobWatch) -> None:
        """Load these tables."""
        for amiss in self.readers.load(fetched, place, self.names, self.names, watch):
            watch.note(amiss)

    def tables(self, reader: RowReader) -> Iterable[str]:
        """Return the chosen ones that hold rows."""
        return sorted(self.names.intersection(reader.tables()))

    def gives_dump(self) -> bool:
        """Say no for SQLite: its dump is one file with every table."""
        return self.job.source.engine != EngineKind.SQLITE


class RowContents:
    """Rows that a person picked from a comparison: those of the copy, as one CSV."""

    def __init__(self, job: RestoreJob, readers: RowReaders, folder: Path) -> None:
        self.job, self.readers = job, readers
        self.notes = readers.notes
        self.wanted: tuple[str, ...] = ()
        self.size = 0
        self.file = folder / "rows.jsonl"

    def look_at(self, noted: Fetched) -> int:
        """Read the pick; raise RestoreFailed when it was made from another copy."""
        write_rows(self.job.scope, self.file)
        head, snapshot = read_head(self.file), self.job.snapshot
        if (head.source, head.manifest_sha256) != (self.job.source.key, snapshot.manifest_sha256):
            raise RestoreFailed("These rows were picked from another copy than this one.")
        self.wanted = self.readers.wanted(noted, {head.table})
        listed = read_objects(noted.dump / FILE_NAME)
        self.size = sum(each.bytes for each in listed if each.name == head.table)
        return self.size

    def load(self, fetched: Fetched, place: SourceSpec, watch: JobWatch) -> None:
        """Load the one table."""
        self.readers.load(fetched, place, {read_head(self.file).table}, (), watch)

    def prove(self, fetched: Fetched, place: SourceSpec, again: Path, watch: JobWatch) -> Proof:
        """Find every picked row in the copy; raises ProofFailed where one does not stand in it."""
        del fetched, again, watch
        with self.readers.opened(place) as reader:
            proven = proven_rows(reader, read_head(self.file), read_rows(self.file))
        return Proof(proven, proven)

    def pack(self, packing: Packing, fetched: Fetched, place: SourceSpec) -> None:
        """Pack the rows as the copy has them; what was only extra in live is not in it."""
        del fetched, place
        head = read_head(self.file)
        kept = (row.backup for row in read_rows(self.file) if row.backup is not None)
        rows = ([row.get(name) for name in head.columns] for row in kept)
        size = packing.total = self.file.stat().st_size
        count = packing.add_rows(head.table, head.columns, rows, size)
        packing.finish(read_me(self.job, [f"{head.table}: {count} baris yang dipilih"]))

"""SQLite replaced while it lives: a file beside, proven, then one rename; the old keeps a name.

    new  .LABEL.baru  beside live       old  .LABEL.lama  a second name (link) of what was live

The swap links the old, then renames the new over live: at no moment is there no file, and which
of the two happened shows in the inodes. Meanwhile live is locked and its WAL is empty. Chosen
tables are merged into a copy of live made under that lock, so nothing written is lost. A program
that has the old file open goes on with the old: such are told before and after.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from backups import manifest
from backups.engines.sqlite_file import open_file, pragma, troubles_told
from backups.engines.sqlite_merge import merge
from backups.engines.sqlite_survey import openers, openers_told, survey
from backups.errors import BackupError, Cancelled, NoSpace, RestoreFailed, SourceUnreachable
from backups.specs import Fetched, ManifestObject, Scope, SourceSpec, Standing, Survey, Watch

DATA = "data/database.sqlite"
CHECKPOINT_TRIES = 50
SIDECARS = ("-wal", "-shm", "-journal")


class SQLiteReplacer:
    """Replaces an SQLite file, or tables in it; contract: backups.engines.base.Replacer."""

    kind = "sqlite"
    notes: tuple[str, ...] = ()

    def wanted(self, noted: Fetched, scope: Scope) -> tuple[str, ...]:
        """Return (): the copy is one file. Raises BackupError that names a missing table."""
        listed = manifest.read_objects(noted.dump / manifest.FILE_NAME)
        there = {each.name for each in listed if each.kind == "table" and each.sha256}
        if missing := sorted(set(scope.names) - there):
            raise BackupError(
                f"The copy holds no table {', '.join(missing)}.",
                advice="Choose tables that stand in it; virtual ones come with the whole alone.",
            )
        return ()

    def covers(self, entry: ManifestObject, scope: Scope) -> bool:
        """Say whether the proof asks for it; the whole is the same file to the last setting."""
        return scope.is_whole or (entry.kind == "table" and entry.name in scope.names)

    def brings_definitions(self, live: SourceSpec, scope: Scope) -> bool:
        """Return True: definitions lie in the file."""
        return True

    def survey(self, live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
        """Ask the file what a restore would meet."""
        self.wanted(noted, scope)
        return survey(live, scope, noted)

    def prepare(
        self,
        live: SourceSpec,
        scope: Scope,
        label: str,
        noted: Fetched,
    ) -> SourceSpec:
        """Clear the place beside; the load makes the file."""
        names = _Names(live, label)
        if names.standing() in {Standing.SWAPPED, Standing.TORN}:
            raise ValueError(f"{label} is swapped already: its old must not be lost.")
        if not os.access(names.live.parent, os.W_OK | os.X_OK):
            raise BackupError(
                f"Source {live.name}: the worker may not write in {names.live.parent}.",
                advice="Give the worker's user the right to write in that folder.",
            )
        _remove(names.place, names.merged)
        return self.place(live, scope, label)

    def place(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the file beside."""
        return replace(live, path=str(_Names(live, label).place))

    def aside(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the file aside."""
        return replace(live, path=str(_Names(live, label).aside))

    def load(
        self,
        fetched: Fetched,
        place: SourceSpec,
        scope: Scope,
        watch: Watch,
    ) -> None:
        """Copy the file to where none is, and see that it is on the disk."""
        origin = fetched.dump / DATA
        with _told_beside(place):
            shutil.copyfile(origin, place.path)
            _sync(Path(place.path))
        watch.advance(origin.stat().st_size)

    def swap(
        self, live: SourceSpec, place: SourceSpec, scope: Scope, label: str, watch: Watch
    ) -> None:
        """Link the old aside and rename the new over live."""
        del place  # the label names it
        names, standing = _Names(live, label), self.mend(live, scope, label)
        if standing == Standing.NOTHING:
            raise BackupError(f"Source {live.name}: nothing stands beside it to be swapped in.")
        if standing == Standing.BESIDE:
            _exchange(live, names, (names.place, names.aside), scope, watch)

    def standing(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Read it off the files."""
        return _Names(live, label).standing()

    def mend(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Take away the second name of a swap, or of a way back, whose rename did not happen."""
        names = _Names(live, label)
        if names.standing() == Standing.TORN:
            doomed = names.place if _same(names.place, names.live) else names.aside
            doomed.unlink()
            _sync(names.live.parent)
        return names.standing()

    def swap_back(self, live: SourceSpec, scope: Scope, label: str, watch: Watch) -> None:
        """Make the same exchange with its ends changed; a file that was none is none again."""
        names = _Names(live, label)
        if self.mend(live, scope, label) != Standing.SWAPPED:
            return
        if names.aside.stat().st_size:
            _exchange(live, names, (names.aside, names.place), scope, watch)
            return
        with _held_still(live, names.live):
            os.link(names.live, names.place)
            names.live.unlink()
            names.aside.unlink()
            _sync(names.live.parent)

    def keep_as(self, live: SourceSpec, scope: Scope, label: str, name: str) -> str:
        """Give the file the name `name` beside live; return its path."""
        names = _Names(live, label)
        target = names.live.parent / name
        if name in {"", ".", ".."} or "/" in name or "\0" in name:
            raise BackupError(f"{name!r} is no name of a file.")
        try:
            os.link(names.place, target)
        except FileExistsError:
            if not _same(names.place, target):
                raise BackupError(
                    f"Source {live.name}: {target} is there already.",
                    advice="Choose another name; nothing was changed.",
                ) from None
        _remove(names.place)
        return str(target)

    def discard(self, live: SourceSpec, scope: Scope, label: str) -> None:
        """Remove the files of this restore."""
        self.mend(live, scope, label)
        names = _Names(live, label)
        _remove(names.place, names.aside, names.merged)


class _Names:
    """The files of one restore."""

    def __init__(self, live: SourceSpec, label: str) -> None:
        self.live = Path(live.path).resolve()
        self.place = self.live.parent / f".{label}.baru"
        self.aside = self.live.parent / f".{label}.lama"
        self.merged = self.live.parent / f".{label}.gabung"

    def standing(self) -> Standing:
        """Read off the files how far the restore has come."""
        place, aside = self.place.exists(), self.aside.exists()
        if place and aside:
            return Standing.TORN
        if aside:
            return Standing.TORN if _same(self.aside, self.live) else Standing.SWAPPED
        return Standing.BESIDE if place else Standing.NOTHING


def _exchange(
    live: SourceSpec, names: _Names, ends: tuple[Path, Path], scope: Scope, watch: Watch
) -> None:
    """Rename the first of `ends` over live, which keeps the second as its name."""
    new, old = ends
    if watch.stopped():
        raise Cancelled("The work was cancelled before anything was swapped.")
    with _told_beside(live), _held_still(live, names.live) as database:
        if not scope.is_whole and database is not None:
            _merge_into_copy(names, new, scope)
        _make_alike(new, names.live, database)
        held = openers(names.live)
        _sync(new)
        if names.live.exists():
            for ending in SIDECARS:
                _remove(Path(f"{names.live}{ending}"))
            os.link(names.live, old)
        else:
            old.touch(mode=0o600)  # an empty one: there was no file
        new.replace(names.live)
        _sync(names.live.parent)
    if held:
        watch.note(openers_told(held))


@contextmanager
def _told_beside(spec: SourceSpec) -> Iterator[None]:
    """Turn what SQLite and the disk say while writing beside live into the family of errors."""
    try:
        with troubles_told(spec):
            yield
    except (NoSpace, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EFBIG:  # EFBIG: a limit of ours
            raise RestoreFailed(f"{spec.path} could not be written: {error.strerror}.") from error
        raise NoSpace(
            f"The disk on which {spec.path} lies filled up.",
            advice="Free space there. Live data were not touched; order the restore anew.",
        ) from error


@contextmanager
def _held_still(live: SourceSpec, path: Path) -> Iterator[sqlite3.Connection | None]:
    """Lock live against all writers, its WAL written back; None where it is no database.

    The lock goes with the old file: programs that waited for it find the new one.
    """
    if not path.exists() or not _is_database(path):
        yield None
        return
    with closing(open_file(path, "mode=rw")) as database:
        for _ in range(CHECKPOINT_TRIES):
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            database.execute("BEGIN IMMEDIATE")
            wal = Path(f"{path}-wal")
            if not wal.exists() or wal.stat().st_size == 0:
                break
            database.execute("ROLLBACK")
        else:
            raise SourceUnreachable(
                f"Source {live.name}: a program keeps reading {path}, so its WAL cannot be closed.",
                advice="End the programs that have it open, then order the restore again.",
            )
        try:
            yield database
        finally:
            with suppress(sqlite3.Error):
                database.execute("ROLLBACK")


def _is_database(path: Path) -> bool:
    try:
        with closing(open_file(path, "mode=ro&immutable=1")) as database:
            database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        return False
    return path.stat().st_size > 0


def _merge_into_copy(names: _Names, new: Path, scope: Scope) -> None:
    """Put the chosen tables into a copy of live as it is now; that becomes the new."""
    _remove(names.merged)
    with (
        closing(open_file(names.live, "mode=ro")) as origin,  # who holds the lock may not copy
        closing(sqlite3.connect(names.merged, isolation_level=None)) as target,
    ):
        origin.backup(target)
    merge(names.merged, new, scope.names)
    _sync(names.merged)
    names.merged.replace(new)


def _make_alike(new: Path, live: Path, database: sqlite3.Connection | None) -> None:
    """Give the new file owner, rights and journal of the one it replaces."""
    if not live.exists():
        return
    if database is not None and pragma(database, "journal_mode") == "wal":
        with closing(open_file(new, "mode=rw")) as own:
            own.execute("PRAGMA journal_mode = WAL").fetchall()
    was = live.stat()
    with suppress(PermissionError):
        os.chown(new, was.st_uid, was.st_gid)
    new.chmod(was.st_mode & 0o7777)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _remove(*paths: Path) -> None:
    for path in paths:
        for each in (path, *(Path(f"{path}{ending}") for ending in SIDECARS)):
            each.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """See that a file, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

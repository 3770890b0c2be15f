"""A repository in memory that keeps the promise of backups.repository.base, faults on demand.

The contract suite runs on it as on restic, so what a test learns from it holds for both.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backups.errors import (
    BackupError,
    Cancelled,
    DumpFailed,
    NoSpace,
    RepositoryDamaged,
    RepositoryError,
    RepositoryMissing,
    SourceUnreachable,
    WrongRepositoryPassword,
)
from backups.specs import UNWATCHED, StoredSnapshot, Watch

CONFIG_BYTES = 512
_FULL_ID = re.compile(r"[0-9a-f]{64}")
_TOKEN = re.compile(r"\\(.)|(\*)|(\?)|(\[[^\]]+\])|(.)", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """One stored folder, file or link: its mode, and its bytes or where it points."""

    mode: int
    data: bytes = b""


@dataclass(frozen=True)
class Kept:
    """A snapshot, all that it holds, and the id of the one it is a copy of."""

    snapshot: StoredSnapshot
    entries: dict[str, Entry]
    original: str = ""


@dataclass
class Disk:
    """What stands in a vault, whoever opens it; `password` is None where nothing was made."""

    password: str | None = None
    chunking: str = ""
    kept: dict[str, Kept] = field(default_factory=dict)

    def bytes(self) -> int:
        files = {entry.data for kept in self.kept.values() for entry in kept.entries.values()}
        return CONFIG_BYTES + sum(map(len, files))


class MemoryRepository:
    """Repository in memory. Set a fault, and it fails as restic would.

    `full` refuses to write, `damaged` to give data back whole, `fault` is raised by every call.
    Two of them on one `disk` with different passwords are one repository and its wrong key.
    """

    def __init__(
        self,
        location: str = "memory:vault",
        *,
        password: str = "kata-sandi",
        disk: Disk | None = None,
        made: bool = True,
    ) -> None:
        self.location = location
        self.password = password
        self.disk = disk or Disk()
        self.full = False
        self.damaged = False
        self.fault: BackupError | None = None
        if made and disk is None:
            self.create()

    def exists(self) -> bool:
        try:
            self._open()
        except RepositoryMissing:
            return False
        return True

    def create(self, like: MemoryRepository | None = None) -> None:
        if self.disk.password is None:
            self._must_have_room()
            self.disk.password = self.password
            self.disk.chunking = like._open().chunking if like else os.urandom(8).hex()
        self._open()
        if like and like._open().chunking != self.disk.chunking:
            raise RepositoryError(f"{self.location} cuts files otherwise than {like.location}.")

    def store(
        self,
        paths: Sequence[Path],
        tags: Sequence[str],
        watch: Watch,
        excludes: Sequence[str] = (),
    ) -> StoredSnapshot:
        _must_be_storable(paths, tags)
        disk = self._open(watch)
        self._must_have_room()
        entries = _read_all(paths, excludes)
        total = sum(len(entry.data) for entry in entries.values())
        watch.advance(total, total)
        return self._keep(disk, entries, tuple(tags), tuple(map(str, paths)))

    def copy_to(self, other: MemoryRepository, snapshot_id: str, watch: Watch) -> StoredSnapshot:
        kept = self._kept(snapshot_id, watch)
        there = other._open(watch)
        for copy in there.kept.values():
            if copy.original == snapshot_id:
                return copy.snapshot
        self._must_be_whole()
        other._must_have_room()
        return other._add(there, kept.snapshot, kept.entries, original=snapshot_id)

    def snapshots(self) -> list[StoredSnapshot]:
        listed = (kept.snapshot for kept in self._open().kept.values())
        return sorted(listed, key=lambda snapshot: snapshot.taken_at)

    def fetch(
        self, snapshot_id: str, target: Path, watch: Watch, include: Sequence[str] = ()
    ) -> None:
        entries = self._kept(snapshot_id, watch).entries
        lost = [path for path in include if path not in entries]
        chosen = {p: e for p, e in entries.items() if not include or _is_below(p, include)}
        for path, entry in chosen.items():
            _write(target / path.lstrip("/"), entry)
        self._must_be_whole()
        if lost:
            raise RepositoryError(f"{self.location}: {snapshot_id[:8]} does not hold {lost[0]!r}.")

    def read_file(self, snapshot_id: str, path: str) -> Iterator[bytes]:
        entry = self._kept(snapshot_id).entries.get(path)
        if entry is None:
            raise RepositoryError(f"{self.location}: {snapshot_id[:8]} does not hold {path!r}.")
        yield entry.data[: len(entry.data) // 2]
        self._must_be_whole()
        yield entry.data[len(entry.data) // 2 :]

    def forget(self, snapshot_ids: Sequence[str], watch: Watch) -> None:
        ids = list(map(_full, snapshot_ids))
        disk = self._open(watch)
        for snapshot_id in ids:
            disk.kept.pop(snapshot_id, None)

    def check(self, watch: Watch, *, read_data: bool = False, part: str = "") -> None:
        if part and not re.fullmatch(r"[1-9]\d*/[1-9]\d*", part):
            raise ValueError(f"A part is k/n, not {part!r}.")
        self._open(watch)
        if read_data or part:
            self._must_be_whole()

    def holding(self, packs: Sequence[str]) -> set[str]:
        return {each.id for each in self.snapshots()}

    def stored_bytes(self) -> int:
        return self._open().bytes()

    def unlock(self) -> None:
        self._open()

    def _open(self, watch: Watch = UNWATCHED) -> Disk:
        if watch.stopped():
            raise Cancelled("The work was cancelled.")
        if self.fault:
            raise self.fault
        if self.disk.password is None:
            raise RepositoryMissing(f"There is no repository in {self.location}.")
        if self.disk.password != self.password:
            raise WrongRepositoryPassword(f"{self.location} does not open with its password.")
        return self.disk

    def _kept(self, snapshot_id: str, watch: Watch = UNWATCHED) -> Kept:
        kept = self._open(watch).kept.get(_full(snapshot_id))
        if kept is None:
            raise RepositoryError(f"{self.location} has no snapshot {snapshot_id[:8]}.")
        return kept

    def _keep(
        self, disk: Disk, entries: dict[str, Entry], tags: tuple[str, ...], paths: tuple[str, ...]
    ) -> StoredSnapshot:
        tree = hashlib.sha256(repr(sorted(entries.items())).encode()).hexdigest()
        latest = [kept.snapshot.taken_at for kept in disk.kept.values()]
        taken_at = max([datetime.now(UTC), *(at + timedelta(microseconds=1) for at in latest)])
        return self._add(disk, StoredSnapshot("", tree, taken_at, tags, paths), entries)

    def _add(
        self, disk: Disk, snapshot: StoredSnapshot, entries: dict[str, Entry], original: str = ""
    ) -> StoredSnapshot:
        before = disk.bytes()
        snapshot = replace(snapshot, id=os.urandom(32).hex(), bytes_added=None)
        disk.kept[snapshot.id] = Kept(snapshot, entries, original)
        return replace(snapshot, bytes_added=disk.bytes() - before)

    def _must_have_room(self) -> None:
        if self.full:
            raise NoSpace(f"{self.location}: no space left on device.")

    def _must_be_whole(self) -> None:
        if self.damaged:
            raise RepositoryDamaged(f"{self.location} holds other bytes than were stored.")


def _full(snapshot_id: str) -> str:
    if not _FULL_ID.fullmatch(snapshot_id):
        raise ValueError(f"{snapshot_id!r} is not a full snapshot id.")
    return snapshot_id


def _must_be_storable(paths: Sequence[Path], tags: Sequence[str]) -> None:
    if not paths or not all(path.is_absolute() for path in paths):
        raise ValueError("Only absolute paths can be stored.")
    if any(not tag or "," in tag or tag != tag.strip() for tag in tags):
        raise ValueError(f"Not all of these can be tags: {list(tags)}.")
    for path in paths:
        if not os.path.lexists(path):
            raise SourceUnreachable(f"{path} is gone; it was to be stored.")


def _read_all(paths: Sequence[Path], excludes: Sequence[str]) -> dict[str, Entry]:
    left_out = [re.compile(_regex(pattern), re.DOTALL) for pattern in excludes]
    waiting = list(paths)
    entries = {}
    while waiting:
        path = waiting.pop()
        if any(pattern.fullmatch(str(path)) for pattern in left_out):
            continue
        try:
            entries[str(path)] = _read(path)
        except OSError as error:
            raise DumpFailed(f"1 entries could not be stored, first: {path}: {error}") from error
        if stat.S_ISDIR(path.lstat().st_mode):
            waiting.extend(path.iterdir())
    return entries


def _read(path: Path) -> Entry:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return Entry(mode, os.fsencode(path.readlink()))
    return Entry(mode, path.read_bytes() if stat.S_ISREG(mode) else b"")


def _write(path: Path, entry: Entry) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if stat.S_ISDIR(entry.mode):
        path.mkdir(exist_ok=True)
    elif stat.S_ISLNK(entry.mode):
        path.symlink_to(os.fsdecode(entry.data))
        return
    else:
        path.write_bytes(entry.data)
    path.chmod(stat.S_IMODE(entry.mode))


def _is_below(path: str, include: Sequence[str]) -> bool:
    return any(path == wanted or path.startswith(f"{wanted}/") for wanted in include)


def _regex(pattern: str) -> str:
    """Return restic's glob as a regular expression: `*` and `?` stay within a name."""
    names = ["(?:[^/]+/)*" if n == "**" else _name_regex(n) + "/" for n in pattern.split("/")]
    return "".join(names)[:-1]


def _name_regex(name: str) -> str:
    written = ""
    for plain, star, one, chars, char in _TOKEN.findall(name):
        written += ("[^/]*" * bool(star)) + ("[^/]" * bool(one)) + chars
        written += re.escape(plain or char)
    return written

"""restic behind the promise of base.Repository, from release 0.14 on.

Each call pays half a second for restic's key derivation, so calls are counted: store, forget and
copy_to make two (copy_to three for a snapshot that it has not seen yet), all others one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import orjson

from backups.errors import (
    BackupError,
    DumpFailed,
    RepositoryDamaged,
    RepositoryError,
    RepositoryMissing,
    SourceUnreachable,
)
from backups.process import HOUR, Finished
from backups.repository import restic_json
from backups.repository.base import Repository
from backups.repository.growth import Growing
from backups.repository.locations import is_url, location_for
from backups.repository.restic_call import restic_version
from backups.repository.restic_guard import GuardedRestic
from backups.specs import UNWATCHED, RepositorySpec, StoredSnapshot, Watch

__all__ = ["Restic", "escape_pattern", "is_url", "location_for", "restic_version"]

HOST = "pulih"  # in every snapshot: restic finds a parent only under the same host and paths
# restic copies with one hand less than it may have connections; of two that leaves one core busy.
COPY_OPTIONS = ("--option=local.connections=4",)
INCLUDE_BYTES = 400_000  # of patterns in one call; Linux takes 2 MiB of arguments

_GLOB = re.compile(r"([\\*?\[\]])")
_PART = re.compile(r"[1-9]\d*/[1-9]\d*")


class Restic:
    """One restic repository, on a disk of this machine or behind any restic URL."""

    def __init__(
        self, spec: RepositorySpec, cache: Path, lock_folder: Path, *, patience: float = HOUR
    ) -> None:
        """`patience`: seconds to wait for other work of this machine in the same repository."""
        self.calls = GuardedRestic(spec, cache, lock_folder, patience)
        self.location = self.calls.location
        self._seen: dict[str, StoredSnapshot] = {}  # an id names its content, so this never ages

    def exists(self) -> bool:
        """Return True when one opens here with our password, False when surely none is here."""
        try:
            self.calls.config()
        except RepositoryMissing:
            return False
        return True

    def create(self, like: Repository | None = None) -> None:
        """Make the repository, unless one stands here already that opens and chunks alike."""
        source = _as_restic(like).calls if like else None
        options = ("--copy-chunker-params",) if source else ()
        made = self.calls.write("init", *options, watch=UNWATCHED, source=source, alone=True)
        if made.ok:
            return
        if "already" not in made.stderr:
            raise self.calls.failure(made, "Making a repository in")
        config = self.calls.config()
        if source and config["chunker_polynomial"] != source.config()["chunker_polynomial"]:
            raise RepositoryError(
                f"{self.location} cuts files otherwise than {source.location}; "
                "copies between them would share nothing.",
                advice="Give the vault an empty place, so that its repository is made alike.",
            )

    def store(
        self,
        paths: Sequence[Path],
        tags: Sequence[str],
        watch: Watch,
        excludes: Sequence[str] = (),
    ) -> StoredSnapshot:
        """Store `paths` as one snapshot, wholly or not at all."""
        _must_stand(paths)
        options = [*map(_tag_option, tags), *(f"--exclude={pattern}" for pattern in excludes)]
        before = self.calls.disk_bytes()
        stored = self.calls.write(
            "backup", "--json", "--host", HOST, *options, "--", *map(str, paths), watch=watch
        )
        summary = restic_json.summary(stored.stdout)
        if stored.returncode == restic_json.UNREADABLE_SOURCES:
            raise self._discarded(summary, stored)
        self.calls.must(stored, "Storing into")
        listed = self.calls.listing(summary.snapshot_id) if summary else []
        if not summary or not listed:
            raise RepositoryError(f"{self.location} lists no snapshot of what was stored into it.")
        snapshot = self._seen[listed[0].snapshot.id] = listed[0].snapshot
        watch.advance(summary.bytes_read, summary.bytes_read)
        added = summary.bytes_added or _grown(before, self.calls.disk_bytes())
        return replace(snapshot, bytes_added=added)

    def copy_to(self, other: Repository, snapshot_id: str, watch: Watch) -> StoredSnapshot:
        """Copy one snapshot into `other`, reading all its data; return it as listed there."""
        there = _as_restic(other).calls
        original = self._snapshot(snapshot_id)
        before = there.disk_bytes()
        copied = there.write("copy", *COPY_OPTIONS, original.id, watch=watch, source=self.calls)
        if not copied.ok:
            raise self._copy_failure(_as_restic(other), copied, watch)
        copies = [entry.snapshot for entry in there.listing() if _is_copy(entry, original)]
        if not copies:
            raise RepositoryError(f"{there.location} does not list the copy made into it.")
        if copies[0].tree != original.tree:
            raise RepositoryDamaged(
                f"{there.location} holds another tree than {self.location} for {original.id[:8]}."
            )
        return replace(copies[0], bytes_added=_grown(before, there.disk_bytes()))

    def snapshots(self) -> list[StoredSnapshot]:
        """Return all snapshots, oldest first."""
        listed = [entry.snapshot for entry in self.calls.listing()]
        self._seen |= {snapshot.id: snapshot for snapshot in listed}
        return listed

    def fetch(
        self, snapshot_id: str, target: Path, watch: Watch, include: Sequence[str] = ()
    ) -> None:
        """Write the snapshot, or only `include`, below `target`; each of them must arrive."""
        wanted = (_full(snapshot_id), "--json", "--target", str(target))
        for patterns in _batches([f"--include={escape_pattern(path)}" for path in include]):
            growing = Growing(watch, target)
            self.calls.read("restore", *wanted, *patterns, doing="Fetching from", watch=growing)
        lost = [path for path in include if not os.path.lexists(f"{target}/{path}")]
        if lost:
            raise RepositoryError(
                f"{self.location}: {snapshot_id[:8]} does not hold {lost[0]!r} "
                f"({len(lost)} of {len(include)} wanted paths are not in it)."
            )

    def read_file(self, snapshot_id: str, path: str) -> Iterator[bytes]:
        """Yield one stored file's bytes in chunks."""
        return self.calls.stream("dump", _full(snapshot_id), path, doing=f"Reading {path!r} from")

    def forget(self, snapshot_ids: Sequence[str], watch: Watch) -> None:
        """Remove exactly these snapshots and free their space."""
        ids = list(map(_full, snapshot_ids))
        if not ids:
            return
        forgotten = self._drop(ids, watch, "--prune")
        if set(ids) <= set(restic_json.ignored(forgotten.stderr)):  # killed before it had pruned
            pruned = self.calls.write("prune", watch=watch, alone=True)
            self.calls.must(pruned, "Freeing space in")

    def check(self, watch: Watch, *, read_data: bool = False, part: str = "") -> None:
        """Check the structure, and with `read_data` every byte, or `part` k/n of them."""
        if part and not _PART.fullmatch(part):
            raise ValueError(f"A part is k/n, not {part!r}.")
        option = f"--read-data-subset={part}" if part else "--read-data"
        self.calls.read(
            "check", *([option] if part or read_data else []), doing="Checking", watch=watch
        )

    def holding(self, packs: Sequence[str]) -> set[str]:
        """Return the full ids of the snapshots that need any of these packs."""
        every = {entry.snapshot.id for entry in self.calls.listing()}
        try:
            found = self.calls.ask("find", "--pack", *packs, doing="Searching") if packs else ""
        except RepositoryError:  # the damage lies in what it must read to find out
            return every
        short = restic_json.holders(found)
        return {each for each in every if each[:8] in short} or every

    def stored_bytes(self) -> int:
        """Return the bytes that the repository takes; remote ones count what is referenced."""
        if size := self.calls.disk_bytes():
            return size
        stats = self.calls.ask("stats", "--json", "--mode=raw-data", doing="Measuring")
        return int(orjson.loads(stats)["total_size"])

    def unlock(self) -> None:
        """Remove locks of dead processes; never one of a living process."""
        self.calls.unlock()

    def _snapshot(self, snapshot_id: str) -> StoredSnapshot:
        if seen := self._seen.get(_full(snapshot_id)):
            return seen
        for entry in self.calls.listing(snapshot_id):
            return entry.snapshot
        raise RepositoryError(f"{self.location} has no snapshot {snapshot_id[:8]}.")

    def _drop(self, ids: Sequence[str], watch: Watch, *options: str) -> Finished:
        """Forget these ids and prove by a new list that they are gone."""
        forgotten = self.calls.write("forget", *options, *ids, watch=watch, alone=True)
        self.calls.must(forgotten, "Forgetting in")
        left = {entry.snapshot.id for entry in self.calls.listing()} & set(ids)
        if left:
            raise RepositoryError(f"{self.location} still lists {len(left)} snapshots to forget.")
        return forgotten

    def _discarded(self, summary: restic_json.Summary | None, stored: Finished) -> BackupError:
        """Forget the snapshot that lacks something; return the error that says what it lacks."""
        with suppress(BackupError):
            for entry in self.calls.listing(summary.snapshot_id) if summary else []:
                self._drop([entry.snapshot.id], UNWATCHED)
        lacking = restic_json.unreadable(stored.stderr) or ["restic did not say which"]
        return DumpFailed(
            f"{len(lacking)} entries could not be stored into {self.location}, first: {lacking[0]}",
            advice="Let the backup's user read them, or leave them out; then try again.",
        )

    def _copy_failure(self, there: Restic, copied: Finished, watch: Watch) -> BackupError:
        """Return why a copy failed; a side that fails by itself is the one that is named."""
        error = there.calls.failure(copied, f"Copying from {self.location} to")
        for side in (there, self):
            side.calls.config()
        if isinstance(error, RepositoryDamaged):
            there.check(watch)
            return self.calls.failure(copied, f"Copying to {there.location} out of")
        return error


def escape_pattern(path: str) -> str:
    """Return the restic pattern that means just this path."""
    return _GLOB.sub(r"\\\1", path)


def _grown(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else max(0, after - before)


def _as_restic(repository: Repository) -> Restic:
    if not isinstance(repository, Restic):
        raise TypeError(f"restic copies only between restic repositories, not {repository!r}.")
    return repository


def _is_copy(entry: restic_json.Listed, original: StoredSnapshot) -> bool:
    there = entry.snapshot
    same = (there.tree, there.taken_at, there.tags)
    return entry.original == original.id or same == (
        original.tree,
        original.taken_at,
        original.tags,
    )


def _full(snapshot_id: str) -> str:
    """Return the id; anything but a full one could mean another snapshot than the one meant."""
    if not restic_json.FULL_ID.fullmatch(snapshot_id):
        raise ValueError(f"{snapshot_id!r} is not a full snapshot id.")
    return snapshot_id


def _must_stand(paths: Sequence[Path]) -> None:
    """Raise for a missing path: restic passes over one that is missing beside another."""
    if not paths or not all(path.is_absolute() for path in paths):
        raise ValueError(f"Only absolute paths can be stored, not {list(map(str, paths))}.")
    for path in paths:
        if not os.path.lexists(path):
            raise SourceUnreachable(f"{path} is gone; it was to be stored.")


def _tag_option(tag: str) -> str:
    """Return the option for one tag; at a comma restic would cut it in two."""
    if not tag or "," in tag or tag != tag.strip():
        raise ValueError(f"{tag!r} cannot be a tag.")
    return f"--tag={tag}"


def _batches(options: Sequence[str]) -> Iterator[list[str]]:
    """Yield the options in lists short enough for a command line; one empty list for none."""
    batch: list[str] = []
    size = 0
    for option in options:
        if size > INCLUDE_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(option)
        size += len(os.fsencode(option)) + 1
    yield batch

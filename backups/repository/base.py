"""What every snapshot repository promises; restic keeps it, and so does the in-memory fake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from backups.specs import StoredSnapshot, Watch


class Repository(Protocol):
    """A place that keeps snapshots and gives them back byte for byte.

    Raises RepositoryMissing, WrongRepositoryPassword, RepositoryLocked, RepositoryDamaged,
    NoSpace, Cancelled or RepositoryError. After any end no lock of a dead process is left.
    """

    location: str

    def exists(self) -> bool:
        """Return True when a repository opens here with our password; False when none is here."""

    def create(self, like: Repository | None = None) -> None:
        """Make the repository; `like` another one, its chunking, so that copies deduplicate."""

    def store(self, paths: Sequence[Path], tags: Sequence[str], watch: Watch) -> StoredSnapshot:
        """Store `paths` as one snapshot and return it as the repository lists it afterwards."""

    def copy_to(self, other: Repository, snapshot_id: str, watch: Watch) -> StoredSnapshot:
        """Copy one snapshot into `other`; return it as `other` lists it, same tree."""

    def snapshots(self) -> list[StoredSnapshot]:
        """Return all snapshots, oldest first."""

    def fetch(
        self, snapshot_id: str, target: Path, watch: Watch, include: Sequence[str] = ()
    ) -> None:
        """Write the snapshot (or only the absolute in-snapshot paths `include`) below `target`."""

    def read_file(self, snapshot_id: str, path: str) -> Iterator[bytes]:
        """Yield one stored file's bytes in chunks."""

    def forget(self, snapshot_ids: Sequence[str], watch: Watch) -> None:
        """Remove exactly these snapshots (full ids) and free their space; verify they are gone."""

    def check(self, watch: Watch, *, read_data: bool = False, part: str = "") -> None:
        """Check the structure, and with `read_data` every byte (or `part` k/n of them)."""

    def stored_bytes(self) -> int:
        """Return the space the repository takes."""

    def unlock(self) -> None:
        """Remove locks of dead processes; never one of a living process."""

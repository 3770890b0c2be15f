"""What every snapshot repository promises; restic keeps it, and so does the in-memory fake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from backups.specs import StoredSnapshot, Watch


class Repository(Protocol):
    """A place that keeps snapshots and gives them back byte for byte.

    Raises RepositoryMissing, WrongRepositoryPassword, RepositoryLocked, RepositoryDamaged,
    NoSpace, Cancelled or RepositoryError. A lock of a dead process is taken away as soon as no
    living one uses the repository, at the latest by the first call that it would hinder.
    """

    location: str  # as people may see it: without the password of a URL

    def exists(self) -> bool:
        """Return True when a repository opens here with our password; False when none is here.

        Raises WrongRepositoryPassword when there is one that does not open, and RepositoryError
        when the place cannot be reached: neither is "none is here".
        """

    def create(self, like: Repository | None = None) -> None:
        """Make the repository; `like` another one, its chunking, so that copies deduplicate.

        One that stands here already and opens with our password (and chunks alike) is left as
        it is. Whether one was made here before, and is gone, only the caller can know.
        """

    def store(
        self,
        paths: Sequence[Path],
        tags: Sequence[str],
        watch: Watch,
        excludes: Sequence[str] = (),
    ) -> StoredSnapshot:
        """Store absolute `paths` as one snapshot and return it as the repository lists it.

        `excludes` are absolute patterns of what to leave out, as Dump has them. All or nothing:
        raises SourceUnreachable when a path is missing, DumpFailed when something below them
        could not be read, and no snapshot stays then.
        """

    def copy_to(self, other: Repository, snapshot_id: str, watch: Watch) -> StoredSnapshot:
        """Copy one snapshot into `other`; return it as `other` lists it, same tree.

        Copied before, it is found again and returned.
        """

    def snapshots(self) -> list[StoredSnapshot]:
        """Return all snapshots, oldest first."""

    def fetch(
        self, snapshot_id: str, target: Path, watch: Watch, include: Sequence[str] = ()
    ) -> None:
        """Write the snapshot (or only the absolute in-snapshot paths `include`) below `target`.

        Everything keeps its whole path: /etc/hosts is written to `target`/etc/hosts.
        """

    def read_file(self, snapshot_id: str, path: str) -> Iterator[bytes]:
        """Yield one stored file's bytes in chunks; raises at the end when they are not all."""

    def forget(self, snapshot_ids: Sequence[str], watch: Watch) -> None:
        """Remove exactly these snapshots (full ids) and free their space; verify they are gone.

        Snapshots that are gone already are no error. Raises ValueError for anything but full ids.
        """

    def check(self, watch: Watch, *, read_data: bool = False, part: str = "") -> None:
        """Check the structure, and with `read_data` every byte (or `part` k/n of them)."""

    def holding(self, packs: Sequence[str]) -> set[str]:
        """Return the full ids of the snapshots that need any of these packs (RepositoryDamaged).

        All of them where that cannot be told, as when nothing says which packs.
        """

    def stored_bytes(self) -> int:
        """Return the space the repository takes."""

    def unlock(self) -> None:
        """Remove locks of dead processes; never one of a living process.

        While a living process of this machine uses the repository, nothing is removed.
        """

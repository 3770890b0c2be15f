"""Getting a snapshot back out of a vault: local first, the media when local is gone or damaged."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from backups import wiring
from backups.errors import BackupError, Cancelled, RepositoryDamaged, RepositoryError
from backups.jobs.lifecycle import JobWatch
from backups.jobs.repositories import standing_copies
from backups.manifest import FILE_NAME
from backups.models import Copy, Snapshot, Source
from backups.specs import Fetched


def clear_dead(source: Source, purpose: str) -> None:
    """Remove what killed workers left on the staging disk of folders named `purpose`-..."""
    for lock in wiring.staging_folder(source).glob(f"{purpose}-*.lock"):
        with lock.open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)


@contextmanager
def scratch(source: Source, purpose: str) -> Iterator[Path]:
    """Give an empty folder for this source and purpose, and remove it afterwards.

    What a killed worker left in it is removed first; two workers never share it.
    """
    home = wiring.staging_folder(source)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / f"{purpose}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"{source.name}: another {purpose} is at work here.") from None
        folder = home / purpose
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def fetch(
    snapshot: Snapshot, target: Path, watch: JobWatch, include: Sequence[str] = ()
) -> tuple[Fetched, Copy]:
    """Write the snapshot (or only the paths `include`) below `target`; return it and its origin.

    Tries each standing copy in turn; raises the last trouble when none can be read. The manifest
    must be the very one that was recorded.
    """
    trouble: RepositoryError | None = None
    for copy in standing_copies(snapshot):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o700)
        try:
            repository = wiring.repository_for(copy.repository)
            repository.fetch(copy.restic_id, target, watch, include=include)
            fetched = Fetched(target, tuple(snapshot.paths))
            _require_manifest(snapshot, fetched)
        except Cancelled:
            raise
        except RepositoryError as error:
            watch.note(f"{copy.repository.vault.name}: {error}")
            trouble = error
        else:
            return fetched, copy
    raise trouble or RepositoryError(f"No copy of {snapshot} could be read.")


def _require_manifest(snapshot: Snapshot, fetched: Fetched) -> None:
    path = fetched.dump / FILE_NAME
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    if found != snapshot.manifest_sha256:
        raise RepositoryDamaged(f"The manifest of {snapshot} is not the one that was recorded.")

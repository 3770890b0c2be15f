"""The folder on local disk in which one source's night is made (SOP, backup step 2)."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backups import wiring
from backups.errors import BackupError, NoSpace
from backups.manifest import FILE_NAME
from backups.models import Source

HEADROOM = 1.1  # a dump may be a little larger than the database says it is
KEPT_MANIFEST = "last-good-manifest.jsonl"
TRIED_MANIFEST = "tried-manifest.jsonl"


@contextmanager
def staged(source: Source) -> Iterator[Path]:
    """Give an empty dump folder that only this process uses, and remove it afterwards.

    The kernel drops the lock with the process, so no kill leaves it behind. The folder's path
    is the same every night: restic finds the parent snapshot by it.
    """
    home = wiring.staging_folder(source)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                f"{source.name} is being backed up by another process on this machine.",
                advice="Wait for it to end.",
            ) from None
        folder = home / "dump"
        _empty(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def start_again(source: Source, folder: Path) -> Path | None:
    """Empty the dump folder for a try and return the manifest to start from, if there is one.

    That is the try before this one, which read everything anew, or else the last good night.
    """
    tried = folder / FILE_NAME
    kept = wiring.staging_folder(source) / TRIED_MANIFEST
    if tried.exists():
        tried.replace(kept)
        _empty(folder)
        return kept
    kept.unlink(missing_ok=True)
    _empty(folder)
    return previous_manifest(source)


def previous_manifest(source: Source) -> Path | None:
    """Return the last good night's manifest, if this machine still has it."""
    path = wiring.staging_folder(source) / KEPT_MANIFEST
    return path if path.exists() else None


def keep_manifest(source: Source, folder: Path) -> None:
    """Keep the night's manifest beside the dump folder: the next night starts from it."""
    kept = wiring.staging_folder(source) / KEPT_MANIFEST
    (folder / FILE_NAME).replace(kept)


def require_space(source: Source, size_bytes: int | None) -> None:
    """Raise NoSpace when the staging disk cannot hold a dump of `size_bytes`."""
    home = wiring.staging_folder(source)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    free = shutil.disk_usage(home).free
    needed = int((size_bytes or 0) * HEADROOM)
    if needed > free:
        raise NoSpace(
            f"{source.name} needs {needed:,} bytes on the staging disk; {free:,} are free.",
            advice="Free space on the disk of the staging folder, or set PULIH_STAGING elsewhere.",
        )

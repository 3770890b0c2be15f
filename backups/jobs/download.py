"""Making a download: fetched, loaded aside, proven, packed, and encrypted as it is written.

Live is neither asked nor touched. The archive never lies on a disk unencrypted (but for an
operator who names a file), it has its name only when it is whole, and its row is complete in the
transaction that makes the job GOOD. A worker that takes over begins anew under another key.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from backups import wiring
from backups.catalogue.hold import release
from backups.errors import NoSpace, ProofFailed, RestoreFailed
from backups.jobs import lifecycle
from backups.jobs.download_contents import Contents, contents_of
from backups.jobs.fetching import fetch, scratch
from backups.jobs.steps import Steps
from backups.manifest import FILE_NAME
from backups.models import Download, RestoreJob, RestorePhase
from backups.packing import Packing
from backups.specs import Fetched, SourceSpec
from portal.audit.record import record
from portal.lib import clock
from portal.lib.queue import enqueue
from portal.lib.seal import seal
from portal.lib.sealed_stream import SealedWriter, key_digest, new_key

PURPOSE = "download"
MAIL = "backups.tasks.mail_download"
STAGED = 3.0  # as large as the copy: what is fetched, what is loaded, and what is dumped again
PACKED = 1.1


@dataclass(frozen=True, slots=True)
class Made:
    """A finished archive: its file's name, its size as a person gets it, its key if it has one."""

    file: str
    size: int
    key: str = ""


class DownloadMaking:
    """One download at work."""

    def __init__(self, job: RestoreJob, watch: lifecycle.JobWatch) -> None:
        """Begin with a job that was claimed."""
        self.job = job
        self.watch = watch
        self.steps = Steps(job, watch)
        self.download = Download.objects.get(restore=job)
        self.restorer = wiring.restorer_for(job.source)

    def carry_out(self) -> None:
        """Go through the steps; until the last one there is nothing that anybody could fetch."""
        with scratch(self.job.source, PURPOSE) as folder:
            contents = self._plan(folder)
            fetched = self._fetch(folder, contents)
            with self.restorer.sandbox(folder / "sandbox", fetched) as place:
                with self.steps.step(RestorePhase.LOAD):
                    contents.load(fetched, place, self.watch)
                self._prove(contents, fetched, place, folder / "again")
                made = self._pack(contents, fetched, place)
        self._finish(made)

    def _plan(self, folder: Path) -> Contents:
        """Look at the copy's own list: what is wanted of it, and whether the disks can bear it."""
        with self.steps.step(RestorePhase.PLAN) as facts:
            contents = contents_of(self.job, folder)
            dump = Path(self.job.snapshot.paths[-1])
            names = [str(dump / name) for name in (FILE_NAME, *contents.notes)]
            noted, _ = fetch(self.job.snapshot, folder / "noted", self.watch, include=names)
            facts["bytes"] = contents.look_at(noted)
            if self.download.out:
                _require_free(Path(self.download.out))
            self._require_room(folder, contents.size)
        return contents

    def _require_room(self, folder: Path, size: int) -> None:
        """Raise NoSpace where the staging disk or that of the archive cannot hold it."""
        home = _home_of(self.download)
        needed: dict[int, tuple[Path, float]] = {}
        for place, times in ((folder, STAGED), (home, PACKED)):
            disk = place.stat().st_dev
            needed[disk] = (place, needed.get(disk, (place, 0.0))[1] + times * size)
        for place, wanted in needed.values():
            free = shutil.disk_usage(place).free
            if wanted > free:
                raise NoSpace(
                    f"{self.job.source.name}: the download needs {int(wanted):,} bytes on the disk"
                    f" of the {place.name} folder; {free:,} are free.",
                    advice="Free space there, or choose fewer tables or files.",
                )

    def _fetch(self, folder: Path, contents: Contents) -> Fetched:
        with self.steps.step(RestorePhase.FETCH, self.job.snapshot.byte_count) as facts:
            into = folder / "fetched"
            fetched, copy = fetch(self.job.snapshot, into, self.watch, include=contents.wanted)
            facts["vault"] = copy.repository.vault.name
        return fetched

    def _prove(
        self, contents: Contents, fetched: Fetched, place: SourceSpec, again: Path
    ) -> None:  # fmt: skip
        """Compare each object with what the backup recorded; only what is equal is packed."""
        with self.steps.step(RestorePhase.PROVE, contents.size):
            again.mkdir()
            proof = contents.prove(fetched, place, again, self.watch)
            shutil.rmtree(again)
            self.job.objects_equal, self.job.objects_total = proof.equal, proof.compared
            RestoreJob.objects.filter(pk=self.job.pk).update(
                objects_equal=proof.equal, objects_total=proof.compared
            )
            if not proof.holds:
                raise ProofFailed(f"{self.job.source.name}: {proof.sentence()}.")

    def _pack(self, contents: Contents, fetched: Fetched, place: SourceSpec) -> Made:
        with self.steps.step(RestorePhase.PACK, contents.size) as facts:

            def write(file: Any) -> None:
                packing = Packing(file, self.watch, contents.size)
                contents.pack(packing, fetched, place)

            made = _written_plain(self.download, write) if self.download.out else (
                _written_sealed(self.job, write)
            )  # fmt: skip
            facts["bytes"] = made.size
        return made

    def _finish(self, made: Made) -> None:
        """Make it known, in one transaction: from here on it can be fetched."""
        with self.steps.step(RestorePhase.KEEP):
            now = clock.now()
        columns = {"file": made.file, "size": made.size, "made_at": now}
        if made.key:
            columns |= {
                "key_sha256": key_digest(made.key),
                "key_secret": seal(made.key),
                "expires_at": now + timedelta(days=settings.PULIH_DOWNLOAD_DAYS),
            }
        with transaction.atomic():
            lifecycle.finish_good(self.job, self.watch, recovering=False)
            Download.objects.filter(pk=self.download.pk).update(**columns)
            release(self.job.hold_key)
            if made.key:
                enqueue(MAIL, self.download.pk, cluster="short")
            facts = {"source": self.job.source.key, "equal": self.job.objects_equal}
            record("download.made", actor="system:restore", subject=self.job, facts=facts)


def _home_of(download: Download) -> Path:
    """Return the folder that the archive is written to; made where it is ours and missing."""
    home = Path(download.out).parent if download.out else Path(settings.PULIH_DOWNLOADS)
    if not download.out:
        home.mkdir(parents=True, exist_ok=True, mode=0o750)
    return home


def _require_free(path: Path) -> None:
    if path.exists() or not path.parent.is_dir():
        there = "exists already" if path.exists() else "is in no folder that exists"
        raise RestoreFailed(f"{path} {there}.", advice="Name another file.")


def _written_sealed(job: RestoreJob, write: Callable[[Any], None]) -> Made:
    """Write the archive encrypted under a fresh key, for the web's group to read."""
    key, name = new_key(), f"{job.pk}-{secrets.token_hex(8)}.pulih"
    home = Path(settings.PULIH_DOWNLOADS)
    with _whole(home / f".{name}.part", home / name, 0o640) as file:
        sealed = SealedWriter(file, key)
        write(sealed)
        sealed.close()
    return Made(name, sealed.size, key)


def _written_plain(download: Download, write: Callable[[Any], None]) -> Made:
    """Write the archive to the operator's own file, for nobody else to read."""
    path = Path(download.out)
    part = path.with_name(f".{path.name}.pulih-part")
    part.unlink(missing_ok=True)
    with _whole(part, path, 0o600) as file:
        write(_Forward(file))
    return Made("", path.stat().st_size)


@dataclass(frozen=True, slots=True)
class _Forward:
    """A file that is only written to: both kinds of archive are the same to the byte's meaning."""

    file: BinaryIO

    def write(self, data: bytes) -> int:
        """Write on."""
        return self.file.write(data)

    def flush(self) -> None:
        """Do nothing: it is synced at the end."""


@contextmanager
def _whole(part: Path, path: Path, mode: int) -> Iterator[BinaryIO]:
    """Give a file to write; it has its name once it is on the disk, and is gone on any error."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(part, flags, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RestoreFailed(f"{path.name} could not be written: {error.strerror}.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise

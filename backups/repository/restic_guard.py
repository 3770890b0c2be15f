"""restic's calls on one repository, each inside our mutex, no lock of the dead left behind."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import orjson

from backups import process
from backups.errors import BackupError, RepositoryLocked
from backups.process import Finished
from backups.repository import restic_json
from backups.repository.growth import folder_bytes
from backups.repository.locations import folder_of, shown
from backups.repository.mutex import Mutex
from backups.repository.restic_call import prepared
from backups.specs import UNWATCHED, RepositorySpec, Watch

LONGEST = process.HOUR * 24
SHORT = process.HOUR / 6  # restic itself may try for a quarter of an hour to reach a host
GO_PANIC = 2  # restic 0.14 to 0.16 end so without taking their lock away
REAPING_SECONDS = 20.0
CHUNK = 1 << 20


class GuardedRestic:
    """One repository and the ways to call restic on it: ask, read, stream, write, unlock."""

    def __init__(
        self, spec: RepositorySpec, cache: Path, lock_folder: Path, patience: float
    ) -> None:
        self.spec = spec
        self.location = shown(spec.location)
        self._cache = cache
        self._mutex = Mutex(lock_folder, self.location)
        self._patience = patience

    def ask(self, *arguments: str, doing: str) -> str:
        """Return all that a short reading call answers; raise when it did not end well."""
        with self.held(UNWATCHED) as lock:
            call = ("--no-lock", *arguments)
            finished = self._run(call, [lock], UNWATCHED, timeout=SHORT, keep_all=True)
        self.must(finished, doing)
        return finished.stdout

    def read(self, *arguments: str, doing: str, watch: Watch) -> None:
        """Run a long call that changes nothing; raise when it did not end well.

        It takes no lock of restic's: ours keeps prune away meanwhile, so that a full disk can be
        read, and hours of checking or restoring hinder no nightly backup.
        """
        with self.held(watch) as lock:
            finished = self._run(("--no-lock", *arguments), [lock], watch)
        self.must(finished, doing)

    def stream(self, *arguments: str, doing: str) -> Iterator[bytes]:
        """Yield the stdout of a reading call in chunks; raise at its end when it ended badly."""
        with ExitStack() as stack:
            lock = stack.enter_context(self.held(UNWATCHED))
            call = stack.enter_context(prepared(("--no-lock", *arguments), self.spec, self._cache))
            stderr = stack.enter_context(tempfile.TemporaryFile())
            child = stack.enter_context(
                process.started(
                    call.argv,
                    extra_environment=call.environment,
                    stderr=stderr,
                    keep_open=(lock, *call.descriptors),
                )
            )
            output = cast("IO[bytes]", child.stdout)
            stack.callback(output.close)  # whoever stops half-way lets restic go at once
            yield from iter(partial(output.read, CHUNK), b"")
            returncode = process.wait(child, timeout=process.HOUR)
            stderr.seek(0)
            said = call.said(stderr.read().decode("utf-8", "replace"))
            self.must(Finished("restic", returncode, "", said), doing)

    def write(
        self,
        *arguments: str,
        watch: Watch,
        source: GuardedRestic | None = None,
        alone: bool = False,
    ) -> Finished:
        """Run a call that changes the repository and return how it ended.

        `source` is the repository to copy from; `alone` keeps all other work out. Should a lock
        of a dead process hinder it, that is taken away and the call made again; for a while,
        because restic takes a dead process for a living one until init has reaped it.
        """
        finished = self._write_once(arguments, watch, source, alone=alone)
        deadline = time.monotonic() + REAPING_SECONDS
        while _is_locked(finished) and time.monotonic() < deadline:
            _clear(self, source)
            finished = self._write_once(arguments, watch, source, alone=alone)
        return finished

    def config(self) -> dict[str, Any]:
        """Return the repository's config; opening it proves that it is here and opens."""
        return dict(orjson.loads(self.ask("cat", "config", doing="Opening")))

    def listing(self, *ids: str) -> list[restic_json.Listed]:
        """Return all snapshots, or those of `ids` that are here, oldest first."""
        return restic_json.snapshots(self.ask("snapshots", "--json", *ids, doing="Listing"))

    def disk_bytes(self) -> int | None:
        """Return what the repository takes on a disk of this machine; None for one elsewhere."""
        folder = folder_of(self.spec.location)
        return folder_bytes(folder) if folder else None

    def unlock(self) -> None:
        """Remove the locks of dead processes, unless a living one uses the repository."""
        with suppress(RepositoryLocked), self.held(UNWATCHED, alone=True, patience=0) as lock:
            finished = self._run(("unlock",), [lock], UNWATCHED)
            self.must(finished, "Unlocking")

    def must(self, finished: Finished, doing: str) -> None:
        """Raise the error that `finished` stands for, unless it ended well."""
        if not finished.ok:
            raise self.failure(finished, doing)

    def failure(self, finished: Finished, doing: str) -> BackupError:
        """Return the error that `finished` stands for; `doing` goes before our location."""
        said = shown(finished.stderr)
        return restic_json.failure(finished.returncode, said, f"{doing} {self.location}")

    def held(
        self, watch: Watch, *, alone: bool = False, patience: float | None = None
    ) -> AbstractContextManager[int]:
        """Hold our mutex, by default as patiently as this repository was told to be."""
        waiting = self._patience if patience is None else patience
        return self._mutex.held(watch, alone=alone, patience=waiting)

    def _write_once(
        self,
        arguments: Sequence[str],
        watch: Watch,
        source: GuardedRestic | None,
        *,
        alone: bool,
    ) -> Finished:
        ended_itself = False
        try:
            with ExitStack() as stack:
                locks = [stack.enter_context(self.held(watch, alone=alone))]
                if source:
                    locks.append(stack.enter_context(source.held(watch)))
                finished = self._run(arguments, locks, watch, source=source)
            ended_itself = finished.returncode >= 0 and finished.returncode != GO_PANIC
            return finished
        finally:
            if not ended_itself:
                _clear(self, source)

    def _run(
        self,
        arguments: Sequence[str],
        locks: Sequence[int],
        watch: Watch,
        *,
        source: GuardedRestic | None = None,
        timeout: float = LONGEST,
        keep_all: bool = False,
    ) -> Finished:
        with prepared(arguments, self.spec, self._cache, source.spec if source else None) as call:
            finished = process.run(
                call.argv,
                extra_environment=call.environment,
                timeout=timeout,
                watch=watch,
                on_line=partial(_tell, watch),
                keep_all=keep_all,
                keep_open=(*locks, *call.descriptors),
            )
            return replace(finished, stderr=call.said(finished.stderr))


def _is_locked(finished: Finished) -> bool:
    return restic_json.kind_of(finished.returncode, finished.stderr) is RepositoryLocked


def _clear(*sides: GuardedRestic | None) -> None:
    """Take away what a killed restic left, without hiding the trouble that killed it."""
    for side in filter(None, sides):
        with suppress(BackupError):
            side.unlock()


def _tell(watch: Watch, line: str) -> None:
    if told := restic_json.progress(line):
        watch.advance(*told)

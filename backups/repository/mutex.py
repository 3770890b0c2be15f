"""Our own lock around every restic call: an flock, which the kernel lets go when its holders die.

restic's locks outlive a killed process; this one cannot. The running restic inherits it, so it
is held until restic itself has ended, even when its worker was killed. Whoever holds it alone
therefore knows: any restic lock of this machine in the repository belongs to a dead process.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backups.errors import Cancelled, RepositoryLocked
from backups.specs import Watch

POLL_SECONDS = 0.1


class Mutex:
    """The lock of one repository on this machine."""

    def __init__(self, folder: Path, location: str) -> None:
        self._path = folder / f"{hashlib.sha256(location.encode()).hexdigest()}.lock"
        self._location = location

    @contextmanager
    def held(self, watch: Watch, *, alone: bool, patience: float) -> Iterator[int]:
        """Hold the lock, `alone` or together with others; yield its descriptor to pass on.

        Raises RepositoryLocked after `patience` seconds, Cancelled when `watch` says so.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            self._wait(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, watch, patience)
            yield descriptor
        finally:
            os.close(descriptor)

    def _wait(self, descriptor: int, kind: int, watch: Watch, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            if watch.stopped():
                raise Cancelled("The work was cancelled before it used the repository.")
            if _taken(descriptor, kind):
                return
            if time.monotonic() >= deadline:
                raise RepositoryLocked(
                    f"Other work of this machine still uses the repository {self._location}.",
                    advice="Wait until it ends, or cancel it, then try again.",
                )
            time.sleep(POLL_SECONDS)


def _taken(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

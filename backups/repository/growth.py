"""Progress of a program that tells none: how much already lies in the folder that it fills."""

from __future__ import annotations

import os
import time
from pathlib import Path

from backups.specs import Watch

SHORTEST_PAUSE = 1.0
SHARE_OF_TIME = 0.05


class Growing:
    """A Watch that looks how far `folder` has grown each time it is asked to stop.

    Looking costs at most a twentieth of the time, however many files there are.
    """

    def __init__(self, watch: Watch, folder: Path) -> None:
        self._watch = watch
        self._folder = folder
        self._next_look = time.monotonic() + SHORTEST_PAUSE
        self.silenced = False  # set when the program turns out to tell its progress itself

    def advance(self, done: int, total: int | None = None) -> None:
        """Pass on what the program itself told."""
        self.silenced = True
        self._watch.advance(done, total)

    def note(self, line: str) -> None:
        """Pass on."""
        self._watch.note(line)

    def stopped(self) -> bool:
        """Pass on the question, and look at the folder when it is time."""
        started = time.monotonic()
        if not self.silenced and started >= self._next_look:
            self._watch.advance(folder_bytes(self._folder))
            ended = time.monotonic()
            self._next_look = ended + max(SHORTEST_PAUSE, (ended - started) / SHARE_OF_TIME)
        return self._watch.stopped()


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below `folder`, as far as they are written; 0 when none."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.lstat(os.path.join(parent, name))  # noqa: PTH118 - a hot loop
            except FileNotFoundError:
                continue
            total += min(status.st_size, status.st_blocks * 512)
    return total

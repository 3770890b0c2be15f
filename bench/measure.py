"""Stop-watches: wall time, the part in which other programs ran, and this process's memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from backups import process


class Tools:
    """Adds up the seconds in which at least one program behind the one door was running."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._running = 0
        self._since = 0.0
        self._ordinary = process.started

    def __enter__(self) -> Self:
        process.started = self._started
        return self

    def __exit__(self, *_: object) -> None:
        process.started = self._ordinary

    @contextmanager
    def _started(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        if not self._running:
            self._since = time.monotonic()
        self._running += 1
        try:
            with self._ordinary(*args, **kwargs) as child:
                yield child
        finally:
            self._running -= 1
            if not self._running:
                self.seconds += time.monotonic() - self._since


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long `work` took, in seconds."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def forget_peak() -> None:
    """Let the peak be counted from now on; making the bench's own data is not the worker's work."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_megabytes() -> float:
    """Return the most memory that this process itself held since then, children not counted."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("The kernel tells no peak memory.")

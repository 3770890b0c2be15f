"""The one door to other programs.

Argument tuples, never a shell; secrets by environment or file, never in argv; a time limit
always; output kept to its last lines. A child gets SIGINT when its worker dies, even by
kill -9 (`setpriv --pdeathsig`), so that restic takes its lock away and no dump runs on alone.
"""

from __future__ import annotations

import io
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from backups.errors import BackupError, Cancelled, ToolMissing
from backups.specs import UNWATCHED, Watch

HOUR = 3600.0
KEPT_LINES = 200
KEPT_LINE_LENGTH = 4000
POLL_SECONDS = 0.2
GRACE_SECONDS = 15.0
INTERRUPTED_WITH_WORKER = ("setpriv", "--pdeathsig", "INT", "--")
BASE_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSH_AUTH_SOCK")

Child = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: exit code (negative: a signal) and its last lines."""

    program: str
    returncode: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """True when it ended with 0."""
        return self.returncode == 0

    def last_line(self) -> str:
        """Return the last line that says something, for an error sentence."""
        lines = [line for line in (self.stderr or self.stdout).splitlines() if line.strip()]
        return lines[-1].strip() if lines else f"exit code {self.returncode}"


def find_tool(name: str) -> str:
    """Return the program's path; raise ToolMissing when this machine has none."""
    if found := shutil.which(name):
        return found
    raise ToolMissing(f"The program {name} is not installed on this machine.")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a small environment: nothing of ours leaks, `extra` on top."""
    kept = {name: os.environ[name] for name in BASE_ENVIRONMENT if name in os.environ}
    return {"LC_ALL": "C.UTF-8", **kept, **(extra or {})}


def run(
    argv: Sequence[str],
    *,
    extra_environment: Mapping[str, str] | None = None,
    timeout: float = HOUR,
    watch: Watch = UNWATCHED,
    on_line: Callable[[str], None] | None = None,
    input_from: Iterable[bytes] | None = None,
    stdout_to: IO[bytes] | None = None,
    keep_all: bool = False,
    keep_open: Sequence[int] = (),
    meter: bool = False,
) -> Finished:
    """Run a program to its end and return how it ended.

    `on_line` gets each line of stdout as it comes; `stdout_to` takes stdout raw instead.
    `keep_all` keeps all of stdout rather than its last lines. `timeout` in seconds. With `meter`
    a carriage return ends a line of stdout too: progress meters write over themselves.
    `input_from` yields its stdin. `keep_open`: descriptors that it inherits under their numbers.
    Raises Cancelled when `watch` says so, BackupError on time-out, ToolMissing.
    """
    with started(
        argv,
        extra_environment=extra_environment,
        stdin=subprocess.PIPE if input_from is not None else subprocess.DEVNULL,
        stdout=stdout_to or subprocess.PIPE,
        keep_open=keep_open,
    ) as child:
        if input_from is not None and child.stdin:
            threading.Thread(target=_feed, args=(child.stdin, input_from), daemon=True).start()
        out = _Lines(child.stdout, on_line, None if keep_all else KEPT_LINES, meter=meter)
        err = _Lines(child.stderr, None, KEPT_LINES)
        wait(child, timeout=timeout, watch=watch)
        end(child)  # a helper of a killed child would hold its pipes open
        return Finished(Path(argv[0]).name, child.returncode, out.text(), err.text())


@contextmanager
def started(
    argv: Sequence[str],
    *,
    extra_environment: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
    cwd: Path | None = None,
    keep_open: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program in a session of its own; however the block ends, it is ended too.

    `keep_open`: descriptors that the program inherits under the same numbers.
    """
    find_tool(argv[0])
    child = subprocess.Popen(
        [*INTERRUPTED_WITH_WORKER, *argv],
        env=environment(extra_environment),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        pass_fds=keep_open,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        end(child)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe:
                pipe.close()


def wait(child: subprocess.Popen[bytes], *, timeout: float, watch: Watch = UNWATCHED) -> int:
    """Wait for the child; end it and raise when it takes too long or a person cancelled."""
    deadline = time.monotonic() + timeout
    while not _ended_within(POLL_SECONDS, child):
        if watch.stopped():
            end(child)
            raise Cancelled("The work was cancelled.")
        if time.monotonic() > deadline:
            end(child)
            raise BackupError(
                f"{_program(child)} took longer than {timeout / HOUR:.1f} hours and was ended."
            )
    return child.wait()


def _ended_within(seconds: float, child: Child) -> bool:
    """Wait for the child's end on the kernel's word; Popen.wait looks only now and then."""
    if child.poll() is not None:
        return True
    handle = os.pidfd_open(child.pid)
    try:
        kernel = select.poll()
        kernel.register(handle, select.POLLIN)
        return bool(kernel.poll(seconds * 1000))
    finally:
        os.close(handle)


def end(child: subprocess.Popen[bytes]) -> None:
    """End the child and its whole session: politely by SIGINT, then by SIGKILL.

    The last SIGKILL is for helpers that outlived the child, as pg_dump's workers do for a while.
    """
    if child.poll() is None:
        _signal_session(child, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_SECONDS)
    _signal_session(child, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)


def _signal_session(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _program(child: subprocess.Popen[bytes]) -> str:
    argv = child.args if isinstance(child.args, list) else [child.args]
    return Path(str(argv[len(INTERRUPTED_WITH_WORKER)])).name


def _feed(pipe: IO[bytes], chunks: Iterable[bytes]) -> None:
    try:
        with pipe:
            for chunk in chunks:
                pipe.write(chunk)
    except BrokenPipeError:
        return


class _Lines:
    """Reads a pipe in a thread, so that neither pipe of a child can ever fill up and block it."""

    def __init__(
        self,
        pipe: IO[bytes] | None,
        on_line: Callable[[str], None] | None,
        keep: int | None,
        *,
        meter: bool = False,
    ) -> None:
        self._kept: deque[str] = deque(maxlen=keep)
        self._on_line = on_line
        self._limit = KEPT_LINE_LENGTH if keep else None
        self._newline = None if meter else "\n"
        self._thread: threading.Thread | None = None
        if pipe:
            self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
            self._thread.start()

    def _read(self, pipe: IO[bytes]) -> None:
        lines = io.TextIOWrapper(pipe, "utf-8", "replace", newline=self._newline)
        for ended_line in lines:
            line = ended_line.rstrip("\n")
            self._kept.append(line[: self._limit])
            if self._on_line:
                self._on_line(line)

    def text(self) -> str:
        if self._thread:
            self._thread.join(GRACE_SECONDS)
        return "\n".join(self._kept)

"""kill -9 in a restore: of a worker that was forked for it, of a server, of restic."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from django.db import connections

from backups import process
from backups.engines import postgresql_whole
from backups.jobs import restore, undo
from backups.jobs.steps import Steps
from backups.models import RestoreJob, RestoreUndo
from portal.lib import clock
from tests.servers import until

BEGUN, AT_WORK, DONE = "begun", "at work", "done"
HERE = b"here"


class Nows(threading.local):
    """Which step each thread is in: the safety copy has one of its own."""

    step = ""


def at(
    patched: Any, step: str, moment: str, act: Callable[..., None], program: str = ""
) -> list[str]:
    """Let `act` happen once, when a restore comes to this moment of a step; return what happened.

    BEGUN: nothing of the step was done. AT_WORK: a program of the step runs (`act` may take it),
    or PostgreSQL's swap has closed live. DONE: all was done, and no row says so yet.
    """
    happened: list[str] = []
    now = Nows()
    save, wait, empty = Steps._save, process.wait, postgresql_whole._empty

    def here(of: str) -> bool:
        return moment == of and now.step == step and not happened

    def at_work(child: Any) -> bool:
        return here(AT_WORK) and program in {"", process._program(child)}

    def once(come: bool, *given: Any) -> None:
        if come:
            happened.append(step)
            act(*given)

    def saved(steps: Steps, kept: dict[str, Any], **values: Any) -> None:
        now.step = kept["phase"]
        once(here(DONE) and not values)
        save(steps, kept, **values)
        once(here(BEGUN) and bool(values))

    def waited(child: Any, **options: Any) -> int:
        once(at_work(child), child)
        return wait(child, **options)

    def emptied(*given: Any) -> None:
        once(here(AT_WORK))
        empty(*given)

    patched.setattr(Steps, "_save", saved)
    if program:
        patched.setattr(process, "started", _stopping(at_work))
        patched.setattr(process, "INTERRUPTED_WITH_WORKER", ())  # a child is the program at once
    patched.setattr(process, "wait", waited)
    patched.setattr(postgresql_whole, "_empty", emptied)
    return happened


def _stopping(awaited: Callable[[Any], bool]) -> Callable[..., AbstractContextManager[Any]]:
    """Return what starts programs and stops the awaited one: it might be done before its turn."""
    started = process.started

    @contextmanager
    def begun(argv: Any, **options: Any) -> Iterator[Any]:
        with started(argv, **options) as child:
            if awaited(child):
                os.kill(child.pid, signal.SIGSTOP)
            yield child

    return begun


def worker_killed(monkeypatch: Any, job: RestoreJob | RestoreUndo, step: str, moment: str) -> None:
    """Let a worker of its own carry out the job up to that moment, and kill it without warning."""
    connections.close_all()  # a connection belongs to one process
    reading, writing = os.pipe()
    worker = os.fork()
    if worker == 0:
        _work_until(monkeypatch, job, step, moment, writing)
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        said = pipe.read(len(HERE))
        os.kill(worker, signal.SIGKILL)
        said += pipe.read() or b""
    os.waitpid(worker, 0)
    assert said == HERE, said.decode()


def _work_until(
    patched: Any, job: RestoreJob | RestoreUndo, step: str, moment: str, writing: int
) -> NoReturn:
    """Be the worker and stand still when it comes to the moment; never come back."""

    def stand_still(*_: Any) -> None:
        os.write(writing, HERE)
        while True:
            signal.pause()

    try:
        at(patched, step, moment, stand_still)
        task = restore if isinstance(job, RestoreJob) else undo
        state = task.run(job.pk, clock.now())
        os.write(writing, f"It was never there: {state}".encode())
    finally:
        if told := sys.exc_info()[1]:
            os.write(writing, repr(told).encode())
        os._exit(1)


class Killable:
    """A server that can be killed and started again where it was."""

    def __init__(self, start: Callable[[], AbstractContextManager[Any]]) -> None:
        self._start = start
        self._running = ExitStack()
        self.server: Any = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.server is None:
            self.server = self._running.enter_context(self._start())

    def kill(self, *_: Any) -> None:
        """Kill it with all that it started, and see that nothing of it is left."""
        doomed = [self.server.pid, *_children_of(self.server.pid)]
        for pid in doomed:
            with suppress(ProcessLookupError):  # a child may have ended by itself meanwhile
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(lives, doomed)))
        self.server = None
        self._running.close()

    def stop(self) -> None:
        """End it, with all written out."""
        self.server = None
        self._running.close()


@contextmanager
def killable(start: Callable[[], AbstractContextManager[Any]]) -> Iterator[Killable]:
    """Yield a server that runs."""
    server = Killable(start)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class EndedBefore(Exception):
    """The program was quicker than the hand that was to kill it."""


def kill_program(child: Any) -> None:
    """Kill a program that was stopped as it began; raise EndedBefore when it had ended by then."""
    os.kill(child.pid, signal.SIGKILL)
    if child.wait() != -signal.SIGKILL:
        raise EndedBefore


def _state(pid: int) -> tuple[str, int]:
    """Return state and parent of a process; see proc(5)."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return state, int(parent)


def lives(pid: int) -> bool:
    """Say whether a process is there and has not ended."""
    return _state(pid)[0] not in {"X", "Z"}


def _children_of(pid: int) -> list[int]:
    everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [each for each in everybody if _state(each)[1] == pid]

"""Who descends from this process, as Linux tells it (proc(5), prctl(2))."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36
ZOMBIE = "Z"


class Kin(NamedTuple):
    """What /proc says of one process."""

    pid: int
    state: str
    parent: int
    session: int


def become_subreaper() -> None:
    """Become the parent of every descendant that loses its own."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def signal_on_parents_death(number: int) -> None:
    """Ask for the signal `number` when our parent dies."""
    _prctl(PR_SET_PDEATHSIG, number)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")


def everyone() -> Iterator[Kin]:
    """Yield every process that can be seen."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (kin := look(int(folder.name))):
            yield kin


def look(pid: int) -> Kin | None:
    """Return what is known of `pid`, or None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, parent, _, session = text[text.rindex(")") + 1 :].split()[:4]
    return Kin(pid, state, int(parent), int(session))


def in_session(leader: int) -> set[int]:
    """Return the living processes of the session that `leader` began."""
    return {kin.pid for kin in everyone() if kin.session == leader and kin.state != ZOMBIE}


def children() -> set[int]:
    """Return our living children."""
    ours = os.getpid()
    return {kin.pid for kin in everyone() if kin.parent == ours and kin.state != ZOMBIE}


def descendants(spared: Iterable[int] = ()) -> set[int]:
    """Return all living descendants of ours, without `spared` and what descends from those."""
    apart = set(spared)
    by_parent: dict[int, list[Kin]] = {}
    for kin in everyone():
        by_parent.setdefault(kin.parent, []).append(kin)
    found: set[int] = set()
    parents = [os.getpid()]
    while parents:
        for kin in by_parent.get(parents.pop(), []):
            if kin.pid not in apart and kin.pid not in found:
                parents.append(kin.pid)
                if kin.state != ZOMBIE:
                    found.add(kin.pid)
    return found


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone already needs none."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def reap() -> Iterator[tuple[int, int]]:
    """Yield (pid, exit code) of each child that ended, taking it off the kernel's list."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, os.waitstatus_to_exitcode(status)

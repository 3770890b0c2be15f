"""Keeps the processes of a Procfile running together, and lets none outlive it.

Two processes share the work, each the other's safety net. The *keeper* is what the person
started: it passes signals on and waits. The *conductor* starts the Procfile's lines, prints what
they say and starts again what crashed. Both are child subreapers (prctl(2)), so whatever loses
its parent lands with them. When the conductor dies, the keeper ends what is left; when the keeper
dies, the conductor is told by SIGTERM and ends everything itself, kill -9 or not.

The end is polite first. Only the main process of each line gets SIGTERM: django-q2's workers,
told themselves, die in the middle of a task and its main process waits for them for ever.
"""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import string
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from portal.lib import kinship

GRACE_SECONDS = 10.0  # for the main processes to end by themselves
LOCK_SECONDS = 5.0  # for tools that lost their worker to take their locks away
CALM_SECONDS = 60.0  # who ran this long has recovered: its next crash is its first
LONGEST_BACK_OFF = 30.0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TOLD_BY_PARENTS_DEATH = ("setpriv", "--pdeathsig", "TERM", "--")
COLOURS = (36, 33, 32, 35, 34, 31)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a Procfile: a name and the words of its command."""

    name: str
    argv: tuple[str, ...]


def read_procfile(text: str, environment: Mapping[str, str]) -> list[list[Line]]:
    """Return the floors of a Procfile; `$NAME` is taken from `environment`.

    An empty line ends a floor. Floors start from the first and stop from the last: whoever
    leans on a server stands on a floor above it.
    """
    floors: list[list[Line]] = [[]]
    for raw in text.splitlines():
        if not raw.strip():
            floors.append([])
        elif not raw.startswith("#"):
            name, _, command = raw.partition(":")
            words = shlex.split(string.Template(command).substitute(environment))
            floors[-1].append(Line(name.strip(), tuple(words)))
    return [floor for floor in floors if floor]


def back_off(crashes: int) -> float:
    """Return the seconds to wait before the next start, after so many crashes in a row."""
    return min(2.0 ** (crashes - 1), LONGEST_BACK_OFF)


def guarded(work: Callable[[], int]) -> int:
    """Run `work` in a child of ours; return its exit code when nothing of it is left."""
    kinship.become_subreaper()
    keeper = os.getpid()
    sys.stdout.flush()
    conductor = os.fork()
    if conductor == 0:
        _as_conductor(work, keeper)
    for number in STOPPING:
        signal.signal(number, lambda number, _: kinship.send(conductor, number))
    code = os.waitstatus_to_exitcode(os.waitpid(conductor, 0)[1])
    end(kinship.children())
    return code if code >= 0 else 128 - code


def _as_conductor(work: Callable[[], int], keeper: int) -> NoReturn:
    """Run `work` out of the terminal's reach: its signals come through the keeper, once."""
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        kinship.become_subreaper()
        kinship.signal_on_parents_death(signal.SIGTERM)
        if os.getppid() == keeper:  # else it died before we asked to be told
            code = work()
    except Exception:  # noqa: BLE001 - a fork must never return into its parent's code
        traceback.print_exc()
    finally:
        os._exit(code)


def end(
    mains: set[int],
    spared: Iterable[int] = (),
    meanwhile: Callable[[float], object] = time.sleep,
) -> None:
    """End `mains` and every descendant of ours, except the families of `spared`.

    First SIGTERM to the mains alone; then SIGKILL to what shares their sessions, so that a tool
    in a session of its own (a dump, restic) hears of its worker's death and takes its lock away;
    then SIGKILL to whatever is left. `meanwhile` is called, with seconds, instead of sleeping.
    """

    def none_left(within: float) -> bool:
        deadline = time.monotonic() + within
        while kinship.descendants(spared) and time.monotonic() < deadline:
            meanwhile(0.05)
            list(kinship.reap())
        return not kinship.descendants(spared)

    for main in mains:
        kinship.send(main, signal.SIGTERM)
    if none_left(GRACE_SECONDS):
        return
    kill(pid for main in mains for pid in kinship.in_session(main))
    if none_left(LOCK_SECONDS):
        return
    while not none_left(0.5):
        kill(kinship.descendants(spared))


def kill(pids: Iterable[int]) -> None:
    """Send SIGKILL to each."""
    for pid in pids:
        kinship.send(pid, signal.SIGKILL)


def say(*words: str) -> None:
    """Print one line at once; a terminal that was closed is no reason to stop short."""
    with suppress(OSError):
        sys.stdout.write(" ".join(words) + "\n")
        sys.stdout.flush()


@dataclass(slots=True)
class Running:
    """A Procfile's line and the process that carries it out now."""

    line: Line
    label: str
    pid: int = 0
    started: float = 0.0
    crashes: int = 0
    start_at: float = 0.0  # when a crashed line is due again
    rest: bytes = b""  # the beginning of a line whose end has not come yet


@dataclass(slots=True)
class Conductor:
    """Starts processes, prints what they say, starts again what crashed."""

    environment: Mapping[str, str]
    stopping: bool = False
    running: list[Running] = field(default_factory=list)
    exits: dict[int, int] = field(default_factory=dict)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def __post_init__(self) -> None:
        for number in STOPPING:
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        awake, waker = os.pipe()
        for end_of_pipe in (awake, waker):
            os.set_blocking(end_of_pipe, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        self.selector.register(awake, selectors.EVENT_READ, None)

    def _ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def run_to_end(self, argv: Sequence[str]) -> bool:
        """Run one command with our terminal; say whether it ended well and nobody interrupted."""
        pid = self._spawn(argv, sys.stdout.fileno())
        while not self.stopping:
            if pid in self.exits:
                return self.exits[pid] == 0
            self._turn()
        end({pid})
        return False

    def conduct(self, floors: Sequence[Sequence[Line]], announce: Callable[[], bool]) -> int:
        """Keep all floors running until a signal comes, then end them, the last floor first.

        `announce` is called at every turn until it returns True.
        """
        if self.stopping:
            return 0
        width = max(len(line.name) for floor in floors for line in floor)
        for number, line in enumerate(line for floor in floors for line in floor):
            self.running.append(Running(line, _label(line.name, width, number)))
            self._start(self.running[-1])
        announced = False
        while not self.stopping:
            announced = announced or announce()
            self._turn()
            self._tend()
        say("\nStopping ...")
        for floor in reversed(floors):
            self._end_floor(floor)
        return 0

    def _end_floor(self, floor: Sequence[Line]) -> None:
        here = {one.pid for one in self.running if one.line in floor and one.pid}
        below = {one.pid for one in self.running if one.pid} - here
        end(here, below, self._listen)
        while self._listen(0):  # their last words
            continue
        self.running = [one for one in self.running if one.pid in below]

    def _start(self, one: Running) -> None:
        ours, theirs = os.pipe()
        one.pid, one.started = self._spawn(one.line.argv, theirs), time.monotonic()
        os.close(theirs)
        self.selector.register(ours, selectors.EVENT_READ, one)

    def _spawn(self, argv: Sequence[str], output: int) -> int:
        words = [*TOLD_BY_PARENTS_DEATH, *argv]
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ]
        return os.posix_spawnp(
            words[0], words, dict(self.environment), file_actions=actions, setsid=True
        )

    def _turn(self) -> None:
        """Wait a moment for something to happen; print what was said, note who ended."""
        self._listen(0.2)
        for pid, code in kinship.reap():
            self.exits[pid] = code

    def _listen(self, seconds: float) -> bool:
        """Print what was said within the time; say whether anything was."""
        heard = self.selector.select(seconds)
        for key, _ in heard:
            data = os.read(key.fd, 65536)
            if key.data is not None:
                _say(key.data, data)
            if not data:
                self.selector.unregister(key.fd)
                os.close(key.fd)
        return bool(heard)

    def _tend(self) -> None:
        """Look after those that ended: say so, and start them again when they are due."""
        now = time.monotonic()
        for one in self.running:
            if one.pid in self.exits:
                self._note_crash(one, self.exits.pop(one.pid), now)
            elif not one.pid and now >= one.start_at:
                self._start(one)

    def _note_crash(self, one: Running, code: int, now: float) -> None:
        kill(kinship.in_session(one.pid))  # workers whose main process was killed work on
        one.crashes = 1 if now - one.started > CALM_SECONDS else one.crashes + 1
        one.pid, one.start_at = 0, now + back_off(one.crashes)
        say(one.label, f"ended ({code}); starts again in {back_off(one.crashes):.0f} s")


def _say(one: Running, data: bytes) -> None:
    """Print the whole lines of what was said; at the end, what is left."""
    *lines, one.rest = (one.rest + data).split(b"\n")
    if not data and one.rest:
        lines, one.rest = [one.rest], b""
    for line in lines:
        say(one.label, line.decode("utf-8", "replace"))


def _label(name: str, width: int, number: int) -> str:
    text = f"{name:<{width}} |"
    if not sys.stdout.isatty():
        return text
    return f"\033[{COLOURS[number % len(COLOURS)]}m{text}\033[0m"

"""The supervisor with real processes: nothing outlives it, whatever kills it."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from portal.lib import kinship
from portal.supervisor import Line, back_off, read_procfile

BASE = Path(__file__).resolve().parents[2]
DRIVER = """
import os, sys
from pathlib import Path
from portal import supervisor
supervisor.GRACE_SECONDS = supervisor.LOCK_SECONDS = 0.5
supervisor.back_off = lambda crashes: 0.1
floors = supervisor.read_procfile(Path(sys.argv[1]).read_text(), os.environ)
sys.exit(supervisor.guarded(lambda: supervisor.Conductor(os.environ).conduct(floors, lambda: True)))
"""
PATIENCE = 30.0
STUBBORN = (
    """sh -c 'trap "" TERM INT; (setsid sleep 600 &); touch %s; while :; do sleep 600; done'"""
)


def until(condition):
    """Wait for the condition, which must come within a generous while, and return its value."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)
    return value


class Supervised:
    """A supervisor of its own, whose every descendant carries a mark in its environment."""

    def __init__(self, folder, procfile):
        self.mark = f"PULIH_TEST_MARK={uuid4()}"
        self.file = folder / "Procfile"
        self.file.write_text(procfile)
        name, value = self.mark.split("=")
        self.keeper = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(self.file)],
            cwd=BASE,
            env={**os.environ, name: value},
            stdout=subprocess.PIPE,
        )

    def processes(self):
        """Return every living process with our mark."""
        return {kin.pid for kin in kinship.everyone() if kin.state != "Z" and self.marked(kin.pid)}

    def marked(self, pid):
        try:
            return self.mark.encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False

    def conductor(self):
        """Return the one child of what the person started."""
        (pid,) = {kin.pid for kin in kinship.everyone() if kin.parent == self.keeper.pid}
        return pid


@contextmanager
def supervised(folder, procfile):
    """Yield a running supervisor; whatever the test did, nothing of it stays."""
    one = Supervised(folder, procfile)
    try:
        yield one
    finally:
        for pid in one.processes():
            kinship.send(pid, signal.SIGKILL)
        one.keeper.stdout.close()
        one.keeper.wait()


@pytest.fixture
def stubborn(tmp_path):
    """Run two processes that refuse to end, each with a daemon that left its session."""
    up = [tmp_path / "first", tmp_path / "second"]
    lines = [f"{file.name}: {STUBBORN % file}" for file in up]
    with supervised(tmp_path, "\n\n".join(lines)) as one:
        until(lambda: all(file.exists() for file in up))
        yield one


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_leaves_no_process(stubborn, number):
    stubborn.keeper.send_signal(number)
    assert stubborn.keeper.wait(PATIENCE) == 0
    assert stubborn.processes() == set()


def test_kill_9_of_what_the_person_started_leaves_no_process(stubborn):
    stubborn.keeper.kill()
    until(lambda: not stubborn.processes())


def test_kill_9_of_its_other_half_leaves_no_process(stubborn):
    kinship.send(stubborn.conductor(), signal.SIGKILL)
    assert stubborn.keeper.wait(PATIENCE) == 128 + signal.SIGKILL
    assert stubborn.processes() == set()


def test_a_crashed_process_is_started_again(tmp_path):
    starts = tmp_path / "starts"
    with supervised(tmp_path, f"fickle: sh -c 'echo started >> {starts}; exit 3'") as one:
        until(lambda: starts.exists() and len(starts.read_text().split()) > 2)
        one.keeper.send_signal(signal.SIGINT)
        said = one.keeper.communicate(timeout=PATIENCE)[0].decode()
    assert "fickle | ended (3); starts again in" in said


def test_a_crashed_process_takes_its_workers_along(tmp_path):
    worker = tmp_path / "worker"
    (tmp_path / "main.sh").write_text(f"sleep 600 & echo $! >> {worker}; wait")
    with supervised(tmp_path, f"main: sh {tmp_path}/main.sh") as one:
        first = int(until(lambda: worker.exists() and worker.read_text().strip()))
        kinship.send(kinship.look(first).parent, signal.SIGKILL)
        until(lambda: len(worker.read_text().split()) == 2)
        assert first not in one.processes()


def test_only_the_main_process_is_asked_to_stop(tmp_path):
    asked = tmp_path / "asked"
    worker = f'trap "echo worker >> {asked}" TERM; touch {tmp_path}/up; while :; do sleep 1; done'
    (tmp_path / "worker.sh").write_text(worker)
    main = f'trap "echo main >> {asked}; exit 0" TERM; sh {tmp_path}/worker.sh & wait'
    (tmp_path / "main.sh").write_text(main)
    with supervised(tmp_path, f"cluster: sh {tmp_path}/main.sh") as one:
        until((tmp_path / "up").exists)
        one.keeper.send_signal(signal.SIGTERM)
        one.keeper.wait(PATIENCE)
    assert asked.read_text() == "main\n"


def test_the_floor_below_stands_until_the_floor_above_has_ended(tmp_path):
    ended = tmp_path / "ended"
    script = "trap 'echo {0} >> {1}; exit 0' TERM; touch {2}/{0}; while :; do sleep 0.05; done"
    for name in ("server", "client"):
        (tmp_path / f"{name}.sh").write_text(script.format(name, ended, tmp_path))
    lines = f"server: sh {tmp_path}/server.sh\n\nclient: sh {tmp_path}/client.sh"
    with supervised(tmp_path, lines) as one:
        until(lambda: (tmp_path / "server").exists() and (tmp_path / "client").exists())
        one.keeper.send_signal(signal.SIGINT)
        one.keeper.wait(PATIENCE)
    assert ended.read_text().split() == ["client", "server"]


def test_a_closed_terminal_still_ends_everything_politely(tmp_path):
    (tmp_path / "main.sh").write_text(
        f"trap 'echo ended; echo ended > {tmp_path}/ended; exit 0' TERM; touch {tmp_path}/up;"
        " while :; do sleep 0.05; done"
    )
    with supervised(tmp_path, f"main: sh {tmp_path}/main.sh") as one:
        until((tmp_path / "up").exists)
        one.keeper.stdout.close()
        one.keeper.send_signal(signal.SIGHUP)
        assert one.keeper.wait(PATIENCE) == 0
        assert one.processes() == set()
    assert (tmp_path / "ended").read_text() == "ended\n"


def test_every_line_says_who_said_it(tmp_path):
    said = "echo one; printf two; touch up; sleep 600"
    lines = f"web: sh -c 'cd {tmp_path}; {said}'\nworker: sh -c 'echo three; sleep 600'"
    with supervised(tmp_path, lines) as one:
        first = {one.keeper.stdout.readline() for _ in range(2)}
        until((tmp_path / "up").exists)
        one.keeper.send_signal(signal.SIGINT)
        rest = one.keeper.communicate(timeout=PATIENCE)[0]
    assert first == {b"web    | one\n", b"worker | three\n"}
    assert b"web    | two\n" in rest


def test_a_taken_port_is_told_before_anything_is_done(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "serve", f"--port={port}"],
            cwd=BASE,
            env={**os.environ, "PULIH_VAR": str(tmp_path / "var")},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 1
    assert f"Port {port} is taken by another program." in done.stderr
    assert not (tmp_path / "var" / "demo").exists()


def test_a_procfile_has_floors_names_and_words():
    text = "# servers\npg: serve pg\n\nweb: web --bind h:$PORT 'a b'\n"
    assert read_procfile(text, {"PORT": "8000"}) == [
        [Line("pg", ("serve", "pg"))],
        [Line("web", ("web", "--bind", "h:8000", "a b"))],
    ]


def test_the_back_off_doubles_up_to_half_a_minute():
    assert [back_off(crashes) for crashes in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]

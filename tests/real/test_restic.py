"""What befalls real repositories: killed programs, lost files, other work, no rights, no host."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from backups.errors import (
    Cancelled,
    DumpFailed,
    RepositoryDamaged,
    RepositoryError,
    RepositoryLocked,
    RepositoryMissing,
    ToolMissing,
    VersionMismatch,
)
from backups.process import find_tool
from backups.repository import restic_guard
from backups.repository.restic import Restic, restic_version
from backups.specs import UNWATCHED, RepositorySpec, Unwatched
from tests import quick_restic, sshd

PATIENCE_SECONDS = 60.0
LONG_WORK_BYTES = 64 << 30  # of nothing: a sparse file, minutes of reading for restic
NOBODY = 65534
CHECKOUT = Path(__file__).parents[2]


class Vault:
    """A repository of its own, and a folder whose backup outlasts every test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder / "repository"
        self.spec = quick_restic.make(self.place)
        self.repository = self.opened()
        self.data = folder / "data"
        self.data.mkdir()
        (self.data / "file").write_text("isi")
        self.endless = folder / "endless"
        self.endless.mkdir()
        with (self.endless / "sparse").open("wb") as sparse:
            sparse.truncate(LONG_WORK_BYTES)

    def opened(self, **more: float) -> Restic:
        return Restic(self.spec, self.folder / "cache", self.folder / "locks", **more)

    def store(self):
        return self.repository.store([self.data], ["test"], UNWATCHED)

    def locks(self) -> list[str]:
        """Return the locks, without the half-written that a killed restic may leave."""
        names = [path.name for path in (self.place / "locks").iterdir()]
        return [name for name in names if "-tmp-" not in name]

    def restic(self) -> int:
        """Return the process id of the restic that stores the endless folder."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and self._stores(entry):
                return int(entry.name)
        raise LookupError("No restic is running.")

    def _stores(self, process: Path) -> bool:
        try:
            argv = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return argv[0] == b"restic" and os.fsencode(self.endless) in argv

    @contextmanager
    def storing(self) -> Iterator[tuple[Future, Switch]]:
        """Store the endless folder meanwhile, from where restic has its lock; then cancel it."""
        switch = Switch()
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(self.repository.store, [self.endless], [], switch)
            try:
                until(lambda: switch.heard and self.locks())
                yield work, switch
            finally:
                switch.off.set()


class Switch(Unwatched):
    """A Watch that can be told to stop the work, and knows whether it heard of progress."""

    def __init__(self) -> None:
        self.off = threading.Event()
        self.heard = False

    def advance(self, done: int, total: int | None = None) -> None:
        self.heard = True

    def stopped(self) -> bool:
        return self.off.is_set()


def until(holds: Callable[[], object]) -> None:
    """Return as soon as it holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "It never came to hold."
        time.sleep(0.01)


@contextmanager
def plain_restic(vault: Vault, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Give a restic of somebody else, once it has its lock; it is killed and leaves that."""
    environment = {
        **os.environ,
        "RESTIC_REPOSITORY": vault.spec.location,
        "RESTIC_PASSWORD": vault.spec.password,
        "RESTIC_CACHE_DIR": str(vault.folder / "cache"),
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen([find_tool("restic"), *words], env=environment, **quiet)
    try:
        until(vault.locks)
        yield child
    finally:
        child.kill()
        child.wait()


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path)


# Killed programs


def test_a_cancelled_store_leaves_no_lock_and_no_snapshot(vault):
    with vault.storing() as (work, switch):
        switch.off.set()
        with pytest.raises(Cancelled):
            work.result(PATIENCE_SECONDS)
    assert vault.locks() == []
    assert vault.repository.snapshots() == []


def test_a_killed_restic_leaves_no_lock_and_no_snapshot(vault):
    with vault.storing() as (work, _):
        os.kill(vault.restic(), signal.SIGKILL)
        with pytest.raises(RepositoryError, match="killed by signal 9"):
            work.result(PATIENCE_SECONDS)
    assert vault.locks() == []
    assert vault.repository.snapshots() == []


def test_a_killed_worker_holds_the_repository_until_its_restic_has_ended(vault):
    stored = vault.store()
    words = (vault.spec.location, vault.spec.password, vault.folder, vault.endless)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, *map(str, words)], cwd=CHECKOUT)
    until(vault.locks)
    restic = vault.restic()
    os.kill(restic, signal.SIGSTOP)
    worker.kill()
    worker.wait()
    try:
        with pytest.raises(RepositoryLocked, match="this machine"):
            vault.opened(patience=0).forget([stored.id], UNWATCHED)
    finally:
        os.kill(restic, signal.SIGCONT)
    vault.repository.forget([stored.id], UNWATCHED)
    assert vault.locks() == []
    assert vault.repository.snapshots() == []


WORKER = """
import sys
from pathlib import Path
from backups.process import find_tool
from backups.repository import restic_guard
from backups.repository.restic import Restic
from backups.specs import UNWATCHED, RepositorySpec

place, password, folder, data = sys.argv[1:]
spec = RepositorySpec(place, password)
Restic(spec, Path(folder, "cache"), Path(folder, "locks")).store([Path(data)], [], UNWATCHED)
"""


def test_a_lock_of_the_dead_is_cleared_by_the_call_that_it_hinders(vault):
    stored = vault.store()
    with plain_restic(vault, "backup", str(vault.endless)):
        pass
    assert vault.locks()
    vault.repository.forget([stored.id], UNWATCHED)
    assert vault.locks() == []

    with plain_restic(vault, "check"):  # its lock keeps everybody out
        pass
    assert vault.locks()
    assert vault.repository.snapshots() == []
    assert vault.store().id
    assert vault.locks() == []


def test_a_lock_of_the_living_is_left_alone(vault, monkeypatch):
    monkeypatch.setattr(restic_guard, "REAPING_SECONDS", 0.0)
    stored = vault.store()
    with plain_restic(vault, "backup", str(vault.endless)) as stranger:
        with pytest.raises(RepositoryLocked, match=f"PID {stranger.pid} "):
            vault.repository.forget([stored.id], UNWATCHED)
        assert vault.locks()
    assert [kept.id for kept in vault.repository.snapshots()] == [stored.id]


def test_unlock_takes_the_locks_of_the_dead_only(vault):
    with plain_restic(vault, "backup", str(vault.endless)):
        pass
    (dead,) = vault.locks()
    with vault.storing():
        vault.opened().unlock()
        assert set(vault.locks()) > {dead}
    assert vault.locks() == []


# Other work at the same time


def test_two_writers_at_once_both_keep_their_snapshot(vault):
    other = vault.folder / "other"
    other.mkdir()
    (other / "file").write_text("lain")
    with ThreadPoolExecutor(2) as pool:
        works = [
            pool.submit(vault.opened().store, [folder], [], UNWATCHED)
            for folder in (vault.data, other)
        ]
        ids = {work.result(PATIENCE_SECONDS).id for work in works}
    assert {kept.id for kept in vault.repository.snapshots()} == ids
    vault.repository.check(UNWATCHED, read_data=True)


def test_checks_and_reads_go_on_while_a_backup_runs_and_forgetting_waits(vault):
    stored = vault.store()
    with vault.storing() as (work, _):
        second = vault.opened(patience=0)
        second.check(UNWATCHED, read_data=True)
        second.fetch(stored.id, vault.folder / "out", UNWATCHED)
        with pytest.raises(RepositoryLocked):
            second.forget([stored.id], UNWATCHED)
        assert not work.done()


def test_waiting_for_other_work_can_be_cancelled(vault):
    stored = vault.store()
    impatient = Switch()
    with vault.storing(), ThreadPoolExecutor(1) as pool:
        forgetting = pool.submit(vault.opened().forget, [stored.id], impatient)
        impatient.off.set()
        with pytest.raises(Cancelled):
            forgetting.result(PATIENCE_SECONDS)
    assert [kept.id for kept in vault.repository.snapshots()] == [stored.id]


# Loss and damage


def test_a_vanished_repository_is_missing_and_not_made_anew(vault):
    stored = vault.store()
    shutil.rmtree(vault.place)
    for use in (
        vault.store,
        vault.repository.snapshots,
        lambda: vault.repository.fetch(stored.id, vault.folder / "out", UNWATCHED),
    ):
        with pytest.raises(RepositoryMissing, match=str(vault.place)):
            use()
    assert not vault.place.exists()
    assert not vault.repository.exists()


def test_a_check_names_the_pack_that_is_missing(vault):
    (vault.data / "noise").write_bytes(os.urandom(100_000))
    vault.store()
    pack = quick_restic.largest_pack(vault.place)
    pack.unlink()
    with pytest.raises(RepositoryDamaged, match=pack.name):
        vault.repository.check(UNWATCHED)


def test_the_parts_of_a_check_together_read_every_pack(vault):
    (vault.data / "noise").write_bytes(os.urandom(100_000))
    vault.store()
    pack = quick_restic.damage(vault.place)
    found = [finding(vault.repository, part) for part in ("1/2", "2/2")]
    assert found.count("") == 1
    assert pack.name in "".join(found)


def finding(repository, part):
    try:
        repository.check(UNWATCHED, part=part)
    except RepositoryDamaged as damage:
        return str(damage)
    return ""


def test_a_copy_into_a_damaged_repository_names_that_one(vault):
    stored = vault.store()
    media = vault.folder / "media"
    there = Restic(
        quick_restic.make(media, second=True), vault.folder / "cache", vault.folder / "locks"
    )
    there.store([vault.data], [], UNWATCHED)
    for index in (media / "index").iterdir():
        index.chmod(0o600)
        index.write_bytes(index.read_bytes()[:-1] + b"?")
    shutil.rmtree(vault.folder / "cache")
    with pytest.raises(RepositoryDamaged, match=str(media)):
        vault.repository.copy_to(there, stored.id, UNWATCHED)


# What may not be read, seen or reached


def test_a_file_without_rights_fails_the_store_and_leaves_no_snapshot():
    with ordinary_user() as folder:
        vault = Vault(folder)
        (vault.data / "file").chmod(0)
        with pytest.raises(DumpFailed, match=r"file: .*[Pp]ermission denied") as failure:
            vault.store()
        assert "read" in failure.value.advice
        assert vault.repository.snapshots() == []
        (vault.data / "file").chmod(0o600)
        assert vault.store().id


@contextmanager
def ordinary_user():
    """Be an ordinary user for a while, with a folder of one's own; root or not before."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.seteuid(before)


def test_no_password_is_seen_while_restic_runs(vault):
    secret = os.fsencode(vault.spec.password)
    with vault.storing():
        restic = Path("/proc", str(vault.restic()))
        assert secret not in (restic / "cmdline").read_bytes()
        assert secret not in (restic / "environ").read_bytes()
        files = [path for path in vault.folder.rglob("*") if vault.endless not in path.parents]
        assert not [path for path in files if path.is_file() and secret in path.read_bytes()]


def test_a_host_that_does_not_answer_is_named_with_the_reason(vault):
    spec = RepositorySpec(f"sftp://nobody@127.0.0.1:{sshd.free_port()}//vault", "x")
    repository = Restic(spec, vault.folder / "cache", vault.folder / "locks")
    with pytest.raises(RepositoryError, match=r"127.0.0.1 port \d+: Connection refused") as error:
        repository.exists()
    assert type(error.value) is RepositoryError


def test_reading_may_stop_half_way_and_leaves_nothing_running(vault):
    (vault.data / "noise").write_bytes(os.urandom(20_000_000))
    stored = vault.store()
    chunks = vault.repository.read_file(stored.id, str(vault.data / "noise"))
    assert next(chunks)
    chunks.close()
    vault.opened(patience=0).forget([stored.id], UNWATCHED)


# The program itself


@pytest.fixture
def asked_anew():
    restic_version.cache_clear()
    yield
    restic_version.cache_clear()


def test_knows_the_release_of_restic(asked_anew):
    assert restic_version() >= (0, 14, 0)


def test_refuses_a_restic_that_is_too_old_and_says_what_to_do(asked_anew, tmp_path, monkeypatch):
    old = tmp_path / "restic"
    old.write_text("#!/bin/sh\necho restic 0.12.1 compiled with go1.15\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(VersionMismatch, match=r"0\.12\.1") as error:
        restic_version()
    assert "0.14" in error.value.advice


def test_says_when_restic_is_not_installed(asked_anew, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="restic"):
        restic_version()

"""The repository contract, kept by restic on a disk, restic behind a real sshd, and the fake."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from backups.repository.restic import Restic
from backups.specs import RepositorySpec
from tests import quick_restic, sshd
from tests.contracts.repository_contract import RepositoryContract
from tests.fakes.repository import Disk, MemoryRepository

LARGEST_FILE = 500_000


class ResticRoom:
    """Repositories in folders below `folder`, at the address that `reached` makes of each."""

    def __init__(self, folder: Path, reached: Callable[[RepositorySpec], RepositorySpec]) -> None:
        self._folder = folder
        self.repository = self._restic(reached(quick_restic.make(folder / "one")))
        self.other = self._restic(reached(quick_restic.make(folder / "two", second=True)))
        self.absent = self._restic(reached(RepositorySpec(str(folder / "none"), "lain")))
        self.wrong = self._restic(reached(RepositorySpec(str(folder / "one"), "keliru")))

    def _restic(self, spec: RepositorySpec) -> Restic:
        return Restic(spec, self._folder / "cache", self._folder / "locks")

    def damage(self) -> None:
        quick_restic.damage(self._folder / "one")

    @contextmanager
    def no_space(self) -> Iterator[None]:
        """Let no file grow large: a limit that root and others meet alike, on any disk."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGXFSZ})  # else it would end restic
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGXFSZ})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with sshd.running(tmp_path_factory.mktemp("sshd")) as server:
        yield server


class TestResticOnADisk(RepositoryContract):
    @pytest.fixture
    def room(self, tmp_path):
        return ResticRoom(tmp_path, lambda spec: spec)


class TestResticBehindSshd(RepositoryContract):
    @pytest.fixture
    def room(self, tmp_path, server):
        return ResticRoom(
            tmp_path,
            lambda spec: replace(
                spec,
                location=f"sftp://{server.address}/{spec.location}",
                environment={"SSH_KEY_FILE": str(server.key_file)},
            ),
        )


class MemoryRoom:
    """The fake's repositories."""

    def __init__(self) -> None:
        self.repository = MemoryRepository("memory:one")
        self.other = MemoryRepository("memory:two", made=False)
        self.other.create(like=self.repository)
        self.absent = MemoryRepository("memory:none", made=False)
        self.wrong = MemoryRepository("memory:one", disk=self.repository.disk, password="keliru")

    def damage(self) -> None:
        self.repository.damaged = True

    @contextmanager
    def no_space(self) -> Iterator[None]:
        self.repository.full = True
        yield
        self.repository.full = False


class TestMemory(RepositoryContract):
    @pytest.fixture
    def room(self):
        return MemoryRoom()

    def test_a_fault_is_raised_by_every_call(self, room, folder):
        room.repository.fault = OSError("gone")
        for use in (room.repository.exists, room.repository.snapshots, room.repository.unlock):
            with pytest.raises(OSError, match="gone"):
                use()


def test_two_disks_of_the_fake_are_strangers():
    assert MemoryRepository().disk.chunking != MemoryRepository().disk.chunking
    assert not MemoryRepository(disk=Disk()).exists()

"""A real sshd on a private loopback port, with keys and settings of its own.

It needs the packages openssh-server and openssh-client. As root it lets root in, as an ordinary
user that user alone: an sshd without rights cannot become anybody else.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from backups.process import Child, find_tool, run, started

SBIN = "/usr/sbin:/sbin"  # missing in an ordinary user's PATH
SEPARATION = Path("/run/sshd")  # where root's sshd locks up what talks to strangers
PATIENCE_SECONDS = 20.0
SETTINGS = """
ListenAddress 127.0.0.1
Port {port}
HostKey "{folder}/host_key"
AuthorizedKeysFile "{folder}/authorized_keys"
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
{more}
"""


@dataclass(frozen=True, slots=True)
class Sshd:
    """A running sshd: where it listens, and the private key that it lets in."""

    folder: Path
    port: int

    @property
    def address(self) -> str:
        """Return USER@HOST:PORT, as SourceSpec.ssh wants it."""
        return f"{getpass.getuser()}@127.0.0.1:{self.port}"

    @property
    def key_file(self) -> Path:
        return self.folder / "user_key"


@contextmanager
def running(folder: Path, *, port: int | None = None, more: str = "") -> Iterator[Sshd]:
    """Give an sshd that lives in `folder` and ends with the block; `more` are settings on top.

    A folder used before keeps its user key; its host key is kept too unless it was removed.
    """
    server = Sshd(folder, port or free_port())
    folder.mkdir(parents=True, exist_ok=True)
    for key in (server.key_file, folder / "host_key"):
        if not key.exists():
            make_key(key)
    shutil.copy(server.key_file.with_suffix(".pub"), folder / "authorized_keys")
    settings = folder / "sshd_config"
    settings.write_text(SETTINGS.format(folder=folder, port=server.port, more=more))
    if os.geteuid() == 0:
        SEPARATION.mkdir(mode=0o755, exist_ok=True)
    with started((_program(), "-D", "-E", str(folder / "log"), "-f", str(settings))) as child:
        _wait_until_it_answers(server, child)
        try:
            yield server
        finally:
            child.terminate()  # SIGINT is ignored by what a shell started in the background
            child.wait(PATIENCE_SECONDS)


def make_key(path: Path) -> None:
    """Write a new private key without a passphrase, its public half beside it."""
    done = run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f", str(path)))
    assert done.ok, done.last_line()


def free_port() -> int:
    """Return a loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program() -> str:
    return shutil.which("sshd", path=SBIN) or find_tool("sshd")  # sshd wants its full path


def _wait_until_it_answers(server: Sshd, child: Child) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 1.0) as answer:
            if answer.recv(4) == b"SSH-":
                return
        time.sleep(0.02)
    raise AssertionError(f"sshd does not answer: {(server.folder / 'log').read_text()}")

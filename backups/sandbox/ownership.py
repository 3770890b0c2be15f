"""Database servers refuse to run as root; this is how root starts them as somebody harmless.

An ordinary user starts them as himself: each function here then changes nothing.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder held open. `inside` reaches it without any right on the folders above it."""

    path: Path
    descriptor: int

    @property
    def inside(self) -> str:
        """The folder's path in a child that inherited `descriptor` (proc(5), /proc/PID/fd)."""
        return f"/proc/self/fd/{self.descriptor}"


@contextmanager
def held_open(folder: Path) -> Iterator[OpenFolder]:
    """Hold `folder` open, so that a server may live below /root or in a private test folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield OpenFolder(folder, descriptor)
    finally:
        os.close(descriptor)


def server_account() -> pwd.struct_passwd | None:
    """Return the account that servers run under, or None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in ACCOUNTS if name in known)


def unprivileged(argv: Sequence[str]) -> tuple[str, ...]:
    """Return `argv` so that it runs without root's rights and still ends with its worker.

    A change of user clears the parent-death signal (prctl(2)), so it is set again after it.
    """
    account = server_account()
    if account is None:
        return tuple(argv)
    ids = (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    return ("setpriv", *ids, "--pdeathsig=INT", "--", *argv)


def hand_over(path: Path) -> None:
    """Give `path`, and all below it, to the account that servers run under."""
    account = server_account()
    if account is None or path.stat().st_uid == account.pw_uid:
        return
    for each in (path, *path.rglob("*")):
        os.chown(each, account.pw_uid, account.pw_gid, follow_symlinks=False)

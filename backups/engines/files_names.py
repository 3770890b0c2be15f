"""What entries are called and of what kind they are, in a manifest and on every machine.

Carried to other machines too (files_far): the standard library alone, and Python 3.9.
"""

from __future__ import annotations

import os
import re
import stat

KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFSOCK: "socket",
}

ROOT_NAME = "."
_ESCAPED = re.compile(rb"\\(?:(\\)|x([0-9a-f]{2}))")


def encode_name(path: bytes) -> str:
    r"""Return a path below the root as a manifest names it; the root itself is ".".

    Names on disk are bytes and JSON is text. Valid UTF-8 stays as it is; a byte that is none
    becomes \xNN, and only so that this can be undone a backslash becomes two.
    """
    name = path.decode("utf-8", "backslashreplace") if b"\\" not in path else _escape(path)
    return name or ROOT_NAME


def _escape(path: bytes) -> str:
    return path.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def decode_name(name: str) -> bytes:
    """Return the path below the root that a manifest means by `name`: encode_name undone."""
    path = b"" if name == ROOT_NAME else name.encode()
    return _ESCAPED.sub(_unescape, path) if b"\\" in path else path


def _unescape(escaped: re.Match[bytes]) -> bytes:
    return escaped[1] or bytes.fromhex(escaped[2].decode())


def kind_of(entry: os.stat_result) -> str:
    """Return what an entry is; only sockets are in no manifest, for they hold nothing."""
    return KINDS[stat.S_IFMT(entry.st_mode)]

"""Making manifest objects out of walked entries: what is unchanged unread, the rest by digest.

Digests are over what a reader of the file gets: a hole in a sparse file counts as zeros. The
definition (`schema_sha256`) is over owner and group as numbers, mode, mtime, `user.` attributes
and POSIX ACLs; over a special file's owner, mode and device number, for its mtime moves by use.
"""
# Names on disk are bytes, which pathlib does not take.
# ruff: noqa: PTH115, PTH116, PTH118

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from backups.engines.files_names import encode_name, kind_of
from backups.engines.files_walk import Met, Names, Pair, signature
from backups.errors import Cancelled
from backups.manifest import Kept
from backups.specs import ManifestObject, Watch

CHUNK = 1 << 20
READ_TRIES = 3
ADVANCE_EVERY = 1000  # entries
YOUNG_NS = 3600 * 10**9
TICK_NS = 10_000_000  # the kernel stamps files with a clock that moves 100 times a second or more
TICK_CLOCK = 5  # CLOCK_REALTIME_COARSE of Linux: the very clock that stamps files
ATTRIBUTES = ("user.", "system.posix_acl_")


@dataclass(slots=True)
class Reader:
    """Turns what a walk meets into manifest objects, in the walk's order.

    `restless` are paths that changed under earlier attempts. They get no digest; when such a
    path is a folder, nor does anything in it that is younger than an hour: a folder in which
    files come and go by the second would else never come to rest.
    """

    root: bytes
    watch: Watch
    met: Met = field(default_factory=Met)
    restless: frozenset[bytes] = frozenset()
    total: int | None = None
    before: int = 0  # bytes of progress that were told before
    changing: Names = field(default_factory=Names)
    sockets: Names = field(default_factory=Names)
    _done: int = 0
    _unsteady: set[bytes] = field(default_factory=set)

    def objects(self, pairs: Iterator[Pair]) -> Iterator[ManifestObject | Kept]:
        """Yield one object for each entry that stands in the tree."""
        for count, (walked, line, same) in enumerate(pairs):
            if count % ADVANCE_EVERY == 0:
                self._advance(0)
            if walked is None:
                continue
            path, entry = walked
            if self.restless and self._is_restless(path, entry):
                yield self._undigested(path, entry)
            elif same:
                size = entry.st_size if stat.S_ISREG(entry.st_mode) else 0
                self._done += size
                yield Kept(line, size)
            elif made := self._read(path, entry):
                self._done += made.bytes
                yield made
        self._advance(0)

    def _advance(self, within: int) -> None:
        done = self._done + within
        total = self.before + max(self.total, done) if self.total else None
        self.watch.advance(self.before + done, total)
        if self.watch.stopped():
            raise Cancelled("The work was cancelled.")

    def _is_restless(self, path: bytes, entry: os.stat_result) -> bool:
        parent = path.rpartition(b"/")[0]
        young = entry.st_ctime_ns > _now() - YOUNG_NS
        if path not in self.restless and not (young and parent in self._unsteady):
            return False
        if stat.S_ISDIR(entry.st_mode):
            self._unsteady.add(path)
        return kind_of(entry) != "socket"

    def _undigested(self, path: bytes, entry: os.stat_result) -> ManifestObject:
        self.changing.add(path)
        kind = kind_of(entry)
        size = entry.st_size if kind == "file" else 0
        return ManifestObject(kind, encode_name(path), bytes=size)

    def _read(self, path: bytes, entry: os.stat_result) -> ManifestObject | None:
        """Return the entry's object; None when it vanished, may not be read or is a socket."""
        kind = kind_of(entry)
        full = os.path.join(self.root, path)
        try:
            if kind == "file":
                return self._file(path, full)
            if kind in ("folder", "symlink"):
                return _at_rest(kind, path, full, entry)
        except (FileNotFoundError, _BecameAnotherError):
            self.met.vanished.add(path)
            return None
        except PermissionError:
            self.met.refused.add(path)
            return None
        if kind == "socket":
            self.sockets.add(path)
            return None
        definition = _definition(entry, entry.st_rdev, [])
        return ManifestObject(kind, encode_name(path), schema_sha256=definition)

    def _file(self, path: bytes, full: bytes) -> ManifestObject:
        for _ in range(READ_TRIES):
            with _opened(full) as file:
                before = _aged(os.fstat(file), file)
                if self.met.refused.count:  # it has failed: find what else is refused, read no more
                    return self._undigested(path, before)
                digest = self._digest(file, before.st_size)
                if signature(before) == signature(os.fstat(file)):
                    return _described("file", path, full, before, digest)
        return self._undigested(path, before)

    def _digest(self, file: int, size: int) -> str:
        """Return the SHA-256 over the first `size` bytes, so that a growing file ends too."""
        digest = hashlib.sha256()
        left = size
        while left and (chunk := os.read(file, min(left, CHUNK))):
            digest.update(chunk)
            left -= len(chunk)
            if left:
                self._advance(size - left)
        return digest.hexdigest()


class _BecameAnotherError(Exception):
    """Under a name stands something of another kind than a moment ago."""


@contextmanager
def _opened(full: bytes) -> Iterator[int]:
    """Open a regular file, and nothing that took its name: no link, no fifo that would block."""
    try:
        file = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _BecameAnotherError from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _BecameAnotherError
        yield file
    finally:
        os.close(file)


def _at_rest(kind: str, path: bytes, full: bytes, entry: os.stat_result) -> ManifestObject:
    aged = _aged(entry, full)
    if kind_of(aged) != kind:
        raise _BecameAnotherError
    target = hashlib.sha256(os.readlink(full)).hexdigest() if kind == "symlink" else None
    return _described(kind, path, full, aged, target)


def _aged(entry: os.stat_result, where: int | bytes) -> os.stat_result:
    """Return the entry's stat once its last change lies a tick of the file clock back.

    Within that tick another write would leave the very same ctime, and go unseen.
    """
    for _ in range(READ_TRIES):
        if abs(_now() - entry.st_ctime_ns) > TICK_NS:
            break
        time.sleep(2 * TICK_NS / 10**9)
        entry = os.stat(where, follow_symlinks=isinstance(where, int))
    return entry


def _now() -> int:
    return time.clock_gettime_ns(TICK_CLOCK)


def _described(
    kind: str, path: bytes, full: bytes, entry: os.stat_result, digest: str | None
) -> ManifestObject:
    attributes = [] if kind == "symlink" else _attributes(full)
    return ManifestObject(
        kind,
        encode_name(path),
        bytes=entry.st_size if kind == "file" else 0,
        sha256=digest,
        schema_sha256=_definition(entry, entry.st_mtime_ns, attributes),
        stat=signature(entry),
    )


def _definition(entry: os.stat_result, last: int, attributes: list[tuple[str, bytes]]) -> str:
    """Return the digest over owner, mode, and mtime or device number, and attributes."""
    mode = stat.S_IMODE(entry.st_mode)
    digest = hashlib.sha256(b"%d:%d:%o:%d" % (entry.st_uid, entry.st_gid, mode, last))
    for name, value in attributes:
        digest.update(b"\0%b\0%d\0%b" % (os.fsencode(name), len(value), value))
    return digest.hexdigest()


def _attributes(full: bytes) -> list[tuple[str, bytes]]:
    try:
        names = sorted(os.listxattr(full, follow_symlinks=False))
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            return []
        raise
    kept = [name for name in names if name.startswith(ATTRIBUTES)]
    return [(name, os.getxattr(full, name, follow_symlinks=False)) for name in kept]

"""Folders of files: one on this machine, read where it stands, or a remote one, mirrored first.

Nothing is copied to staging. The manifest is made by a walk in which only what changed since the
last good night is read; restic then stores the folder itself, and a second walk says whether it
held still meanwhile. Names in a manifest are written as files_walk.encode_name writes them.
"""
# Names on disk are bytes, which pathlib does not take.
# ruff: noqa: PTH116, PTH118

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from backups import manifest
from backups.engines.files_mirror import NOT_MIRRORED, ask, mirror
from backups.engines.files_names import decode_name, encode_name
from backups.engines.files_patterns import Excludes, escape
from backups.engines.files_read import Reader
from backups.engines.files_walk import Met, Names, Pair, Recorded, beside, walk
from backups.errors import BackupError, DumpFailed, NoSpace, SourceRefused, SourceUnreachable
from backups.manifest import Kept
from backups.specs import Dump, ManifestObject, SourceFacts, SourceSpec, Watch

COUNT_ENTRIES = 20_000  # a probe counts no further
COUNT_SECONDS = 1.0
RESTLESS_NAMES = 1000
_NOT_THERE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENOTCONN,
    errno.ESTALE,
    errno.EHOSTDOWN,
    errno.ETIMEDOUT,
}
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Files:
    """The engine for folders of files."""

    kind = "files"
    tools = ("rsync", "ssh")
    by_table = False

    def probe(self, spec: SourceSpec) -> SourceFacts:
        """Say whether the folder is there and readable; count it where that is quickly done."""
        excludes = Excludes(spec)
        if spec.ssh:
            return SourceFacts(_version(spec), None, None, ask(spec, excludes))
        met = Met()
        with _told(spec):
            size, objects = _count(_local_root(spec), met, excludes.match if excludes else None)
        _require_readable(spec, met.refused)
        return SourceFacts(_version(spec), size, objects, tuple(_mounts_told(met)))

    def dump(self, spec: SourceSpec, folder: Path, watch: Watch, previous: Path | None) -> Dump:
        """Write the folder's manifest into `folder`; the folder itself stays where it is.

        A remote folder is first mirrored into `folder`/../mirror/tree, which stays from night to
        night. What vanishes meanwhile is left out, and so are sockets, which hold no data; what
        never holds still is listed without a digest and warned of.
        """
        taken_at = datetime.now(UTC)
        excludes = Excludes(spec)
        expected, tree = _previous_bytes(previous), _mirror(folder)
        mirrored = mirror(spec, tree, excludes, watch, expected) if spec.ssh else NOT_MIRRORED
        told = list(mirrored.warnings)
        with _told(spec):
            root = os.fsencode(tree) if spec.ssh else _local_root(spec)
            restless = frozenset(map(decode_name, spec.restless))
            reader = Reader(root, watch, restless=restless, total=expected, before=mirrored.fetched)
            walked = walk(root, reader.met, _left_out(root, folder, excludes))
            summary = manifest.write(
                folder,
                _and_then_told(spec, reader, beside(walked, _recorded(previous, watch)), told),
                engine=self.kind,
                server_version=_version(spec),
                taken_at=taken_at,
                warnings=told,
            )
        _note(reader, watch)
        place = os.fsdecode(root)
        left_out = (*excludes.restic(place), *_mount_patterns(place, reader.met))
        return Dump(summary, (Path(place), folder), left_out)

    def restless(self, spec: SourceSpec, dump: Dump) -> tuple[str, ...]:
        """Return what differs from the manifest now; what appeared shows in its folder's times."""
        if spec.ssh:
            return ()  # a mirror of our own holds still
        with _told(spec):
            folder, root = dump.paths[1], os.fsencode(dump.paths[0])
            walked = walk(root, Met(), _left_out(root, folder, Excludes(spec)))
            differing = (
                Recorded.of(line)
                for _, line, same in beside(walked, manifest.read_lines(dump.manifest.path))
                if line and not same
            )
            changed = (encode_name(old.path) for old in differing if old.signature)
            return tuple(islice(changed, RESTLESS_NAMES))


def _version(spec: SourceSpec) -> str:
    system = os.uname()
    return "rsync over SSH" if spec.ssh else f"{system.sysname} {system.release}"


def _mirror(folder: Path) -> Path:
    return folder.resolve().parent / "mirror" / "tree"


def _previous_bytes(previous: Path | None) -> int | None:
    try:
        return manifest.total_bytes(previous) if previous else None
    except (DumpFailed, OSError):
        return None  # told when it is read


def _local_root(spec: SourceSpec) -> bytes:
    """Return the folder's real path: restic would store a link as a link."""
    if not spec.path.startswith("/"):
        raise SourceRefused(f"{spec.name}: {spec.path!r} is not a full path.")
    root = os.path.realpath(os.fsencode(spec.path))
    if not stat.S_ISDIR(os.stat(root).st_mode):
        raise SourceRefused(f"{spec.name}: {spec.path} is not a folder.")
    if not os.access(root, os.R_OK | os.X_OK, effective_ids=True):
        raise SourceRefused(f"{spec.name}: the portal may not read {spec.path}.")
    return root


@contextmanager
def _told(spec: SourceSpec) -> Iterator[None]:
    """Say in the family of backups.errors what the operating system says."""
    try:
        yield
    except OSError as error:
        sentence = f"{spec.name}: {error.strerror}: {_named(error)}"
        raise _family(error)(sentence) from error


def _named(error: OSError) -> str:
    name = error.filename if error.filename is not None else "a file"
    return os.fsdecode(name) if isinstance(name, bytes) else str(name)


def _family(error: OSError) -> type[BackupError]:
    if error.errno in _NOT_THERE:
        return SourceUnreachable
    if error.errno in _FULL:
        return NoSpace
    return SourceRefused if isinstance(error, PermissionError) else DumpFailed


def _count(
    root: bytes, met: Met, leave_out: Callable[[bytes], bool] | None
) -> tuple[int | None, int | None]:
    """Return the folder's bytes and entries; (None, None) when they are many."""
    deadline = time.monotonic() + COUNT_SECONDS
    size = objects = 0
    for path, entry in walk(root, met, leave_out):
        if objects >= COUNT_ENTRIES or time.monotonic() > deadline:
            return None, None
        objects += 1
        if stat.S_ISREG(entry.st_mode):
            size += entry.st_size
            if not os.access(os.path.join(root, path), os.R_OK, effective_ids=True):
                met.refused.add(path)
    return size, objects


def _require_readable(spec: SourceSpec, refused: Names) -> None:
    if refused.count:
        raise SourceRefused(
            f"{spec.name}: {refused.count} entries of {spec.path} may not be read: {refused}.",
            advice="Give the portal's user the right to read them, or exclude them.",
        )


def _left_out(root: bytes, folder: Path, excludes: Excludes) -> Callable[[bytes], bool] | None:
    """Return what the walk leaves out: the excludes, and the dump folder if it lies in the root."""
    base, own = os.path.join(root, b""), os.path.realpath(os.fsencode(folder))
    if own.startswith(base):
        inside = own.removeprefix(base)
        return lambda path: path == inside or excludes.match(path)
    return excludes.match if excludes else None


def _recorded(previous: Path | None, watch: Watch) -> Iterator[bytes]:
    """Yield the last good night's lines; a damaged manifest only costs reading more."""
    try:
        if previous:
            yield from manifest.read_lines(previous)
    except (DumpFailed, OSError) as error:
        watch.note(f"The last night's manifest is of no use, so every file is read: {error}")


def _and_then_told(
    spec: SourceSpec, reader: Reader, pairs: Iterator[Pair], told: list[str]
) -> Iterator[ManifestObject | Kept]:
    """Yield the objects, then add to `told` what must be known of them."""
    yield from reader.objects(pairs)
    _require_readable(spec, reader.met.refused)
    told += _mounts_told(reader.met)
    if reader.changing.count:
        told.append(
            f"{reader.changing.count} entries kept changing and are stored without a digest: "
            f"{reader.changing}."
        )


def _mounts_told(met: Met) -> list[str]:
    return [
        f"{encode_name(path)!r} is another file system and not part of this backup."
        for path in met.mounts
    ]


def _mount_patterns(root: str, met: Met) -> list[str]:
    places = (os.path.join(root, os.fsdecode(path)) for path in met.mounts)
    return [f"{escape(place)}/*" for place in places]


def _note(reader: Reader, watch: Watch) -> None:
    if reader.met.vanished.count:
        watch.note(f"{reader.met.vanished.count} entries vanished: {reader.met.vanished}.")
    if reader.sockets.count:
        watch.note(f"{reader.sockets.count} sockets are left out: {reader.sockets}.")

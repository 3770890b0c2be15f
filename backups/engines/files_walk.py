"""Walking a tree of files in one fixed order, beside what an earlier manifest says of it.

Both streams come in the same order, a folder before what it holds and names by their bytes, so
a million entries meet their former selves in little memory.
"""
# Names on disk are bytes, which pathlib does not take.
# ruff: noqa: PTH118, PTH208

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import orjson

from backups import manifest
from backups.engines.files_names import ROOT_NAME, decode_name, encode_name

Walked = tuple[bytes, os.stat_result]
Signature = tuple[int, int, int, int]
Pair = tuple[Walked | None, bytes, bool]

_ROOT = ROOT_NAME.encode()
_SHOWN = 5  # as many names does a sentence bear


def signature(entry: os.stat_result) -> Signature:
    """Return what tells that an entry is as it was: any write or chmod moves its ctime."""
    return (entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns, entry.st_ino)


@dataclass(slots=True)
class Names:
    """The first few names of many, and how many there were."""

    first: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, path: bytes) -> None:
        self.count += 1
        if self.count <= _SHOWN:
            self.first.append(encode_name(path))

    def __str__(self) -> str:
        more = ", ..." if self.count > len(self.first) else ""
        return ", ".join(repr(name) for name in self.first) + more


@dataclass(slots=True)
class Met:
    """What a walk met beside the entries it gave."""

    refused: Names = field(default_factory=Names)  # no rights to read
    vanished: Names = field(default_factory=Names)  # gone between listing and looking
    mounts: list[bytes] = field(default_factory=list)  # other file systems, not entered


def walk(
    root: bytes, met: Met, leave_out: Callable[[bytes], bool] | None = None
) -> Iterator[Walked]:
    """Yield (path below `root`, lstat) of every entry, the root first as b"".

    A folder's lstat is taken before it is listed: whatever appears or vanishes in it later
    shows in its ctime. Links are not followed, other file systems not entered, and what has
    no rights or vanishes meanwhile is told in `met`. Raises OSError for a root that cannot
    be listed, and for a failing disk.
    """
    top = os.lstat(root)
    yield b"", top
    base = os.path.join(root, b"")
    levels = [(b"", iter(sorted(os.listdir(root))))]
    while levels:
        prefix, names = levels[-1]
        for name in names:
            path = prefix + name
            if leave_out and leave_out(path):
                continue
            try:
                entry = os.lstat(base + path)
            except FileNotFoundError:
                met.vanished.add(path)
                continue
            except PermissionError:
                met.refused.add(path)
                continue
            yield path, entry
            if stat.S_ISDIR(entry.st_mode):
                if entry.st_dev != top.st_dev:
                    met.mounts.append(path)
                    continue
                levels.append((path + b"/", _listing(base, path, met)))
                break
        else:
            levels.pop()


def _listing(base: bytes, path: bytes, met: Met) -> Iterator[bytes]:
    try:
        return iter(sorted(os.listdir(base + path)))
    except (FileNotFoundError, NotADirectoryError):
        met.vanished.add(path)
    except PermissionError:
        met.refused.add(path)
    return iter(())


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a manifest's line says of an entry, as far as a walk wants to know it."""

    path: bytes
    signature: Signature | None  # None: it was restless, or is known by its definition alone

    @classmethod
    def of(cls, line: bytes) -> Recorded:
        """Read one line; a damaged one is taken for one that says nothing."""
        try:
            said = orjson.loads(line)
            stat_said = said.get("stat")
            return cls(decode_name(said["name"]), tuple(stat_said) if stat_said else None)
        except (ValueError, KeyError):
            return cls(b"", None)


def beside(walked: Iterator[Walked], lines: Iterator[bytes]) -> Iterator[Pair]:
    """Yield every entry of the tree and every line of the manifest, those of one path together.

    Each pair ends with whether the entry surely is as its line says; the line is b"" where the
    manifest has none, the entry None where the tree has none.
    Lines are only parsed where something differs: in most nights that is nearly nowhere.
    """
    line = next(lines, b"")
    for entry in walked:
        if line and _is_surely(line, entry):
            yield entry, line, True
            line = next(lines, b"")
            continue
        while line and _place(Recorded.of(line).path) < _place(entry[0]):
            yield None, line, False
            line = next(lines, b"")
        if line and (old := Recorded.of(line)).path == entry[0]:
            yield entry, line, old.signature == signature(entry[1])
            line = next(lines, b"")
        else:
            yield entry, b"", False
    while line:
        yield None, line, False
        line = next(lines, b"")


def _is_surely(line: bytes, walked: Walked) -> bool:
    """Return True for the line of just this entry as it is now; False may be wrong.

    The quick comparison is of bytes. JSON escapes quotes and control characters, so a path
    with any of them never matches here; a backslash could stand for another one.
    """
    path, entry = walked
    return (
        line.endswith(manifest.STAT_ENDING % signature(entry))
        and manifest.NAMED % (path or _ROOT) in line
        and b"\\" not in path
    )


def _place(path: bytes) -> bytes:
    """Return the path's place in the walk's order: what a folder holds comes before `folder.`."""
    return path.replace(b"/", b"\0")

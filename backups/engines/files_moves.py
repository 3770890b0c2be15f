"""Moving entries between a living tree and its places beside, never through a link.

Each step opens folder after folder from a root that is ours to trust (O_NOFOLLOW), so that no
link in a living tree, however it came there, leads a move out of it.
Carried to other machines too (files_far): the standard library alone, and Python 3.9.
"""
# Names on disk are bytes, which pathlib does not take.

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def folder_of(root: bytes, path: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the open folder in which `path` below `root` stands, and its name there.

    Raises OSError (ENOENT, or ENOTDIR where a link or a file stands in the way).
    """
    *above, name = path.split(b"/")
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for each in above:
            inner = os.open(each, FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor, name
    finally:
        os.close(descriptor)


def stands(root: bytes, path: bytes) -> os.stat_result | None:
    """Return the entry's lstat; None when nothing stands there."""
    try:
        with folder_of(root, path) as (folder, name):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def move(path: bytes, origin: bytes, target: bytes) -> None:
    """Rename `path` below `origin` to the same path below `target`; nothing may stand there."""
    with folder_of(origin, path) as (old, name), folder_of(target, path) as (new, _):
        with suppress(FileNotFoundError):
            os.stat(name, dir_fd=new, follow_symlinks=False)
            raise FileExistsError(f"{os.fsdecode(path)!r} is there already")
        os.rename(name, name, src_dir_fd=old, dst_dir_fd=new)
        os.fsync(old)
        os.fsync(new)


def put_over(path: bytes, origin: bytes, target: bytes, aside: bytes) -> None:
    """Move a file over another one that gets its second name `aside` first: no gap between."""
    with (
        folder_of(origin, path) as (new, name),
        folder_of(target, path) as (live, _),
        folder_of(aside, path) as (old, _),
    ):
        os.link(name, name, src_dir_fd=live, dst_dir_fd=old, follow_symlinks=False)
        os.fsync(old)
        os.rename(name, name, src_dir_fd=new, dst_dir_fd=live)
        os.fsync(live)


def make_folders(path: bytes, root: bytes, like: bytes) -> list[bytes]:
    """Make the folders above `path` below `root` that are missing, alike to those below `like`.

    Returns those that were made, the outermost first.
    """
    made, above = [], path.split(b"/")[:-1]
    for depth in range(1, len(above) + 1):
        folder = b"/".join(above[:depth])
        if stands(root, folder) is None:
            with folder_of(root, folder) as (parent, name):
                os.mkdir(name, 0o700, dir_fd=parent)
            make_alike(folder, root, like)
            made.append(folder)
    return made


def make_alike(path: bytes, root: bytes, like: bytes) -> None:
    """Give a folder the owner, mode, times and attributes that it has below `like`."""
    if stands(like, path) is None:
        return
    with folder_of(like, path) as (parent, name), folder_of(root, path) as (own, _):
        was, now = os.open(name, FOLDER, dir_fd=parent), os.open(name, FOLDER, dir_fd=own)
        try:
            facts = os.fstat(was)
            for attribute in os.listxattr(was):
                with suppress(OSError):
                    os.setxattr(now, attribute, os.getxattr(was, attribute))
            with suppress(PermissionError):
                os.chown(now, facts.st_uid, facts.st_gid)
            os.fchmod(now, stat.S_IMODE(facts.st_mode))
            os.utime(now, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        finally:
            os.close(was)
            os.close(now)


def times_of(path: bytes, root: bytes) -> tuple[int, int]:
    """Return the access and change times of the folder in which `path` stands."""
    with folder_of(root, path) as (folder, _):
        now = os.fstat(folder)
        return now.st_atime_ns, now.st_mtime_ns


def set_times(path: bytes, root: bytes, times: tuple[int, int]) -> None:
    """Set the times of the folder in which `path` stands, where it is there and may be ours."""
    with suppress(FileNotFoundError, PermissionError), folder_of(root, path) as (folder, _):
        os.utime(folder, ns=times)


def remove_folder(path: bytes, root: bytes) -> None:
    """Remove a folder that is empty; one that is not stays."""
    with suppress(OSError), folder_of(root, path) as (parent, name):
        os.rmdir(name, dir_fd=parent)

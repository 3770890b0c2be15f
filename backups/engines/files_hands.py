"""The hands beside a living folder: they look, make the place, swap, take back and clear away.

    beside live   .LABEL.baru/NAME  the new      .LABEL.lama/NAME  the old     .LABEL.catatan
A file that replaces a file leaves no gap; a folder is away for the moment between two renames.
Orders and answers are JSON, so that these hands serve on this machine as on another one, where
they are carried to (files_far): the standard library alone, and Python 3.9.
"""
# Names on disk are bytes, which pathlib does not take.
# ruff: noqa: PTH112, PTH118, PTH119, PTH120

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backups.engines import files_moves as moves
from backups.engines.files_names import decode_name, encode_name, kind_of
from backups.engines.files_swap import NOTHING, SWAPPED, TORN, Places, swap, take_back

OTHERS_SECONDS = 120.0  # as long may hands whose connection was cut be at work here still
POLL_SECONDS = 0.1
_OCTAL = re.compile(rb"\\([0-7]{3})")
Found = list[Any]  # [code, facts]: what specs.Told is made of


@dataclass(frozen=True)
class Hands:
    """The hands of one restore: of all in `root` (`chosen` is None), or of the chosen paths.

    `root` is the folder's real path; a last name that is gone stands where its parent does.
    """

    root: bytes
    chosen: list[bytes] | None
    label: str

    @property
    def home(self) -> Path:
        """The folder in which live, the new and the old stand side by side."""
        return Path(os.fsdecode(os.path.dirname(self.root)))

    def folder(self, ending: str) -> Path:
        """Return a folder of this restore beside live."""
        return self.home / f".{self.label}.{ending}"

    def places(self) -> Places:
        """Return the trees: for the whole, those in which the folder itself is the one entry."""
        new, old = os.fsencode(self.folder("baru")), os.fsencode(self.folder("lama"))
        notes, name = self.folder("catatan"), os.path.basename(self.root)
        if self.chosen is None:
            return Places(self.home, os.fsencode(self.home), new, old, notes)
        live, new, old = (os.path.join(each, name) for each in (os.fsencode(self.home), new, old))
        return Places(self.home, live, new, old, notes)

    def paths(self) -> list[bytes]:
        """Return what is swapped, below the trees of `places`."""
        return [os.path.basename(self.root)] if self.chosen is None else self.chosen

    def survey(self, needed: int, tools: list[str]) -> dict[str, Any]:
        """Return what a restore of `needed` bytes would meet; change nothing."""
        exists = os.path.isdir(self.root)
        free = shutil.disk_usage(self.home).free if self.home.is_dir() else None
        blockers = [*_lacking(tools), *_of_home(self), *self._unmovable()]
        if free is not None and needed > free:
            facts = {"folder": str(self.home), "needed": needed, "free": free}
            blockers.append(["no_room", facts])
        return {
            "exists": exists,
            "overwrites": [encode_name(path) for path in self._standing()] if exists else [],
            "free": free,
            "blockers": blockers,
            "fingerprint": self._fingerprint(),
            "uid": os.geteuid(),
        }

    def _standing(self) -> Iterator[bytes]:
        if self.chosen is None:
            yield b""
        for path in self.chosen or ():
            with suppress(OSError):
                if moves.stands(self.root, path):
                    yield path

    def _unmovable(self) -> Iterator[Found]:
        if self.chosen is None:
            yield from _of_whole(self.root)
        for path in self.chosen or ():
            try:
                found = moves.stands(self.root, path) if os.path.isdir(self.root) else None
            except NotADirectoryError:
                yield ["link_on_the_way", {"path": encode_name(path)}]
            except OSError as error:
                yield ["not_reached", {"path": encode_name(path), "why": str(error.strerror)}]
            else:
                if found:
                    yield from _of_entry(self.root, path, found)

    def _fingerprint(self) -> str:
        """Return the digest over where the folder is and of what kind the chosen entries are."""
        facts = [self.root]
        with suppress(OSError):
            facts.append(b"%d" % os.lstat(self.root).st_dev)
        for path in self.chosen or ():
            with suppress(OSError):
                found = moves.stands(self.root, path)
                facts.append(path + b" " + (kind_of(found).encode() if found else b"-"))
        return hashlib.sha256(b"\0".join(facts)).hexdigest()

    def prepare(self) -> None:
        """Make the empty folder beside, of live's owner; what a dead worker left in it goes."""
        if self.standing() in (SWAPPED, TORN):
            raise ValueError(f"{self.label} is swapped already: its old must not be lost.")
        beside = self.folder("baru")
        _remove(beside)
        beside.mkdir(mode=0o700)
        with suppress(OSError):
            live = os.lstat(self.root)
            os.chown(beside, live.st_uid, live.st_gid)

    def standing(self) -> str:
        """Read off the disk how far the restore has come."""
        return self.places().standing()

    def swap(self) -> str:
        """Rename the old aside and the new in; return where it stood before.

        A torn swap is taken back first. On any error everything is taken back.
        """
        standing = self.mend()
        if standing not in (NOTHING, SWAPPED):
            places = self.places()
            try:
                swap(places, self.paths())
            except OSError:
                take_back(places)
                raise
        return standing

    def mend(self) -> str:
        """Take a torn swap, or a torn way back, all the way back; return where it stands then."""
        if self.standing() == TORN:
            take_back(self.places())
        return self.standing()

    def back(self) -> None:
        """Move the new beside and the old in; what was not there before is not there again."""
        take_back(self.places())

    def keep_as(self, name: str) -> str:
        """Give the folder beside the name `name` next to live; return its path.

        Raises FileExistsError when something stands there.
        """
        place, target = self.folder("baru") / os.path.basename(os.fsdecode(self.root)), name
        kept = self.home / target
        if place.exists():
            if os.path.lexists(kept):
                raise FileExistsError(errno.EEXIST, "it is there already", str(kept))
            place.rename(kept)
        shutil.rmtree(place.parent, ignore_errors=True)
        return encode_name(os.fsencode(kept))

    def discard(self) -> None:
        """Remove the places of this restore and its notes."""
        self.mend()
        for ending in ("baru", "lama"):
            _remove(self.folder(ending))
        self.folder("catatan").unlink(missing_ok=True)

    def where(self) -> dict[str, Any]:
        """Return the root's real path, and who we are there."""
        return {"root": encode_name(self.root), "uid": os.geteuid()}

    def make(self) -> dict[str, Any]:
        """Make `root` itself, an empty folder in a place beside; return whose it is, and who we."""
        os.mkdir(self.root, 0o700)  # noqa: PTH102 - bytes
        beside = self.home.stat()
        return {"owner": [beside.st_uid, beside.st_gid], "uid": os.geteuid()}


def answer(path: str, names: list[str] | None, label: str, verb: str, *words: Any) -> Any:
    """Do what is ordered and return what JSON can hold; `path` and `names` as a manifest has them.

    Raises OSError, ValueError. Orders in one home folder are taken one after another.
    """
    hands = Hands(os.path.realpath(decode_name(path)), topmost(names), label)
    with _alone(hands.home):
        return getattr(hands, verb)(*words)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Wait for hands that are at work here still: their connection was cut, not they themselves.

    Raises OSError (EBUSY) when they do not end. A file system without locks is trusted.
    """
    try:
        folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        _lock(folder, time.monotonic() + OTHERS_SECONDS)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError(errno.EBUSY, "a restore before is at work there still") from None
            time.sleep(POLL_SECONDS)
        except OSError:
            return
        else:
            return


def topmost(names: list[str] | None) -> list[bytes] | None:
    """Return the chosen paths without those that stand in a chosen folder; None for the whole."""
    if names is None:
        return None
    kept: list[bytes] = []
    for path in sorted({decode_name(name) for name in names}):
        if not any(path.startswith(each + b"/") for each in kept):
            kept.append(path)
    return kept


def _lacking(tools: list[str]) -> Iterator[Found]:
    for tool in tools:
        if not shutil.which(tool):
            yield ["far_tool_missing", {"tool": tool}]


def _of_home(hands: Hands) -> Iterator[Found]:
    """Tell what forbids to make and rename things where live stands."""
    home = str(hands.home)
    if not hands.home.is_dir():
        yield ["folder_missing", {"folder": home}]
    elif not _writable(os.fsencode(home)) or not _may_take(os.fsencode(home), hands.root):
        yield ["no_write_beside", {"folder": home}]


def _of_whole(root: bytes) -> Iterator[Found]:
    if not os.path.isdir(root):
        return
    if os.path.ismount(root):
        yield ["own_file_system", {"path": os.fsdecode(root)}]
    elif not _writable(root):
        yield ["no_write_folder", {"folder": os.fsdecode(root)}]
    if inside := _mounts_below(root):
        names = [encode_name(path) for path in inside]
        yield ["mounted_inside", {"names": names[:5], "more": max(len(names) - 5, 0)}]


def _of_entry(root: bytes, path: bytes, found: os.stat_result) -> Iterator[Found]:
    full = os.path.join(root, path)
    is_folder = stat.S_ISDIR(found.st_mode)
    if is_folder and os.path.ismount(full):
        yield ["own_file_system", {"path": encode_name(path)}]
    elif is_folder and not _writable(full):
        yield ["no_write_folder", {"folder": encode_name(path)}]
    parent = os.path.dirname(full)
    if not _writable(parent) or not _may_take(parent, full):
        yield ["no_write_folder", {"folder": encode_name(os.path.dirname(path))}]


def _writable(folder: bytes) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def _may_take(folder: bytes, entry: bytes) -> bool:
    """Say whether an entry may be renamed out of a folder: a sticky one asks for more."""
    try:
        above, there = os.stat(folder), os.lstat(entry)  # noqa: PTH116 - bytes
    except OSError:
        return True
    ours = os.geteuid() in (0, above.st_uid, there.st_uid)
    return ours or not above.st_mode & stat.S_ISVTX


def _mounts_below(root: bytes) -> list[bytes]:
    """Return what is mounted below the folder (proc(5): blanks in names are octal)."""
    try:
        lines = Path("/proc/self/mounts").read_bytes().splitlines()
    except OSError:
        return []
    places = (
        _OCTAL.sub(lambda octal: bytes([int(octal[1], 8)]), line.split(b" ")[1]) for line in lines
    )
    return [place for place in places if place.startswith(root + b"/")]


def _remove(folder: Path) -> None:
    """Remove a folder of ours with all in it; what is closed to its own owner is opened first.

    What another account filled there, and closed to us, stays.
    """
    if os.geteuid():
        for above, names, _ in os.walk(folder):  # a folder is listed after it was opened here
            for inner in (Path(above, name) for name in names):
                if not inner.is_symlink() and not os.access(inner, os.R_OK | os.W_OK | os.X_OK):
                    with suppress(OSError):
                        _open(inner)
    shutil.rmtree(folder, ignore_errors=True)


def _open(folder: Path) -> None:
    """Open a folder to us, or remove one of another account while nothing is in it."""
    try:
        folder.chmod(0o700)
    except PermissionError:
        folder.rmdir()

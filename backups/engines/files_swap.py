"""Entries of a living tree changed for others of the same names, noted so that it can be undone.

The notes (.LABEL.catatan beside the places) are written before the first move and say for each
path whether something stood there: what was not there before is not there after an undo. While
they say "swapping" or "returning" the swap is torn, and everything goes back.

Carried to other machines too (files_far): the standard library alone, and Python 3.9.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path

from backups.engines import files_moves as moves
from backups.engines.files_names import decode_name, encode_name

SWAPPING, SWAPPED, RETURNING = "swapping", "swapped", "returning"
NOTHING, BESIDE, TORN = "nothing", "beside", "torn"  # with SWAPPED the words of specs.Standing


@dataclass(frozen=True)
class Places:
    """The trees of one swap, each below which the same paths mean the same entries.

    `home` holds all three: moves within one file system are renames.
    """

    home: Path
    live: bytes
    place: bytes
    aside: bytes
    notes: Path

    def standing(self) -> str:
        """Read off the disk how far the restore has come."""
        notes = self.read()
        if notes:
            return SWAPPED if notes.state == SWAPPED else TORN
        return BESIDE if os.path.lexists(self.place) else NOTHING

    def read(self) -> Notes | None:
        """Return the notes; None when nothing was ever begun."""
        try:
            told = json.loads(self.notes.read_bytes())
        except FileNotFoundError:
            return None
        return Notes(
            state=told["state"],
            paths=told["paths"],
            stood=told["stood"],
            made=told["made"],
            times={name: (first, second) for name, (first, second) in told["times"].items()},
        )

    def write(self, notes: Notes) -> None:
        """Write the notes whole or not at all, and see that they are on the disk."""
        unfinished = self.notes.with_name(f"{self.notes.name}.part")
        with unfinished.open("w") as file:
            json.dump(asdict(notes), file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.notes)
        descriptor = os.open(self.home, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass
class Notes:
    """What was to be swapped; names as a manifest has them."""

    state: str
    paths: list[str]
    stood: list[str] = field(default_factory=list)  # of these paths, what live had before
    made: list[str] = field(default_factory=list)  # folders made in live for them
    times: dict[str, tuple[int, int]] = field(default_factory=dict)  # of the folders they stand in


def swap(places: Places, paths: list[bytes]) -> None:
    """Move what stands in live aside and what stands in the place into live."""
    stood = [path for path in paths if moves.stands(places.live, path)]
    notes = Notes(SWAPPING, list(map(encode_name, paths)), list(map(encode_name, stood)))
    for path in paths:
        if (parent := _nearest(places.live, path)) is not None:
            notes.times[encode_name(path)] = moves.times_of(parent, places.live)
    notes.made = [encode_name(folder) for folder in _missing_folders(places.live, paths)]
    places.write(notes)
    os.makedirs(places.aside, mode=0o700, exist_ok=True)  # noqa: PTH103 - bytes
    for path in paths:
        _swap_one(places, path)
    notes.state = SWAPPED
    places.write(notes)


def _nearest(live: bytes, path: bytes) -> bytes | None:
    """Return the path whose folder will be changed by a move to `path`."""
    while b"/" in path and moves.stands(live, path.rpartition(b"/")[0]) is None:
        path = path.rpartition(b"/")[0]
    return path


def _missing_folders(live: bytes, paths: list[bytes]) -> list[bytes]:
    """Return the folders above these paths that live has not, the outermost first."""
    missing: dict[bytes, None] = {}
    for path in paths:
        above = path.split(b"/")[:-1]
        for depth in range(1, len(above) + 1):
            folder = b"/".join(above[:depth])
            if moves.stands(live, folder) is None:
                missing[folder] = None
    return list(missing)


def _swap_one(places: Places, path: bytes) -> None:
    moves.make_folders(path, places.live, like=places.place)
    moves.make_folders(path, places.aside, like=places.live)
    new, old = moves.stands(places.place, path), moves.stands(places.live, path)
    if new and old and stat.S_ISREG(new.st_mode) and stat.S_ISREG(old.st_mode):
        moves.put_over(path, places.place, places.live, places.aside)
        return
    if old:
        moves.move(path, places.live, places.aside)
    if new:
        moves.move(path, places.place, places.live)


def take_back(places: Places) -> None:
    """Make live what it was before the swap, from wherever that stopped; the new stands beside."""
    notes = places.read()
    if notes is None:
        return
    if notes.state != SWAPPING:
        notes.state = RETURNING
        places.write(notes)
    stood = set(notes.stood)
    for name in reversed(notes.paths):
        _take_one_back(places, decode_name(name), stood_before=name in stood)
    for name in reversed(notes.made):
        moves.remove_folder(decode_name(name), places.live)
    for name, times in notes.times.items():
        path = _nearest(places.live, decode_name(name))
        if path is not None:
            moves.set_times(path, places.live, times)
    shutil.rmtree(places.aside, ignore_errors=True)
    places.notes.unlink()


def _take_one_back(places: Places, path: bytes, *, stood_before: bool) -> None:
    """Put one path back. Where the old stands aside, or never was, live has the new (or nothing).

    A file linked aside whose successor did not come yet is live still: its second name goes.
    """
    old, now = moves.stands(places.aside, path), _stands(places.live, path)
    if stood_before and old is None:
        return  # never moved, or back already
    if old and now and (old.st_ino, old.st_dev) == (now.st_ino, now.st_dev):
        with moves.folder_of(places.aside, path) as (folder, name):
            os.unlink(name, dir_fd=folder)
        return
    if now and _stands(places.place, path) is None:
        moves.make_folders(path, places.place, like=places.live)
        moves.move(path, places.live, places.place)
    if old:
        moves.move(path, places.aside, places.live)


def _stands(root: bytes, path: bytes) -> os.stat_result | None:
    return moves.stands(root, path) if os.path.lexists(root) else None

"""Folders of files replaced while they live: restored beside, then renamed in, the old kept aside.

    beside live   .LABEL.baru/NAME  the new      .LABEL.lama/NAME  the old     .LABEL.catatan
A file that replaces a file leaves no gap; a folder is away for the moment between two renames.
"""
# Names on disk are bytes, which pathlib does not take.
# ruff: noqa: PTH112, PTH118, PTH119, PTH120

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from backups import manifest, process
from backups.engines import files_moves as moves
from backups.engines.files_swap import Places, swap, take_back
from backups.engines.files_walk import ROOT_NAME, decode_name, encode_name, kind_of
from backups.errors import BackupError, Cancelled, DumpFailed, NoSpace, SourceRefused
from backups.specs import Fetched, ManifestObject, Scope, SourceSpec, Standing, Survey, Watch

LONGEST = 48 * process.HOUR
REMOTE = (
    "It stands on another machine, where this portal only reads: bring it back as a download,"
    " or to a folder of this machine."
)
_OCTAL = re.compile(rb"\\([0-7]{3})")


class FilesReplacer:
    """Replaces a folder, or files and folders in it; contract: backups.engines.base.Replacer."""

    kind = "files"
    notes: tuple[str, ...] = ()

    def wanted(self, noted: Fetched, scope: Scope) -> tuple[str, ...]:
        """Return the paths of the chosen files and folders. Raises BackupError for one unknown."""
        if scope.is_whole:
            return ()
        chosen = set(scope.names)
        for entry in manifest.read_objects(noted.dump / manifest.FILE_NAME):
            chosen.discard(entry.name)
            if not chosen:
                break
        if chosen or ROOT_NAME in scope.names:
            raise BackupError(
                f"The copy holds no {', '.join(sorted(chosen))}."
                if chosen
                else "The folder itself comes back as a whole.",
                advice="Choose files and folders that stand in that night's list.",
            )
        home = os.fsencode(noted.paths[0].rstrip("/"))
        chosen_paths = (os.fsdecode(home + b"/" + path) for path in _topmost(scope))
        return (f"{noted.paths[-1].rstrip('/')}/{manifest.FILE_NAME}", *chosen_paths)

    def covers(self, entry: ManifestObject, scope: Scope) -> bool:
        """Say whether the entry is chosen, or stands in a chosen folder."""
        return scope.is_whole or any(
            entry.name == name or entry.name.startswith(f"{name}/") for name in scope.names
        )

    def brings_definitions(self, scope: Scope) -> bool:
        """Say whether owners can be given back: only root may."""
        return os.geteuid() == 0

    def survey(self, live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
        """Ask the folder what a restore would meet."""
        self.wanted(noted, scope)
        if live.ssh:
            return Survey(blockers=(REMOTE,), fingerprint=f"{live.ssh}:{live.path}")
        root = _root(live)
        exists = os.path.isdir(root)
        home = Path(os.fsdecode(os.path.dirname(root)))
        return Survey(
            exists=exists,
            overwrites=tuple(_standing_names(root, scope)) if exists else (),
            free_bytes=shutil.disk_usage(home).free if home.is_dir() else None,
            blockers=tuple(_blockers(root, home, scope)),
            warnings=tuple(_warnings(live, scope)),
            fingerprint=_fingerprint(root, scope),
        )

    def prepare(
        self, live: SourceSpec, scope: Scope, label: str, noted: Fetched
    ) -> SourceSpec:  # fmt: skip
        """Make the empty folder beside; what a dead worker left in it goes."""
        del noted
        places = _places(live, scope, label)
        if places.standing() in {Standing.SWAPPED, Standing.TORN}:
            raise ValueError(f"{label} is swapped already: its old must not be lost.")
        beside = places.home / f".{label}.baru"
        shutil.rmtree(beside, ignore_errors=True)
        try:
            beside.mkdir(mode=0o700)
        except OSError as error:
            raise SourceRefused(
                f"{live.name}: no folder can be made in {places.home}: {error.strerror}.",
                advice="Give the worker's user the right to write in that folder.",
            ) from error
        return self.place(live, scope, label)

    def place(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the folder beside. Excludes hold there as they do in live."""
        return _beside(live, f".{label}.baru")

    def aside(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the folder aside; of chosen paths it holds these alone."""
        return _beside(live, f".{label}.lama")

    def load(self, fetched: Fetched, place: SourceSpec, scope: Scope, watch: Watch) -> None:
        """Move what was fetched into the place, or copy it to another disk with all it has."""
        if not fetched.root.is_dir():
            raise DumpFailed(f"The snapshot holds no folder {fetched.paths[0]}.")
        origin, target = os.fsencode(fetched.root), os.fsencode(place.path)
        if scope.is_whole:
            _bring(origin, target, watch)
            return
        Path(place.path).mkdir(mode=0o700)
        for path in _topmost(scope):
            moves.make_folders(path, target, like=origin)
            _bring(os.path.join(origin, path), os.path.join(target, path), watch)

    def swap(
        self, live: SourceSpec, place: SourceSpec, scope: Scope, label: str, watch: Watch
    ) -> None:
        """Rename the old aside and the new in."""
        del place  # the label names it
        standing = self.mend(live, scope, label)
        if standing == Standing.NOTHING:
            raise BackupError(f"{live.name}: nothing stands beside it to be swapped in.")
        if standing == Standing.BESIDE:
            if watch.stopped():
                raise Cancelled("The work was cancelled before anything was swapped.")
            places = _places(live, scope, label)
            try:
                swap(places, _paths(live, scope))
            except OSError as error:
                take_back(places)
                raise _refused(live, error) from error

    def standing(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Read it off the notes beside."""
        return _places(live, scope, label).standing()

    def mend(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Take a torn swap, or a torn way back, all the way back."""
        places = _places(live, scope, label)
        if places.standing() == Standing.TORN:
            take_back(places)
        return places.standing()

    def swap_back(self, live: SourceSpec, scope: Scope, label: str, watch: Watch) -> None:
        """Move the new beside and the old in; what was not there before is not there again."""
        try:
            take_back(_places(live, scope, label))
        except OSError as error:
            raise _refused(live, error) from error

    def keep_as(self, live: SourceSpec, scope: Scope, label: str, name: str) -> str:
        """Give the folder the name `name` beside live; return its path."""
        home = Path(os.fsdecode(os.path.dirname(_root(live))))
        if name in {"", ".", ".."} or "/" in name or "\0" in name:
            raise BackupError(f"{name!r} is no name of a folder.")
        place, target = Path(_beside(live, f".{label}.baru").path), home / name
        if place.exists():
            if os.path.lexists(target):
                raise BackupError(
                    f"{live.name}: {target} is there already.",
                    advice="Choose another name; nothing was changed.",
                )
            place.rename(target)
        shutil.rmtree(place.parent, ignore_errors=True)
        return str(target)

    def discard(self, live: SourceSpec, scope: Scope, label: str) -> None:
        """Remove the places of this restore and its notes."""
        places = _places(live, scope, label)
        self.mend(live, scope, label)
        for ending in ("baru", "lama"):
            shutil.rmtree(places.home / f".{label}.{ending}", ignore_errors=True)
        places.notes.unlink(missing_ok=True)


def _root(live: SourceSpec) -> bytes:
    """Return the folder's real path; a last name that is gone stands where its parent does."""
    if live.ssh:
        raise SourceRefused(f"{live.name}: {REMOTE}")
    if not live.path.startswith("/"):
        raise SourceRefused(f"{live.name}: {live.path!r} is not a full path.")
    return os.path.realpath(os.fsencode(live.path))


def _beside(live: SourceSpec, folder: str) -> SourceSpec:
    home, name = os.path.split(_root(live))
    return replace(live, path=os.fsdecode(os.path.join(home, folder.encode(), name)))


def _places(live: SourceSpec, scope: Scope, label: str) -> Places:
    """Return the trees: for the whole, those in which the folder itself is the one entry."""
    home, name = os.path.split(_root(live))
    new, old = (os.path.join(home, f".{label}.{end}".encode()) for end in ("baru", "lama"))
    notes = Path(os.fsdecode(home)) / f".{label}.catatan"
    if scope.is_whole:
        return Places(Path(os.fsdecode(home)), home, new, old, notes)
    inner = [os.path.join(each, name) for each in (home, new, old)]
    return Places(Path(os.fsdecode(home)), inner[0], inner[1], inner[2], notes)


def _paths(live: SourceSpec, scope: Scope) -> list[bytes]:
    return [os.path.basename(_root(live))] if scope.is_whole else _topmost(scope)


def _topmost(scope: Scope) -> list[bytes]:
    """Return the chosen paths without those that stand in a chosen folder."""
    kept: list[bytes] = []
    for path in sorted({decode_name(name) for name in scope.names}):
        if not any(path.startswith(each + b"/") for each in kept):
            kept.append(path)
    return kept


def _bring(origin: bytes, target: bytes, watch: Watch) -> None:
    """Move one entry with all below it; to another disk copy it, holes, links and all."""
    try:
        os.rename(origin, target)  # noqa: PTH104 - bytes
    except OSError as error:
        if error.errno != 18:  # noqa: PLR2004 - EXDEV: another file system
            raise
        argv = ("cp", "-a", "-T", "--", os.fsdecode(origin), os.fsdecode(target))
        done = process.run(argv, timeout=LONGEST, watch=watch)
        if not done.ok:
            full = "No space left" in done.stderr
            raise (NoSpace if full else DumpFailed)(
                f"{os.fsdecode(target)} could not be written: {done.last_line()}"
            ) from error


def _standing_names(root: bytes, scope: Scope) -> Iterator[str]:
    if scope.is_whole:
        yield ROOT_NAME
        return
    for path in _topmost(scope):
        with suppress(OSError):
            if moves.stands(root, path):
                yield encode_name(path)


def _blockers(root: bytes, home: Path, scope: Scope) -> Iterator[str]:
    if not home.is_dir():
        yield f"The folder {home} is not there."
    elif not os.access(home, os.W_OK | os.X_OK):
        yield f"The worker may not write in {home}, where the new must stand beside the old."
    if os.path.ismount(root):
        yield f"{os.fsdecode(root)} is a file system of its own and cannot be renamed."
    if scope.is_whole and (inside := _mounts_below(root)):
        yield f"Other file systems are mounted in it: {', '.join(map(os.fsdecode, inside[:5]))}."
    for path in () if scope.is_whole else _topmost(scope):
        try:
            found = moves.stands(root, path) if os.path.isdir(root) else None
        except NotADirectoryError:
            yield f"On the way to {encode_name(path)} stands a link or a file where a folder was."
        except OSError as error:
            yield f"{encode_name(path)} cannot be reached: {error.strerror}."
        else:
            if found and stat.S_ISDIR(found.st_mode) and os.path.ismount(os.path.join(root, path)):
                yield f"{encode_name(path)} is a file system of its own and cannot be renamed."


def _mounts_below(root: bytes) -> list[bytes]:
    """Return what is mounted below the folder (proc(5): blanks in names are octal)."""
    lines = Path("/proc/self/mounts").read_bytes().splitlines()
    places = (
        _OCTAL.sub(lambda octal: bytes([int(octal[1], 8)]), line.split(b" ")[1]) for line in lines
    )
    return [place for place in places if place.startswith(root + b"/")]


def _warnings(live: SourceSpec, scope: Scope) -> Iterator[str]:
    if scope.is_whole and live.excludes:
        yield (
            "What its patterns leave out is in no copy and goes aside with the old: "
            f"{', '.join(live.excludes)}."
        )
    if os.geteuid() != 0:
        yield "Owners cannot be given back: this portal is not run by root."


def _fingerprint(root: bytes, scope: Scope) -> str:
    """Return the digest over where the folder is and of what kind the chosen entries are."""
    facts = [root]
    with suppress(OSError):
        facts.append(b"%d" % os.lstat(root).st_dev)
    for path in () if scope.is_whole else _topmost(scope):
        with suppress(OSError):
            found = moves.stands(root, path)
            facts.append(path + b" " + (kind_of(found).encode() if found else b"-"))
    return hashlib.sha256(b"\0".join(facts)).hexdigest()


def _refused(live: SourceSpec, error: OSError) -> BackupError:
    return SourceRefused(
        f"{live.name}: the swap could not be done, and was taken back: {error.strerror or error}.",
        advice="Give the worker the right to write there, then order the restore again.",
    )

"""Folders of files replaced while they live: restored beside, then renamed in, the old kept aside.

What is done beside a living folder its hands do (files_hands): here, or on the machine where the
folder stands (files_far).
"""
# Names on disk are bytes, which pathlib does not take.
# ruff: noqa: PTH118

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from backups import manifest, process
from backups.engines import files_far as far
from backups.engines import files_hands as hands
from backups.engines import files_moves as moves
from backups.engines.files_mirror import is_root
from backups.engines.files_names import ROOT_NAME, decode_name, encode_name
from backups.errors import (
    BackupError,
    Cancelled,
    DumpFailed,
    NoSpace,
    SourceRefused,
    SourceUnreachable,
)
from backups.specs import (
    Fetched,
    ManifestObject,
    Scope,
    SourceSpec,
    Standing,
    Survey,
    Told,
    Watch,
)

LONGEST = 48 * process.HOUR
LIVE_ONLY = frozenset({"no_write_folder", "own_file_system", "mounted_inside", "link_on_the_way"})
NOBODYS = "pulih_0"  # the label of who only looks


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

    def brings_definitions(self, live: SourceSpec, scope: Scope) -> bool:
        """Say whether owners can be given back: only root may, there as here.

        What an ordinary user mirrored of another machine has no owners at all: nothing to lose.
        """
        if not live.ssh:
            return is_root()
        return not is_root() or _do(live, scope, NOBODYS, "where")["uid"] == 0

    def survey(self, live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
        """Ask the folder what a restore would meet."""
        self.wanted(noted, scope)
        listed = manifest.read_objects(noted.dump / manifest.FILE_NAME)
        needed = sum(entry.bytes for entry in listed if self.covers(entry, scope))
        tools = ["rsync"] if live.ssh else []
        try:
            met = _do(live, scope, NOBODYS, "survey", needed, tools)
        except far.FarRefusal as error:
            return Survey(blockers=(error.told,), fingerprint=f"{live.ssh}:{live.path}")
        return Survey(
            exists=met["exists"],
            overwrites=tuple(met["overwrites"]),
            free_bytes=met["free"],
            blockers=tuple(
                Told(code, facts, beside=code not in LIVE_ONLY) for code, facts in met["blockers"]
            ),
            warnings=tuple(_warnings(live, scope, met["uid"])),
            fingerprint=met["fingerprint"],
        )

    def prepare(
        self, live: SourceSpec, scope: Scope, label: str, noted: Fetched
    ) -> SourceSpec:  # fmt: skip
        """Make the empty folder beside; what a dead worker left in it goes."""
        del noted
        try:
            _do(live, scope, label, "prepare")
        except OSError as error:
            raise SourceRefused(
                f"{live.name}: no folder can be made beside {live.path}: {error.strerror}.",
                advice="Give the account that restores the right to write in the folder above.",
            ) from error
        return self.place(live, scope, label)

    def place(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the folder beside. Excludes hold there as they do in live."""
        return _beside(live, scope, f".{label}.baru")

    def aside(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the folder aside; of chosen paths it holds these alone."""
        return _beside(live, scope, f".{label}.lama")

    def load(self, fetched: Fetched, place: SourceSpec, scope: Scope, watch: Watch) -> None:
        """Bring what was fetched into the place: by a rename, a copy, or over SSH."""
        if not fetched.root.is_dir():
            raise DumpFailed(f"The snapshot holds no folder {fetched.paths[0]}.")
        if place.ssh:
            _bring_far(fetched, place, scope, watch)
            return
        origin, target = os.fsencode(fetched.root), os.fsencode(place.path)
        if scope.is_whole:
            _bring(origin, target, watch)
            return
        Path(place.path).mkdir(mode=0o700)
        _bring_paths(origin, target, scope, watch)

    def swap(
        self, live: SourceSpec, place: SourceSpec, scope: Scope, label: str, watch: Watch
    ) -> None:
        """Rename the old aside and the new in."""
        del place  # the label names it
        if watch.stopped():
            raise Cancelled("The work was cancelled before anything was swapped.")
        with _told(live):
            standing = _do(live, scope, label, "swap")
        if standing == Standing.NOTHING:
            raise BackupError(f"{live.name}: nothing stands beside it to be swapped in.")

    def standing(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Read it off the notes beside."""
        with _told(live):
            return Standing(_do(live, scope, label, "standing"))

    def mend(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Take a torn swap, or a torn way back, all the way back."""
        with _told(live):
            return Standing(_do(live, scope, label, "mend"))

    def swap_back(self, live: SourceSpec, scope: Scope, label: str, watch: Watch) -> None:
        """Move the new beside and the old in; what was not there before is not there again."""
        with _told(live):
            _do(live, scope, label, "back")

    def keep_as(self, live: SourceSpec, scope: Scope, label: str, name: str) -> str:
        """Give the folder the name `name` beside live; return its path."""
        if name in {"", ".", ".."} or "/" in name or "\0" in name:
            raise BackupError(f"{name!r} is no name of a folder.")
        try:
            kept = _do(live, scope, label, "keep_as", name)
        except FileExistsError as error:
            raise BackupError(
                f"{live.name}: {name} is there already.",
                advice="Choose another name; nothing was changed.",
            ) from error
        return os.fsdecode(decode_name(kept))

    def discard(self, live: SourceSpec, scope: Scope, label: str) -> None:
        """Remove the places of this restore and its notes."""
        with _told(live):
            _do(live, scope, label, "discard")


def _do(live: SourceSpec, scope: Scope, label: str, verb: str, *words: Any) -> Any:
    """Let the hands do it where the folder stands. Raises OSError, ValueError, and as files_far."""
    if not live.path.startswith("/"):
        raise SourceRefused(f"{live.name}: {live.path!r} is not a full path.")
    names = None if scope.is_whole else list(scope.names)
    if live.ssh:
        return far.ask(live, names, label, verb, *words)
    return hands.answer(encode_name(os.fsencode(live.path)), names, label, verb, *words)


def _beside(live: SourceSpec, scope: Scope, folder: str) -> SourceSpec:
    root = decode_name(_do(live, scope, NOBODYS, "where")["root"])
    home, name = os.path.split(root)
    return replace(live, path=os.fsdecode(os.path.join(home, folder.encode(), name)))


def _topmost(scope: Scope) -> list[bytes]:
    return hands.topmost(list(scope.names)) or []


def _bring_far(fetched: Fetched, place: SourceSpec, scope: Scope, watch: Watch) -> None:
    """Write it into the place there, its chosen paths alone; a folder of ours gathers them."""
    if scope.is_whole:
        far.bring(fetched.root, place, watch)
        return
    with tempfile.TemporaryDirectory(dir=fetched.target, prefix="chosen-") as gathered:
        _bring_paths(os.fsencode(fetched.root), os.fsencode(gathered), scope, watch)
        far.bring(Path(gathered), place, watch)


def _bring_paths(origin: bytes, target: bytes, scope: Scope, watch: Watch) -> None:
    for path in _topmost(scope):
        moves.make_folders(path, target, like=origin)
        _bring(os.path.join(origin, path), os.path.join(target, path), watch)


def _bring(origin: bytes, target: bytes, watch: Watch) -> None:
    """Move one entry with all below it; to another disk copy it, holes, links and all."""
    try:
        os.rename(origin, target)  # noqa: PTH104 - bytes
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        argv = ("cp", "-a", "-T", "--", os.fsdecode(origin), os.fsdecode(target))
        done = process.run(argv, timeout=LONGEST, watch=watch)
        if not done.ok:
            full = "No space left" in done.stderr
            raise (NoSpace if full else DumpFailed)(
                f"{os.fsdecode(target)} could not be written: {done.last_line()}"
            ) from error


def _warnings(live: SourceSpec, scope: Scope, uid: int) -> Iterator[Told]:
    if scope.is_whole and live.excludes:
        yield Told("excluded_aside", {"names": list(live.excludes), "more": 0})
    if live.ssh and (uid or not is_root()):
        yield Told("far_owners", {"host": live.ssh})
    elif not live.ssh and not is_root():
        yield Told("no_owners")


@contextmanager
def _told(live: SourceSpec) -> Iterator[None]:
    """Say in the family of backups.errors what the hands met; what they began is taken back."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise SourceUnreachable(f"{live.name}: {error.strerror}.") from error
        raise SourceRefused(
            f"{live.name}: it could not be done, and was taken back: {error.strerror or error}.",
            advice="Give the account that restores the right to write there, then order it again.",
        ) from error

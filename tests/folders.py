"""A folder to back up, and a Watch that meddles with it meanwhile."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from backups import manifest
from backups.engines.files import Files
from backups.specs import UNWATCHED, SourceSpec, Unwatched


class Hook(Unwatched):
    """A Watch that does something while the work goes on, and keeps the notes."""

    def __init__(self, *, at_call: int = 1, act=lambda: None, every: bool = False) -> None:
        self.calls, self.notes = 0, []
        self._at_call, self._act, self._every = at_call, act, every

    def advance(self, done, total=None):
        self.calls += 1
        if self.calls == self._at_call or (self._every and self.calls > self._at_call):
            self._act()

    def note(self, line):
        self.notes.append(line)


class Folder:
    """A source folder and the place where its dumps are made."""

    def __init__(self, home: Path) -> None:
        self.root = home / "berkas"
        self.root.mkdir(parents=True)
        self.work = home / "work"
        self.work.mkdir()
        self.spec = SourceSpec("b", "Berkas", "files", path=str(self.root))

    def dump(self, watch=UNWATCHED, previous=None, **more):
        folder = self.work / "dump"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return Files().dump(replace(self.spec, **more), folder, watch, previous)

    def last_good(self, dump):
        """Keep a dump's manifest as the job does: the next dump's folder takes the place."""
        return Path(shutil.copy(dump.manifest.path, self.work / "last-good.jsonl"))


def entries(dump):
    return {each.name: each for each in manifest.read_objects(dump.manifest.path)}

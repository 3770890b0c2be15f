"""200,000 small files: the second night with 1 % changed beside plain `restic backup`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from backups import process
from backups.registering import add_source
from bench.measure import peak_megabytes, seconds_of
from bench.night import night
from portal.lib import clock

FILES = 200_000
PER_FOLDER = 500
CHANGED_EVERY = 100


def figures(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, aim) for the second night and the worker's memory."""
    root = folder / "berkas"
    _make(root)
    plain = _Plain(folder / "plain")
    plain.backup(root)
    source = add_source("berkas", now=clock.now(), engine="files", path=str(root))
    first = night(source)
    yield f"files, first night of {FILES:,}", f"{first.local:.1f} s", ""
    _change(root)
    plain_seconds = seconds_of(lambda: plain.backup(root))
    yield "plain restic backup, second night", f"{plain_seconds:.1f} s", ""
    second = night(source)
    ratio = f"{second.local / plain_seconds:.2f} ({second.local:.1f} s)"
    yield "files, second night, local vault / plain restic backup", ratio, "at most 1.30"
    yield "peak memory of the worker", f"{peak_megabytes():.0f} MB", "at most 150 MB"


def _make(root: Path) -> None:
    for number in range(FILES):
        folder = root / f"{number // PER_FOLDER:04d}"
        if number % PER_FOLDER == 0:
            folder.mkdir(parents=True)
        (folder / f"dokumen-{number:06d}.txt").write_bytes(b"%d\n" % number + os.urandom(600))


def _change(root: Path) -> None:
    for number in range(0, FILES, CHANGED_EVERY):
        path = root / f"{number // PER_FOLDER:04d}" / f"dokumen-{number:06d}.txt"
        path.write_bytes(os.urandom(700))


class _Plain:
    """restic by itself, as somebody's cron would call it."""

    def __init__(self, folder: Path) -> None:
        self.environment = {
            "RESTIC_REPOSITORY": str(folder / "repository"),
            "RESTIC_PASSWORD": "biasa",
            "RESTIC_CACHE_DIR": str(folder / "cache"),
        }
        self._call("init")

    def backup(self, root: Path) -> None:
        """Store `root` as one snapshot."""
        self._call("backup", "--json", str(root))

    def _call(self, *words: str) -> None:
        done = process.run(("restic", *words), extra_environment=self.environment)
        if not done.ok:
            raise RuntimeError(done.last_line())

"""What the commands share: JSON lines or text for people, progress, and finding what is named.

Exit 0 only when everything asked for ended well, 1 when something failed, 2 for wrong words
(docs/perintah.md). With --json stdout holds one object a line and nothing else.
"""

from __future__ import annotations

import os
import pwd
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from backups.models import (
    DrillPhase,
    Job,
    Phase,
    RestorePhase,
    Snapshot,
    Source,
)
from portal.lib import clock

WRONG_WORDS = 2
POLL_SECONDS = 0.4
SHORTEST_ID = 6
PHASES = dict([*Phase.choices, *DrillPhase.choices, *RestorePhase.choices])


class PortalCommand(BaseCommand):
    """A command with --json, whose `fail` collects the reason for exit code 1."""

    failed = False

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(*args, **kwargs)
        parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
        return parser

    def say(self, line: str) -> None:
        """Write one line for people, to stderr so that stdout stays clean."""
        self.stderr.write(line, ending="\n")

    def emit(self, facts: dict[str, Any], line: str, *, as_json: bool) -> None:
        """Write the facts as one JSON line, or the line for people."""
        self.stdout.write(orjson.dumps(facts).decode() if as_json else line)

    def fail(self, reason: str, advice: str = "") -> None:
        """Tell what failed and what to do, in one line; the command will end with 1."""
        self.failed = True
        self.stderr.write(" ".join(part for part in (reason, advice) if part))

    def end(self) -> None:
        """Leave with 1 when anything failed."""
        if self.failed:
            sys.exit(1)


def wrong_words(sentence: str) -> CommandError:
    """Return the error that ends a command with 2."""
    return CommandError(sentence, returncode=WRONG_WORDS)


def named_sources(names: Iterable[str], *, every: bool) -> list[Source]:
    """Return the sources that are meant, by name or key; all active ones with `every`."""
    if every:
        return list(Source.objects.active().select_related("server"))
    found = []
    for name in names:
        source = (
            Source.objects.kept().filter(name=name).first()
            or Source.objects.kept().filter(key=name).first()
        )
        if source is None:
            raise wrong_words(f"There is no source named {name!r}; see: manage.py sources")
        found.append(source)
    if not found:
        raise wrong_words("Name a source, or say --all.")
    return found


def chosen_snapshot(source: Source, wanted: str | None) -> Snapshot:
    """Return the night that is meant by a restic id, our own number or a date; else the newest.

    A date means the newest copy taken on that day, WIB. Safety copies, which hold what a restore
    replaced, are meant only by their id or number. Ends with 2 when there is none.
    """
    kept = Snapshot.every.filter(source=source).restorable().order_by("-taken_at")
    nights = source.snapshots.restorable().nights().order_by("-taken_at")
    found = _at(kept, nights, wanted) if wanted else nights.first()
    if found is None:
        where = f"of {wanted}" if wanted else "that stands"
        raise wrong_words(f"{source.name} has no copy {where}; see: manage.py sources")
    return found


def _at(kept: Any, nights: Any, wanted: str) -> Snapshot | None:
    try:
        day = date.fromisoformat(wanted)
    except ValueError:
        if wanted.isdigit() and len(wanted) < SHORTEST_ID:
            return kept.filter(pk=int(wanted)).first()
        if len(wanted) < SHORTEST_ID:
            return None
        return kept.filter(copies__restic_id__startswith=wanted.lower()).first()
    start = clock.midnight(day)
    return nights.filter(taken_at__gte=start, taken_at__lt=start + timedelta(days=1)).first()


def operator() -> str:
    """Return the system account that runs this command, as the audit trail names it."""
    return f"os:{os.environ.get('SUDO_USER') or pwd.getpwuid(os.getuid()).pw_name}"


@contextmanager
def shown(job: Job, title: str) -> Iterator[None]:
    """Show a running job's progress bar on a terminal; elsewhere show nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    over = threading.Event()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), console=console, transient=True) as bar:
        thread = threading.Thread(target=_follow, args=(job, title, bar, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _follow(job: Job, title: str, bar: Progress, over: threading.Event) -> None:
    task = bar.add_task(title, total=None)
    try:
        while not over.wait(POLL_SECONDS):
            row = type(job).objects.filter(pk=job.pk).values("phase", "done", "total").first()
            if row:
                phase = PHASES.get(row["phase"], "")
                described = f"{title}: {phase}" if phase else title
                bar.update(task, description=described, completed=row["done"], total=row["total"])
    finally:
        connection.close()

"""What the operator asks at 2 a.m.: is anything wrong, and what do I do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import connection
from django_q.models import OrmQ, Schedule, Task

from backups.catalogue import index
from backups.engines.registry import engine_of_kind
from backups.explanations import alert_headline
from backups.models import (
    Alert,
    Copy,
    CopyState,
    JobState,
    Source,
    Vault,
)
from backups.orders import TASKS
from portal.lib.unseal import private_key_file

PACKAGES = {
    "restic": "restic",
    "setpriv": "util-linux",
    "pg_dump": "postgresql-client",
    "pg_restore": "postgresql-client",
    "pg_dumpall": "postgresql-client",
    "mariadb-dump": "mariadb-client",
    "mariadb": "mariadb-client",
    "rsync": "rsync",
    "ssh": "openssh-client",
}
LITTLE_SPACE = 0.1  # of the staging disk
STUCK_AFTER = timedelta(minutes=5)
MIDNIGHT_TASK = "backups.tasks.open_night"
MINUTE_TASK = "backups.tasks.every_minute"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `advice` is empty where nothing need be done."""

    check: str
    state: Literal["good", "warn", "bad"]
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A cluster of workers that does not move, and how that shows."""

    worker: str
    reason: str

    @property
    def sentence(self) -> str:
        """What failed, and what to do."""
        return f"{self.reason}; restart the {self.worker} worker."


def findings(now: datetime) -> Iterator[Finding]:
    """Yield everything that was looked at, the machine first."""
    yield from _tools()
    yield from _keys()
    yield from _vaults()
    yield from _space()
    yield from _queue(now)
    yield from _search()
    yield from _sources(now)
    yield from _alerts()


def _tools() -> Iterator[Finding]:
    wanted = {"restic", "setpriv"}
    for kind in Source.objects.kept().values_list("engine", flat=True).distinct():
        wanted.update(engine_of_kind(kind).tools)
    for name in sorted(wanted):
        if shutil.which(name):
            yield Finding(f"program {name}", "good")
        else:
            package = PACKAGES.get(name, name)
            yield Finding(f"program {name}", "bad", f"Install it: apt-get install {package}")


def _keys() -> Iterator[Finding]:
    key = private_key_file()
    if not key.exists():
        yield Finding("workers' key", "bad", "Run: manage.py setup")
    elif key.stat().st_mode & 0o077:
        yield Finding("workers' key", "bad", f"Others may read it; run: chmod 600 {key}")
    else:
        yield Finding("workers' key", "good")


def _vaults() -> Iterator[Finding]:
    for role, rows in (("local", Vault.objects.local()), ("media", Vault.objects.media())):
        if rows.exists():
            yield Finding(f"vault, {role}", "good")
        else:
            yield Finding(
                f"vault, {role}",
                "bad" if role == "local" else "warn",
                f"Add one: manage.py add_vault NAME --role {role} --location PLACE",
            )


def _space() -> Iterator[Finding]:
    places = {"staging disk": Path(settings.PULIH_STAGING)}
    for vault in Vault.objects.filter(enabled=True, location__startswith="/"):
        places[f"disk of {vault.name}"] = Path(vault.location)
    for name, place in places.items():
        standing = next((p for p in (place, *place.parents) if p.exists()), Path("/"))
        usage = shutil.disk_usage(standing)
        if usage.free < usage.total * LITTLE_SPACE:
            yield Finding(name, "warn", f"Only {usage.free:,} of {usage.total:,} bytes are free.")
        else:
            yield Finding(name, "good")


def _queue(now: datetime) -> Iterator[Finding]:
    if not Schedule.objects.filter(func=MIDNIGHT_TASK).exists():
        yield Finding("timetable", "bad", "Run: manage.py setup")
    if stuck := workers_stuck(now):
        yield Finding("workers", "bad", stuck.sentence)
    else:
        yield Finding("workers", "good", f"{OrmQ.objects.count()} messages wait.")


def workers_stuck(now: datetime) -> Stuck | None:
    """Return which worker seems dead and why, None when all move.

    Judged by progress and not by what the clusters say of themselves: one with a killed worker
    goes on saying that it works (queue-facts, 3). A busy one makes others wait; that is no fault.
    """
    if Schedule.objects.filter(next_run__lt=now - STUCK_AFTER).exists():
        return Stuck("short", "No bell has rung for five minutes")
    if _every_minute_is_silent(now):
        return Stuck("short", "Bells ring and nobody answers")
    for worker in ("long", "restore", "short"):
        jobs = [model.objects for model, (_, cluster) in TASKS.items() if cluster == worker]
        busy = any(rows.filter(state=JobState.RUNNING).exists() for rows in jobs)
        overdue = (rows.due(now).filter(rung_at__lt=now - STUCK_AFTER) for rows in jobs)
        if not busy and any(rows.exists() for rows in overdue):
            return Stuck(worker, "A job waits and nobody takes it")
    return None


def _every_minute_is_silent(now: datetime) -> bool:
    """Say whether the minute's task was asked for long ago and never came to its end."""
    done = Task.objects.filter(func=MINUTE_TASK, success=True).order_by("-stopped").first()
    hung = Schedule.objects.filter(func=MINUTE_TASK).exists()
    return bool(hung and done and done.stopped < now - STUCK_AFTER)


def _search() -> Iterator[Finding]:
    if index.exists(connection):
        yield Finding("search index", "good")
    else:
        yield Finding(
            "search index",
            "warn",
            "The search reads every name. Let the database's administrator run: "
            "CREATE EXTENSION pg_trgm; then run: manage.py setup",
        )


def _sources(now: datetime) -> Iterator[Finding]:
    for source in Source.objects.active():
        newest = source.snapshots.restorable().nights().first()
        if newest is None:
            yield Finding(source.name, "warn", "It was never backed up; run: manage.py backup")
            continue
        age = now - newest.taken_at
        late = age > timedelta(hours=source.age_target_hours)
        advice = f"Its newest good copy is {age.total_seconds() / 3600:.0f} hours old."
        yield Finding(source.name, "bad" if late else "good", advice if late else "")
    owed = Copy.objects.filter(state=CopyState.OWED).count()
    if owed:
        yield Finding("copies owed", "warn", f"{owed} wait for the media vault; is it reachable?")


def _alerts() -> Iterator[Finding]:
    for alert in Alert.objects.filter(cleared_at=None).select_related("source", "vault"):
        yield Finding(alert_headline(alert), "bad", alert.facts.get("advice", ""))

"""Making archives: a worker's work, claimed by compare-and-swap, with a bar to watch."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Q

from portal.lib import clock
from portal.lib.queue import enqueue
from tickets.models import Bundle, BundleState
from tickets.records import bundle as archive

MAKE = "tickets.tasks.make_bundle"
LOST_AFTER = timedelta(minutes=3)
KEPT_FOR = timedelta(days=7)
TELL_EVERY = 10


def make(pk: int, now: datetime) -> Bundle | None:
    """Make an archive that was ordered; None when another worker has it, or it is done."""
    lost = Q(state=BundleState.RUNNING, heartbeat_at__lt=now - LOST_AFTER)
    waiting = Bundle.objects.filter(Q(state=BundleState.QUEUED) | lost, pk=pk)
    if not waiting.update(state=BundleState.RUNNING, started_at=now, heartbeat_at=now, done=0):
        return None
    bundle = Bundle.objects.get(pk=pk)
    name = f"{bundle.pk}-{bundle.year}.zip"
    archive.folder().mkdir(mode=0o750, parents=True, exist_ok=True)
    draft = archive.folder() / f".{name}.{os.getpid()}"
    try:
        size, digest = archive.write(bundle, draft, lambda done, total: _tell(pk, done, total))
    except OSError as error:
        draft.unlink(missing_ok=True)
        _end(pk, state=BundleState.FAILED, error=f"{error}"[:300])
        return None
    draft.rename(archive.folder() / name)
    _end(pk, state=BundleState.READY, file=name, size=size, sha256=digest)
    return Bundle.objects.get(pk=pk)


def _tell(pk: int, done: int, total: int) -> None:
    if done % TELL_EVERY == 0 or done == total:
        Bundle.objects.filter(pk=pk).update(done=done, total=total, heartbeat_at=clock.now())


def _end(pk: int, **columns: object) -> None:
    Bundle.objects.filter(pk=pk, state=BundleState.RUNNING).update(
        finished_at=clock.now(), **columns
    )


def ring_waiting(now: datetime) -> int:
    """Ring for archives that nobody makes, and tidy those that lie there long; return how many."""
    quiet = Q(state=BundleState.QUEUED, ordered_at__lt=now - LOST_AFTER)
    lost = Q(state=BundleState.RUNNING, heartbeat_at__lt=now - LOST_AFTER)
    owed = list(Bundle.objects.filter(quiet | lost).values_list("pk", flat=True))
    for pk in owed:
        enqueue(MAKE, pk, cluster="short")
    old = Bundle.objects.filter(finished_at__lt=now - KEPT_FOR).exclude(file="")
    for name in old.values_list("file", flat=True):
        (archive.folder() / Path(name).name).unlink(missing_ok=True)
    old.update(file="", size=0)
    return len(owed)

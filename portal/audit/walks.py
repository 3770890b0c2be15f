"""Walking the trail and keeping what was found: for the timetable, the command and the page."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from portal.audit import triggers
from portal.audit.chain import Anchor
from portal.audit.models import AuditWalk
from portal.audit.verify import Progress, verify
from portal.lib import clock


def walk(anchors: Iterable[Anchor] = (), on_progress: Progress | None = None) -> AuditWalk:
    """Walk the whole chain, keep what was found and return it.

    The head of the last walk that found all well is an anchor too. It lies in the same database,
    so it shows only a careless cut; `anchors` from outside show every one.
    """
    verdict = verify([*anchors, *_last_head()], on_progress)
    return AuditWalk.objects.create(
        at=clock.now(),
        events=verdict.events,
        head_sequence=verdict.head.sequence,
        head_hash=verdict.head.hash,
        first_bad=verdict.first_bad,
        reason=verdict.reason,
        guarded=triggers.is_armed(connection),
    )


def nightly() -> None:
    """Walk by the timetable (portal.schedule)."""
    walk()


def _last_head() -> list[Anchor]:
    last = AuditWalk.objects.filter(first_bad=None).first()
    return [last.head] if last else []

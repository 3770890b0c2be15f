"""manage.py sources: every source, its last good and last proven night."""

from __future__ import annotations

from typing import Any

from backups.management.console import PortalCommand
from backups.models import JobState, Source
from portal.lib import clock


class Command(PortalCommand):
    help = "List every source with its last good and last proven night."

    def handle(self, *_: Any, **options: Any) -> None:
        for source in Source.objects.kept():
            facts = facts_of(source)
            line = (
                f"{facts['source']}: {facts['state']}, last good {facts['last_good'] or 'never'}, "
                f"last proven {facts['last_proven'] or 'never'}"
            )
            self.emit(facts, line, as_json=options["json"])


def facts_of(source: Source) -> dict[str, Any]:
    """Return a source's state, and its last good and last proven night (WIB dates)."""
    snapshots = source.snapshots.restorable().nights()
    good, proven = snapshots.first(), snapshots.exclude(proven_at=None).first()
    return {
        "source": source.name,
        "key": source.key,
        "engine": source.engine,
        "state": state_of(source),
        "last_good": clock.wib_date(good.taken_at).isoformat() if good else None,
        "last_proven": clock.wib_date(proven.taken_at).isoformat() if proven else None,
    }


def state_of(source: Source) -> str:
    """Return paused, running, or how the latest finished run ended; new before the first."""
    if source.paused:
        return "paused"
    run = source.runs.first()
    if run is None:
        return "new"
    if run.is_unfinished:
        return run.state
    return "good" if run.state == JobState.GOOD else "failed"

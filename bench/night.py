"""One night of one source, carried out as a worker would, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass

from backups.jobs import nightly, transfer
from backups.models import JobState, Source, Transfer
from backups.orders import order_backup
from bench.measure import Tools, forget_peak, seconds_of
from portal.lib import clock


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds for the local night, for the transfer after it, and of the portal's own."""

    local: float
    media: float
    own: float

    @property
    def own_share(self) -> float:
        """The part of the local night in which no other program worked, 0 to 1."""
        return self.own / self.local


def night(source: Source) -> Cost:
    """Back the source up and pay its copy; raise when either did not end well."""
    run = order_backup(source, None, clock.now(), rung=False)
    forget_peak()
    with Tools() as tools:
        local = seconds_of(lambda: nightly.run(run.pk, clock.now(), ring_transfer=False))
    run.refresh_from_db()
    if run.state != JobState.GOOD:
        raise RuntimeError(run.error)
    owed = Transfer.objects.filter(source=source, state=JobState.QUEUED).get()
    media = seconds_of(lambda: transfer.run(owed.pk, clock.now()))
    owed.refresh_from_db()
    if owed.state != JobState.GOOD:
        raise RuntimeError(owed.error)
    return Cost(local, media, local - tools.seconds)

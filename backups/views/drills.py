"""The page of drills: how long each source takes to come back, and how fresh its proof is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backups.explanations import explain
from backups.models import Drill, DrillPhase, JobState, Source, last_proof
from backups.views.access import may, staff
from backups.views.sources import drill_now
from backups.views.steps import durations
from portal.lib import charts, clock
from portal.lib.marks import Mark

PROVEN_WITHIN = timedelta(days=7)  # as the timetable's drills promise
ROWS = 30  # drills in one page
TREND = 12  # drills of a source in its small line
MINUTE = 60


@dataclass(slots=True)
class Proof:
    """How a source stands: when last proven, and how long coming back took against its target."""

    source: Source
    mark: Mark
    proven_at: datetime | None
    minutes: float | None
    spark: SafeString | None

    @property
    def over(self) -> bool:
        """True when coming back took longer than the source's target."""
        return self.minutes is not None and self.minutes > self.source.recovery_target_minutes


@dataclass(slots=True)
class DrillRow:
    """One drill with its mark, how long it and its phases took, and what went wrong."""

    drill: Drill
    mark: Mark
    phases: dict[str, str]
    happened: str


@staff
def drills(request: HttpRequest) -> HttpResponse:
    """Show every source's proof, the longest unproven first, then the drills themselves."""
    now = clock.now()
    proofs = _proofs(now)
    rows = Drill.objects.select_related("source", "snapshot", "ordered_by").order_by("-pk")
    page = Paginator(rows, ROWS).get_page(request.GET.get("hal"))
    fresh = sum(proof.mark == Mark.PROVEN for proof in proofs)
    context = {
        "now": now,
        "proofs": proofs,
        "fresh": fresh,
        "page": page,
        "drills": [_row(drill) for drill in page.object_list],
        "phase_words": {phase: label.lower() for phase, label in DrillPhase.choices},
        "may_drill": may(request, drill_now),
    }
    return render(request, "staf/uji.html", context)


def _proofs(now: datetime) -> list[Proof]:
    sources = list(Source.objects.active().annotate(proven_at=last_proof()))
    measured = _measured(sources)
    found = [
        _proof(source, getattr(source, "proven_at", None), measured.get(source.pk, []), now)
        for source in sources
    ]
    return sorted(found, key=lambda p: (p.proven_at is not None, p.proven_at or now))


def _measured(sources: list[Source]) -> dict[int, list[float]]:
    """Return source id -> the seconds of its last good drills, the oldest first."""
    good = Drill.objects.filter(source__in=sources, state=JobState.GOOD)
    rows = good.order_by("-pk").values_list("source", "started_at", "finished_at")
    found: dict[int, list[float]] = {}
    for source, started, finished in rows[: len(sources) * TREND]:
        if started and finished and len(found.setdefault(source, [])) < TREND:
            found[source].insert(0, (finished - started).total_seconds())
    return found


def _proof(
    source: Source, proven_at: datetime | None, seconds: list[float], now: datetime
) -> Proof:
    mark = Mark.NONE
    if proven_at:
        mark = Mark.PROVEN if now - proven_at <= PROVEN_WITHIN else Mark.LATE
    label = _("Lama pulih %(name)s, %(n)d uji terakhir") % {"name": source.name, "n": len(seconds)}
    return Proof(
        source=source,
        mark=mark,
        proven_at=proven_at,
        minutes=seconds[-1] / MINUTE if seconds else None,
        spark=charts.spark(seconds, label) if len(seconds) > 1 else None,
    )


def _row(drill: Drill) -> DrillRow:
    marks = {
        JobState.GOOD: Mark.PROVEN,
        JobState.QUEUED: Mark.RUNNING,
        JobState.RUNNING: Mark.RUNNING,
        JobState.CANCELLED: Mark.PAUSED,
    }
    bad = drill.error_kind and drill.state != JobState.CANCELLED
    return DrillRow(
        drill=drill,
        mark=marks.get(JobState(drill.state), Mark.FAILED),
        phases=durations(drill),
        happened=explain(drill.error_kind)[0] if bad else "",
    )

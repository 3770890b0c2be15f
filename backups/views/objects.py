"""One object over all nights: a year of cells, what each night did to it, how it grew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateformat import format as format_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backups.catalogue.find import Hit, hits_of
from backups.catalogue.timeline import Event, Timeline, What, timeline_of
from backups.kinds import KINDS
from backups.models import FILE_KINDS, KnownObject, ObjectVersion, Snapshot, parts_of
from backups.views.access import staff
from backups.views.history import month_name, months_until
from backups.views.lives import Stretch, cells_of, nights_in
from portal.lib import charts, clock, measures, nights
from portal.lib.marks import Mark

EVENTS = 25  # in one page
AROUND = 9  # nights in the table around the loss, or the last ones
POINTS = 60  # of the line over time


@dataclass(slots=True)
class EventRow:
    """One night that changed the object: its mark, its word, and the difference."""

    event: Event
    mark: Mark
    word: str
    rows: int | None
    bytes: int | None


@dataclass(slots=True)
class NightRow:
    """One night with what it holds of the object; `version` None where it holds nothing."""

    night: Snapshot
    version: ObjectVersion | None
    restorable: bool
    lost: bool


@staff
def life(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Show when an object appeared, changed, vanished and came back, to the night."""
    now = clock.now()
    rows = KnownObject.objects.select_related("source", "first", "gone")
    known = get_object_or_404(rows, source__key=key, pk=pk)
    [hit] = hits_of([known])
    timeline = timeline_of(known)
    events = Paginator(timeline.events[::-1], EVENTS).get_page(request.GET.get("hal"))
    around = _around(known)
    context = {
        "now": now,
        "source": known.source,
        "known": known,
        "hit": hit,
        "kind": KINDS.get(known.kind, known.kind),
        "folder": parts_of(known.kind, known.name)[0],
        "in_files": known.kind in FILE_KINDS,
        "columns": known.columns.split("\n") if known.columns else [],
        "standing": set(timeline.versions[-1].columns.split("\n")),
        "year": _year(timeline, hit, now),
        "trend": _trend(timeline),
        "page": events,
        "events": [_event_row(event) for event in events.object_list],
        "around": _night_rows(timeline, around),
        "use": _night_to_use(known),
    }
    return render(request, "staf/objek.html", context)


def _event_row(event: Event) -> EventRow:
    words = {
        What.APPEARED: (Mark.HERE, _("Muncul")),
        What.CHANGED: (Mark.CHANGED, _("Berubah")),
        What.VANISHED: (Mark.MISSING, _("Hilang")),
        What.RETURNED: (Mark.HERE, _("Kembali")),
    }
    mark, word = words[event.what]
    before, after = event.before, event.after
    rows = bytes_ = None
    if before and after:
        bytes_ = after.byte_count - before.byte_count
        if before.row_count is not None and after.row_count is not None:
            rows = after.row_count - before.row_count
    return EventRow(event, mark, word, rows, bytes_)


def _year(timeline: Timeline, hit: Hit, now: datetime) -> SafeString:
    """Return twelve months of cells, up to now or to the month after an old loss."""
    known = timeline.known
    last = clock.wib_date(now)
    months = months_until(last)
    if hit.gone_at and clock.wib_date(hit.last_seen) < months[0]:
        last = clock.wib_date(hit.gone_at)
        months = months_until(last)
    days = Stretch(months[0], last)
    around = nights_in({known.source_id: days})[known.source_id]
    cells = cells_of(known.first_id, timeline.versions, around, days)
    label = _("Setahun %(name)s, sampai %(day)s") % {
        "name": known.name,
        "day": format_date(last, "j F Y"),
    }
    return nights.year({cell.day: cell for cell in cells}, months, last, label, month_name)


def _trend(timeline: Timeline) -> dict[str, Any] | None:
    """Return the line of rows (bytes for files) and its table; None where nothing moved."""
    points = [(event.night, event.after) for event in timeline.events][-POINTS:]
    counted = all(version.row_count is not None for version in timeline.versions)
    values = [_amount(version, counted=counted) for _night, version in points]
    known = [value for value in values if value is not None]
    if len(set(known)) < 2:  # noqa: PLR2004 - one height is no trend
        return None
    word = _tick if counted else measures.size
    every = max(1, len(points) // 4)
    days = [format_date(clock.wib_date(night.taken_at), "j M") for night, _version in points]
    return {
        "counted": counted,
        "picture": charts.trend(
            values,
            y_word=lambda value: word(round(value)),
            x_words={i: days[i] for i in range(0, len(points), every)},
            last_word=word(round(known[-1])),
            label=_("%(name)s pada tiap malam yang mengubahnya") % {"name": timeline.known.name},
        ),
    }


def _tick(value: int) -> str:
    return measures.number(value)


def _amount(version: ObjectVersion | None, *, counted: bool) -> int | None:
    if version is None:
        return None
    return version.row_count if counted else version.byte_count


def _around(known: KnownObject) -> list[Snapshot]:
    """Return the nights around the loss, or the last ones; the newest first."""
    taken = Snapshot.objects.filter(source=known.source_id)
    if known.gone_id is None:
        return list(taken.order_by("-pk")[:AROUND])
    before = list(taken.filter(pk__lt=known.gone_id).order_by("-pk")[: AROUND - 3])
    after = list(taken.filter(pk__gte=known.gone_id).order_by("pk")[:3])
    return after[::-1] + before


def _night_rows(timeline: Timeline, around: Sequence[Snapshot]) -> list[NightRow]:
    standing = set(
        Snapshot.objects.filter(pk__in=[night.pk for night in around])
        .restorable()
        .values_list("pk", flat=True)
    )
    return [
        NightRow(
            night, timeline.at(night.pk), night.pk in standing, night.pk == timeline.known.gone_id
        )
        for night in around
    ]


def _night_to_use(known: KnownObject) -> Snapshot | None:
    """Return the newest night that has the object and of which a copy still stands."""
    taken = Snapshot.objects.filter(source=known.source_id).restorable().nights()
    if known.gone_id is not None:
        taken = taken.filter(pk__lt=known.gone_id)
    return taken.order_by("-pk").first()

"""The search over all nights: a word is enough, the answer is evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Max, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateformat import format as format_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backups.catalogue.find import MOST_HITS, Found, Hit, hits_of, known_of, search, words_of
from backups.catalogue.near import near
from backups.catalogue.timeline import version_at
from backups.kinds import KINDS
from backups.models import (
    InformationSystem,
    ObjectVersion,
    Snapshot,
    Source,
    parts_of,
)
from backups.views.access import staff
from backups.views.lives import Nights, Stretch, cells_of, nights_in, stretch_for, versions_in
from portal.lib import charts, clock, nights
from portal.lib.marks import Mark

HITS = 15  # in one page
RANGES = {
    "": gettext_lazy("Semua malam"),
    "30": gettext_lazy("30 malam terakhir"),
    "90": gettext_lazy("90 malam terakhir"),
    "365": gettext_lazy("Setahun terakhir"),
}
PRESENT = {"": None, "hilang": False, "ada": True}


@dataclass(slots=True)
class Row:
    """One hit as the page shows it. `night` is the snapshot to use; None where none stands."""

    hit: Hit
    kind: str
    folder: str
    leaf: str
    columns: list[str]
    picture: SafeString
    spark: SafeString | None
    changed: int
    night: int | None
    night_day: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: the words, where, since when, and whether it must be there."""

    term: str
    where: str
    nights: str
    standing: str

    @property
    def address(self) -> dict[str, str]:
        """The query of the page's address, without what was left empty."""
        words = {"q": self.term, "di": self.where, "rentang": self.nights, "ada": self.standing}
        return {name: word for name, word in words.items() if word}


@staff
def find_page(request: HttpRequest) -> HttpResponse:
    """Show what all nights have under a word: each hit with its nights, the lost ones first."""
    now = clock.now()
    asked = _asked(request)
    sources = _sources(asked.where)
    every, found = _found(asked, sources, now)
    page = Paginator(found, HITS).get_page(request.GET.get("hal"))
    words = words_of(asked.term)
    context = {
        "now": now,
        "asked": asked,
        "query": asked.term,
        "words": words,
        "tabs": _tabs(asked, every),
        "page": page,
        "rows": _rows(hits_of(known_of(list(page.object_list))), words, now),
        "near": near(asked.term, sources) if words and not every else [],
        "most": MOST_HITS,
        "places": _places(),
        "ranges": RANGES,
        "scope": _scope(sources),
        "address": urlencode(asked.address),
    }
    return render(request, "staf/pencarian.html", context)


def _asked(request: HttpRequest) -> Asked:
    nights_asked, standing = request.GET.get("rentang", ""), request.GET.get("ada", "")
    return Asked(
        term=request.GET.get("q", "").strip()[:300],
        where=request.GET.get("di", ""),
        nights=nights_asked if nights_asked in RANGES else "",
        standing=standing if standing in PRESENT else "",
    )


def _sources(where: str) -> list[Source] | None:
    """Return the sources that are meant: "s:KEY" is one, "i:SLUG" those of a system; None: all."""
    kind, _mark, key = where.partition(":")
    if kind == "s":
        return list(Source.objects.filter(key=key))
    if kind == "i":
        return list(Source.objects.filter(systems__slug=key).distinct())
    return None


def _found(
    asked: Asked, sources: list[Source] | None, now: datetime
) -> tuple[list[Found], list[Found]]:
    """Return everything found, and of it what the chosen tab shows."""
    since = _first_night(asked.nights, now)
    every = search(asked.term, sources, since=since)
    present = PRESENT[asked.standing]
    if present is None:
        return every, every
    if len(every) >= MOST_HITS:  # the tab's own may stand behind what was cut off
        return every, search(asked.term, sources, since=since, present=present)
    return every, [row for row in every if (row.gone_id is None) is present]


def _first_night(asked: str, now: datetime) -> int | None:
    """Return the first snapshot of the last so many nights (ids rise with time), or the newest."""
    if not asked:
        return None
    since = clock.midnight(clock.wib_date(now) - timedelta(days=int(asked) - 1))
    ends = Snapshot.objects.aggregate(
        first=Min("pk", filter=Q(taken_at__gte=since)), newest=Max("pk")
    )
    found: int | None = ends["first"] or ends["newest"]
    return found


def _tabs(asked: Asked, every: Sequence[Found]) -> list[tuple[str, str, str, bool]]:
    """Return the tabs: word, count, query, and whether it is the chosen one."""
    gone = sum(row.gone_id is not None for row in every)
    counts = {"": len(every), "hilang": gone, "ada": len(every) - gone}
    names = {"": _("Semua"), "hilang": _("Hilang"), "ada": _("Masih ada")}
    more = "+" if len(every) >= MOST_HITS else ""
    return [
        (
            names[standing],
            f"{count}{more}",
            urlencode({**asked.address, "ada": standing}),
            standing == asked.standing,
        )
        for standing, count in counts.items()
    ]


def _places() -> tuple[list[InformationSystem], list[Source]]:
    return list(InformationSystem.objects.order_by("name")), list(Source.objects.all())


def _scope(sources: list[Source] | None) -> tuple[int, int]:
    """Return in how many nights of how many sources was looked."""
    rows = Snapshot.objects.filter(Q() if sources is None else Q(source__in=sources))
    count = Source.objects.count() if sources is None else len(sources)
    return rows.count(), count


def _rows(hits: list[Hit], words: Sequence[str], now: datetime) -> list[Row]:
    """Return the hits with their nights drawn, in a fixed number of queries."""
    stretches: dict[int, Stretch] = {}
    for hit in hits:
        source, days = hit.known.source_id, stretch_for(hit, now)
        other = stretches.get(source, days)
        stretches[source] = Stretch(min(days.first, other.first), max(days.last, other.last))
    found = nights_in(stretches)
    versions = versions_in(hits, found)
    return [
        _row(
            hit,
            words,
            versions.get((hit.known.source_id, hit.known.name_key), []),
            found[hit.known.source_id],
            stretch_for(hit, now),
        )
        for hit in hits
    ]


def _row(
    hit: Hit, words: Sequence[str], versions: list[ObjectVersion], around: Nights, days: Stretch
) -> Row:
    cells = cells_of(hit.known.first_id, versions, around, days)
    night = _night_to_use(hit, around)
    day = next((day for pk, day in around.taken if pk == night), None)
    folder, leaf = parts_of(hit.kind, hit.name)
    label = _("Tiga puluh malam %(name)s, sampai %(day)s") % {
        "name": hit.name,
        "day": format_date(days.last, "j F Y"),
    }
    pick = clock.wib_date(hit.last_seen) if not hit.present else None
    pick_word = _("terakhir ada, %(day)s") % {"day": _day(pick)} if pick else ""
    return Row(
        hit=hit,
        kind=str(KINDS.get(hit.kind, hit.kind)),
        folder=folder,
        leaf=leaf,
        columns=_columns(hit, words),
        picture=nights.strip(cells, label, _day, pick, pick_word),
        spark=_spark(versions, around, days),
        changed=sum(cell.mark == Mark.CHANGED for cell in cells),
        night=night,
        night_day=day,
    )


def _night_to_use(hit: Hit, around: Nights) -> int | None:
    """Return the newest snapshot with the object of which a copy still stands."""
    gone = hit.known.gone_id
    with_it = (pk for pk, _day in reversed(around.taken) if gone is None or pk < gone)
    return next((pk for pk in with_it if pk in around.restorable), None)


def _columns(hit: Hit, words: Sequence[str]) -> list[str]:
    """Return the columns for whose sake it was found."""
    columns = hit.known.columns.split("\n") if hit.known.columns else []
    return [column for column in columns if any(word in column.lower() for word in words)][:5]


def _spark(versions: list[ObjectVersion], around: Nights, days: Stretch) -> SafeString | None:
    """Return the rows (bytes for files) over these nights; None where they stood still."""
    values: list[float | None] = []
    for pk, day in around.taken:
        if days.first <= day <= days.last:
            version = version_at(versions, pk)
            amount = None if version is None else version.row_count
            values.append(version.byte_count if version and amount is None else amount)
    if len({value for value in values if value is not None}) < 2:  # noqa: PLR2004 - a flat line
        return None
    return charts.spark(values, _("Isinya selama malam-malam ini"))


def _day(day: date) -> str:
    return format_date(day, "j M")

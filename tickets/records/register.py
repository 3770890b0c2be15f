"""The register of the three kinds: letters, berita acara and ticket records, as one list.

A year of a bureau is a few thousand records, so a year is read in three questions and put in order
here. Numbers cannot have gaps (tickets/models/series.py); that is reckoned anew for the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from backups.models import InformationSystem
from portal.lib.clock import midnight, wib_date
from tickets.models import (
    NUMBERED,
    BeritaAcara,
    Letter,
    NumberSeries,
    RecordKind,
    RecordRule,
    RecordState,
    SigningLevel,
    Ticket,
)
from tickets.models.record_rule import DEFAULT_RULES

FIRST_YEAR = 2020
BERITA_ACARA = "berita_acara"


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `address` is where it is read; `sha256` of what is kept, "" for none."""

    kind: str
    number: str
    day: date
    unit: str
    systems: str
    state: str
    word: str
    address: str
    about: str
    sha256: str
    keep_until: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the register."""

    year: int
    kind: str = ""
    number: str = ""
    unit: str = ""
    system: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class SeriesState:
    """One running series of a year: its last number, how many bear one, and what is missing."""

    name: str
    last: int
    count: int
    missing: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """True when every number from 1 to the last is borne by one record."""
        return not self.missing and self.last == self.count


def rows(asked: Asked) -> list[Row]:
    """Return what is asked for, the newest first."""
    kept = _keeping()
    found: list[Row] = []
    if asked.kind in {"", RecordKind.LETTER}:
        found += [_letter_row(letter, kept) for letter in letters(asked.year)]
    if asked.kind not in {RecordKind.LETTER, RecordKind.TICKET}:
        chosen = papers(asked.year)
        if asked.kind not in {"", BERITA_ACARA}:
            chosen = chosen.filter(kind=asked.kind)
        found += [_paper_row(paper, kept) for paper in chosen]
    if asked.kind in {"", RecordKind.TICKET}:
        found += [_ticket_row(ticket, kept) for ticket in tickets_of(asked.year)]
    fitting = [row for row in found if _fits(row, asked)]
    return sorted(fitting, key=lambda row: (row.day, row.number), reverse=True)


def letters(year: int) -> QuerySet[Letter]:
    """Return the letters that were given in a WIB year."""
    begin, end = _year(year)
    given = Letter.objects.filter(given_at__gte=begin, given_at__lt=end)
    return given.select_related("ticket", "scan").prefetch_related("ticket__systems")


def papers(year: int) -> QuerySet[BeritaAcara]:
    """Return the berita acara that were issued in a WIB year, and the drafts begun in it."""
    begin, end = _year(year)
    drafts = Q(year=None, made_at__gte=begin, made_at__lt=end)
    found = BeritaAcara.objects.filter(Q(year=year) | drafts).exclude(state=RecordState.DISCARDED)
    return (
        found.select_related("ticket")
        .prefetch_related("ticket__systems")
        .defer("content", "stamp", "words")
        .annotate(newer=Count("replacements", filter=Q(replacements__state__in=NUMBERED)))
    )


def tickets_of(year: int) -> QuerySet[Ticket]:
    """Return the cases that were filed in a WIB year and confirmed."""
    begin, end = _year(year)
    filed = Ticket.objects.confirmed().filter(filed_at__gte=begin, filed_at__lt=end)
    shown = ("number", "state", "filed_at", "closed_at", "reporter_unit", "subject")
    return filed.only(*shown).prefetch_related("systems")


def _year(year: int) -> tuple[datetime, datetime]:
    return midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1))


def _fits(row: Row, asked: Asked) -> bool:
    return (
        asked.number.strip().lower() in row.number.lower()
        and asked.unit.strip().lower() in row.unit.lower()
        and (not asked.system or asked.system in row.systems.split(", "))
        and (not asked.state or asked.state == row.state)
    )


def _keeping() -> dict[str, int]:
    """Return by kind for how many years it is kept; 0 for ever."""
    kept = {kind.value: int(rule.get("keep_years", 10)) for kind, rule in DEFAULT_RULES.items()}
    return kept | dict(RecordRule.objects.values_list("kind", "keep_years"))


def keep_until(kind: str, day: date, kept: dict[str, int]) -> date | None:
    """Return until when a record is kept at least; None for ever."""
    years = kept.get(kind, 0)
    return date(day.year + years, 12, 31) if years else None


def _systems(ticket: Ticket | None) -> str:
    return ", ".join(system.name for system in ticket.systems.all()) if ticket else ""


def _letter_row(letter: Letter, kept: dict[str, int]) -> Row:
    rejected, day = letter.rejected_at is not None, wib_date(letter.given_at)
    return Row(
        kind=RecordKind.LETTER.value,
        number=letter.number,
        day=day,
        unit=letter.ticket.reporter_unit,
        systems=_systems(letter.ticket),
        state="rejected" if rejected else "accepted",
        word="",
        address=letter.ticket.get_absolute_url(),
        about=letter.ticket.number,
        sha256=letter.scan.sha256,
        keep_until=keep_until(RecordKind.LETTER, day, kept),
    )


def _paper_row(paper: Any, kept: dict[str, int]) -> Row:
    replaced = paper.state == RecordState.CANCELLED and paper.newer
    day = wib_date(paper.issued_at or paper.made_at)
    about = paper.ticket.number if paper.ticket else f"{paper.month:%Y-%m}"
    return Row(
        kind=paper.kind,
        number=paper.number,
        day=day,
        unit=paper.ticket.reporter_unit if paper.ticket else "BPTI",
        systems=_systems(paper.ticket),
        state="replaced" if replaced else str(paper.state),
        word="electronic" if paper.level == SigningLevel.PORTAL else "ink",
        address=paper.get_absolute_url(),
        about=about,
        sha256=paper.sha256,
        keep_until=keep_until(paper.kind, day, kept) if paper.number else None,
    )


def _ticket_row(ticket: Ticket, kept: dict[str, int]) -> Row:
    day = wib_date(ticket.filed_at)
    ended = wib_date(ticket.closed_at) if ticket.closed_at else None
    return Row(
        kind=RecordKind.TICKET.value,
        number=ticket.number,
        day=day,
        unit=ticket.reporter_unit,
        systems=_systems(ticket),
        state="open" if ticket.is_open else "closed",
        word=ticket.step.label,
        address=f"/staf/rekaman/tiket/{ticket.number}/",
        about=ticket.subject,
        sha256="",
        keep_until=keep_until(RecordKind.TICKET, ended, kept) if ended else None,
    )


def series_of(year: int) -> list[SeriesState]:
    """Return every series of a year with what it lacks: nothing, or the numbers that are gone."""
    given = NumberSeries.objects.filter(year=year, name__contains="/").order_by("name")
    return [_series(one) for one in given]


def _series(given: NumberSeries) -> SeriesState:
    borne = BeritaAcara.objects.filter(series=given.name, year=given.year)
    counted = borne.aggregate(count=Count("pk"), first=Min("ordinal"), last=Max("ordinal"))
    whole = counted["count"] == given.last == (counted["last"] or 0)
    missing: tuple[int, ...] = ()
    if not whole:
        there = set(borne.values_list("ordinal", flat=True))
        missing = tuple(n for n in range(1, given.last + 1) if n not in there)
    return SeriesState(given.name, given.last, counted["count"], missing)


def years(now: datetime) -> list[int]:
    """Return the years that the register may show, the newest first."""
    this = wib_date(now).year
    oldest = Ticket.objects.aggregate(oldest=Min("filed_at"))["oldest"]
    first = wib_date(oldest).year if oldest else this
    return list(range(this, max(FIRST_YEAR, first) - 1, -1))


def system_names() -> list[str]:
    """Return the systems by which the register may be narrowed."""
    return list(InformationSystem.objects.order_by("name").values_list("name", flat=True))


def due_for_erasure(found: Iterable[Row], today: date) -> int:
    """Return how many records have outlived the time for which they must be kept."""
    return sum(row.keep_until is not None and row.keep_until < today for row in found)

"""What the retention rule keeps, and what it will let go at the next tidying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from backups.catalogue.keeping import nights_of, rule_of
from backups.models import Source
from backups.retention import Night, Rule, plan
from portal.lib import clock
from portal.lib.marks import Mark
from portal.lib.nights import Night as Cell

STRIP = 35  # nights in the strip
TONIGHT = 0  # stands for the night to come: no row has this id


MOST = 400  # nights of one kind that a tried rule may ask for
FIELDS = ("daily", "weekly", "monthly", "yearly", "floor")


def tried_rule(query: Mapping[str, str], usual: Rule) -> Rule | None:
    """Return the rule that a page's address asks to try; None where it asks for none.

    What is no number stays as the source has it, and no number is out of bounds.
    """
    if not any(name in query for name in FIELDS):
        return None
    asked = {name: _number(query.get(name, ""), getattr(usual, name)) for name in FIELDS}
    return Rule(**{**asked, "floor": max(1, asked["floor"])})


def _number(typed: str, usual: int) -> int:
    is_number = typed.isascii() and typed.isdigit()
    return min(int(typed[:9]), MOST) if is_number else usual


@dataclass(slots=True)
class Kept:
    """One line of the rule: how many nights it keeps, and from when to when."""

    word: str
    asked: str
    count: int
    first: date
    last: date


@dataclass(slots=True)
class Preview:
    """The rule's next decision, as if tonight went well."""

    at: datetime
    standing: int
    kept: list[Kept]
    going: list[date]
    refused: bool
    strip: list[Cell]


def preview_of(source: Source, now: datetime, rule: Rule | None = None) -> Preview:
    """Return what will stay and go when the coming night has been stored.

    `rule` tries another rule than the source's own; nothing is changed by asking. Refused when the
    clock or the gaps between nights cannot be trusted: then nothing goes.
    """
    at = clock.next_midnight(now)
    nights = nights_of(source)
    coming = Night(TONIGHT, at, clock.wib_date(at))
    asked = rule or rule_of(source)
    decided = plan([*nights, coming], asked, at)
    days = {night.id: night.day for night in [*nights, coming]}
    going = sorted(days[pk] for pk in decided.forget)
    kept = _kept(asked, {pk: reasons[0] for pk, reasons in decided.keep.items()}, days)
    strip = _strip(set(days.values()), going, clock.wib_date(now))
    return Preview(at, len(nights), kept, going, bool(decided.refused), strip)


def _kept(rule: Rule, reasons: dict[int, str], days: dict[int, date]) -> list[Kept]:
    """Return one line for each reason that keeps a night; a night counts for its first."""
    kept: dict[str, list[date]] = {}
    for pk, reason in reasons.items():
        kept.setdefault(reason, []).append(days[pk])
    return [
        Kept(word, asked, len(kept[reason]), min(kept[reason]), max(kept[reason]))
        for reason, (word, asked) in _words(rule).items()
        if reason in kept
    ]


def _words(rule: Rule) -> dict[str, tuple[str, str]]:
    """Return reason -> its name and what the rule asks of it."""
    return {
        "daily": (_("Harian"), _("%(n)d malam terakhir") % {"n": rule.daily}),
        "weekly": (_("Mingguan"), _("%(n)d minggu terakhir") % {"n": rule.weekly}),
        "monthly": (_("Bulanan"), _("%(n)d bulan terakhir") % {"n": rule.monthly}),
        "yearly": (_("Tahunan"), _("%(n)d tahun terakhir") % {"n": rule.yearly}),
        "floor": (_("Batas bawah"), _("paling sedikit %(n)d") % {"n": rule.floor}),
        "last normal": (_("Malam lazim terakhir"), _("sebelum perubahan yang tidak lazim")),
        "held": (_("Ditahan"), _("sedang dipakai")),
        "owes a copy": (_("Belum tersalin"), _("menunggu salinan 2")),
    }


def _strip(standing: set[date], going: list[date], today: date) -> list[Cell]:
    """Return the last nights as cells: there, about to go, or gone."""
    cells = []
    for n in range(STRIP - 1, -1, -1):
        day = today - timedelta(days=n)
        mark = Mark.GONE if day in going else Mark.GOOD if day in standing else Mark.NONE
        cells.append(Cell(day, mark, day.isoformat()))
    return cells

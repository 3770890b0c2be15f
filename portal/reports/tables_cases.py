"""The report's tables over cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet, TextChoices
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backups.availability import share_words
from backups.figures import months_of
from backups.models import InformationSystem
from portal.accounts.sections import Section
from portal.lib import bars, measures
from portal.lib.bars import Column, Part
from portal.reports.cells import (
    MINUTE,
    Shown,
    Table,
    count,
    month_word,
    plain,
    share,
    whole,
    working,
)
from portal.reports.period import Period
from tickets import figures as cases
from tickets.figures import Parted, Recovered, Restores, Times
from tickets.models import Happened, Ticket
from tickets.workflow import Clock, State


def cases_table(period: Period, came: Counter[date]) -> Table:
    ended = cases.ended_by_month(period.first, period.last)
    months = months_of(period.first, period.last)
    picture = bars.columns(
        [
            Column(
                format_date(month, "M y"),
                (Part(came[month], "b-part"),),
                f"{month_word(month)}: {measures.number(came[month])}",
            )
            for month in months
        ],
        label=_("Kasus dilaporkan per bulan"),
        y_word=whole,
    )
    return Table(
        "kasus",
        _("Kasus per bulan"),
        (_("Bulan"), _("Dilaporkan"), _("Berakhir")),
        [
            [plain(month_word(month)), count(came[month]), count(ended.get(month, 0))]
            for month in months
        ],
        picture=picture,
    )


def times_table(reported: QuerySet[Ticket]) -> Table:
    found = cases.times(reported)
    heads = (
        _("Yang diukur"),
        pgettext("banyaknya", "Kasus"),
        _("Tengah"),
        _("Sepersepuluh terlama"),
        _("Sesuai target"),
    )
    rows = [
        (_("Tanggapan pertama"), found[Clock.ANSWER]),
        (_("Penyelesaian"), found[Clock.RESOLVE]),
    ]
    return Table(
        "waktu",
        _("Waktu menanggapi dan menyelesaikan"),
        heads,
        [_times_row(word, its) for word, its in rows],
        note=_("Waktu kerja: jam berhenti di luar jam layanan dan selama menunggu pelapor."),
    )


def _times_row(word: str, found: Times) -> list[Shown]:
    return [
        plain(word),
        count(found.count),
        working(found.typical),
        working(found.slowest_tenth),
        share(found.share),
    ]


def parts_tables(told: Parted, systems: Iterable[InformationSystem]) -> Iterable[Table]:
    """Yield the tables that part the cases by what they have in common."""
    known = [(str(system.pk), system.name) for system in systems]
    for key, title, counts, words in (
        ("seksi", _("Kasus per seksi"), told.section, _labels(Section)),
        ("sistem", _("Kasus per sistem"), told.systems, [*known, ("", _("Tidak disebut"))]),
        ("sebab", _("Kasus per kejadian"), told.happened, _labels(Happened)),
        ("akhir", _("Kasus per keadaan"), told.state, [(s.value, _(s.label)) for s in State]),
    ):
        rows = [(word, counts[value]) for value, word in words if counts[value]]
        yield _part(key, title, sorted(rows, key=lambda row: -row[1]))


def _labels(choices: Iterable[TextChoices]) -> list[tuple[str, str]]:
    return [(str(choice.value), str(choice.label)) for choice in choices]


def _part(key: str, title: str, rows: list[tuple[str, int]]) -> Table:
    whole = max((n for _word, n in rows), default=1)
    total = sum(n for _word, n in rows)
    return Table(
        key,
        title,
        ("", pgettext("banyaknya", "Kasus"), ""),
        [
            [
                plain(word),
                count(n),
                Shown(bars.share_bar(n / whole, share_words(n / total)), round(n / total * 100, 2)),
            ]
            for word, n in rows
        ],
        empty=_("Belum ada kasus pada rentang ini."),
    )


def recovered_table(restores: Restores) -> Table:
    return Table(
        "pulih",
        _("Pemulihan kasus"),
        (
            _("Kasus"),
            pgettext("satu", "Sumber"),
            _("Lama"),
            _("Target"),
            _("Jarak hilang"),
            _("Batas"),
        ),
        [_recovered_row(row) for row in restores.rows],
        note=_("Jarak hilang: dari salinan yang dipakai sampai kehilangan disadari."),
        empty=_("Tidak ada pemulihan pada rentang ini."),
    )


def _recovered_row(row: Recovered) -> list[Shown]:
    lost = Shown("—", None)
    if row.lost is not None:
        lost = Shown(measures.span(row.lost), row.lost / MINUTE, bad=not row.fresh)
    return [
        plain(row.number, row.url),
        plain(row.source),
        Shown(measures.duration(row.took.total_seconds()), row.took / MINUTE, bad=not row.in_time),
        Shown(measures.duration(row.target.total_seconds()), row.target / MINUTE),
        lost,
        Shown(measures.span(row.lost_target), row.lost_target / MINUTE),
    ]

"""The report's tables over backups and systems."""

from __future__ import annotations

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backups.figures import months_of, recoveries
from portal.lib import bars, measures
from portal.lib.bars import Column, Part
from portal.reports.cells import (
    Shown,
    Table,
    count,
    month_word,
    plain,
    seconds,
    share,
    whole,
    working,
)
from portal.reports.indicators import Indicators
from portal.reports.period import Period

MOST_MONTHS = 12  # columns of a table


def nights_table(found: Indicators) -> Table:
    months = found.stored.months
    words = _("Malam jatuh tempo per bulan: tersalin di dua tempat, di satu tempat, tidak tersalin")
    picture = bars.columns(
        [
            Column(
                format_date(month, "M y"),
                (
                    Part(nights.kept, "b-good"),
                    Part(nights.single, "b-warn"),
                    Part(nights.missed, "b-bad"),
                ),
                _("%(month)s: %(kept)s dari %(due)s")
                % {
                    "month": month_word(month),
                    "kept": measures.number(nights.kept),
                    "due": measures.number(nights.due),
                },
            )
            for month, nights in months.items()
        ],
        label=words,
        y_word=whole,
    )
    heads = (
        _("Bulan"),
        _("Jatuh tempo"),
        _("Dua tempat"),
        _("Satu tempat"),
        _("Tidak"),
        _("Bagian"),
    )
    return Table(
        "malam",
        _("Malam tersimpan"),
        heads,
        [
            [
                plain(month_word(month)),
                count(nights.due),
                count(nights.kept),
                count(nights.single),
                count(nights.missed, bad=bool(nights.missed)),
                share(nights.share),
            ]
            for month, nights in months.items()
        ],
        note=_("Satu malam terhitung baik bila terbukti utuh dan tiba di disk lokal serta media."),
        picture=picture,
        legend={
            "b-good": _("dua tempat"),
            "b-warn": _("satu tempat"),
            "b-bad": _("tidak tersalin"),
        },
    )


def proofs_table(found: Indicators) -> Table:
    return Table(
        "bukti",
        _("Terakhir terbukti pulih"),
        (pgettext("satu", "Sumber"), _("Terbukti"), _("Umur, hari")),
        [
            [
                plain(proof.source.name, proof.source.get_absolute_url()),
                Shown(
                    format_date(proof.at, "j M Y") if proof.at else "—",
                    proof.at and proof.at.date(),
                ),
                Shown("—", None, bad=True) if proof.days is None else count(proof.days),
            ]
            for proof in found.stored.proofs
        ],
        note=_("Pada akhir rentang; yang paling lama tidak diuji di atas."),
        empty=_("Belum ada sumber."),
    )


def reach_table(period: Period, found: Indicators) -> Table:
    months = months_of(period.first, period.last)
    shown = months if len(months) <= MOST_MONTHS else []
    return Table(
        "terjangkau",
        _("Sistem terjangkau"),
        (
            _("Sistem"),
            _("Seluruhnya"),
            _("Hilang"),
            _("Saat terencana"),
            _("Saat pemulihan"),
            *(format_date(month, "M y") for month in shown),
        ),
        [
            [
                plain(row.system.name),
                share(row.record.share),
                working(row.record.lost),
                working(row.record.lost_in_plan),
                working(row.record.lost_in_repair),
                *(share(row.months[month]) for month in shown),
            ]
            for row in found.reachable.systems
        ],
        note=_("Bagian waktu terperiksa di luar pekerjaan terencana saat semuanya menjawab."),
        empty=_("Belum ada sistem yang diperiksa."),
    )


def drills_table(period: Period) -> Table:
    return Table(
        "uji",
        _("Uji pemulihan"),
        (
            pgettext("satu", "Sumber"),
            _("Uji"),
            _("Terbukti"),
            _("Lama, tengah"),
            _("Terlama"),
            _("Target"),
        ),
        [
            [
                plain(row.source.name, row.source.get_absolute_url()),
                count(row.drills),
                count(row.proven, bad=row.proven < row.drills),
                seconds(row.typical),
                seconds(row.longest, bad=row.in_time is False),
                seconds(row.target),
            ]
            for row in recoveries(period.first, period.last)
        ],
        note=_("Waktu dari mengambil salinan sampai isinya terbukti sama."),
        empty=_("Tidak ada uji pada rentang ini."),
    )

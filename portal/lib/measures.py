"""Figures in words for people: sizes, ages, durations, times of day. Pure; WIB and by locale."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.dateformat import format as format_date
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.lib.clock import WIB

MINUS = "\N{MINUS SIGN}"
_UNITS = ("", "KB", "MB", "GB", "TB", "PB")
_STEP = 1000


def number(value: float, decimals: int = 0) -> str:
    """Return `value` as people write it here: 1.204.318 in Indonesian, 1,204,318 in English."""
    rounded = round(value, decimals) if decimals else round(value)  # number_format only cuts
    return number_format(rounded, decimals, use_l10n=True, force_grouping=True)


def size(amount: int) -> str:
    """Return bytes in the unit that leaves one to three digits before the comma: "48,2 GB"."""
    value, unit = float(abs(amount)), 0
    while round(value, 1) >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    sign = MINUS if amount < 0 else ""
    return (
        f"{sign}{number(value, 1 if unit else 0)}\N{NO-BREAK SPACE}{_UNITS[unit] or _bytes(amount)}"
    )


def _bytes(amount: int) -> str:
    return ngettext("byte", "byte", abs(amount))


def exact_size(amount: int) -> str:
    """Return bytes to the last one, for whoever points at a rounded figure."""
    return f"{number(amount)} {_bytes(amount)}"


def change(amount: int) -> str:
    """Return a difference in bytes with its sign; nothing is "0"."""
    return f"+{size(amount)}" if amount > 0 else size(amount) if amount else "0"


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units: "14 m 08 d" (jam, menit, detik)."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return _("%(h)s j %(m)02d m") % {"h": number(hours), "m": minutes}
    if minutes:
        return _("%(m)d m %(s)02d d") % {"m": minutes, "s": rest}
    return _("%(s)d d") % {"s": rest}


def about(seconds: float) -> str:
    """Return an estimate of what is left, no finer than it can be known: "± 10 menit lagi"."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return _("kurang dari semenit lagi")
    minutes = round(seconds / 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return ngettext("± %(n)d menit lagi", "± %(n)d menit lagi", minutes) % {"n": minutes}
    return _("± %(h)d j %(m)02d m lagi") % {"h": minutes // 60, "m": minutes % 60}


def span(gap: timedelta) -> str:
    """Return how much time passed, in its largest unit: "9 jam", "2 hari" (from 48 hours)."""
    minutes = int(max(gap, timedelta(0)).total_seconds() // 60)
    hours, days = minutes // 60, minutes // (60 * 24)
    if days >= 2:  # noqa: PLR2004 - "33 jam" says more than "1 hari"
        return ngettext("%(n)d hari", "%(n)d hari", days) % {"n": days}
    if hours:
        return ngettext("%(n)d jam", "%(n)d jam", hours) % {"n": hours}
    return ngettext("%(n)d menit", "%(n)d menit", minutes) % {"n": minutes}


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago `moment` was: "9 jam lalu"; within a minute "baru saja"."""
    gap = now - moment
    if gap < timedelta(minutes=1):
        return _("baru saja")
    return _("%(span)s lalu") % {"span": span(gap)}


def time_of_day(moment: datetime, now: datetime) -> str:
    """Return WIB as short as it stays clear: "00:14" today, "Sab 00:11" this week, "17 Nov"."""
    local, today = moment.astimezone(WIB), now.astimezone(WIB).date()
    apart = abs((today - local.date()).days)
    if apart == 0:
        return format_date(local, "H:i")
    if apart < 7:  # noqa: PLR2004 - a week: the day's name is not yet ambiguous
        return format_date(local, "D H:i")
    return format_date(local, "j M" if local.year == today.year else "j M Y")


def full_time(moment: datetime) -> str:
    """Return the whole of it: "Senin, 23 November 2026, 00:14:09 WIB"."""
    return format_date(moment.astimezone(WIB), "l, j F Y, H:i:s") + " WIB"

"""Time for people: WIB. Inside, all times are aware UTC and come in by argument."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
PUNCTUAL = timedelta(minutes=15)  # a night opened later than this after 00:00 is told as late


def now() -> datetime:
    """Return the present moment, aware, in UTC; called at the edges only."""
    return datetime.now(UTC)


def wib_date(moment: datetime) -> date:
    """Return the calendar day that `moment` has in Jakarta."""
    return moment.astimezone(WIB).date()


def midnight(night: date) -> datetime:
    """Return 00:00 WIB with which `night` begins (SOP, backup step 1), in UTC."""
    return datetime.combine(night, time.min, tzinfo=WIB).astimezone(UTC)


def next_midnight(moment: datetime) -> datetime:
    """Return the next 00:00 WIB after `moment`, in UTC."""
    return midnight(wib_date(moment) + timedelta(days=1))

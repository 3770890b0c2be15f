"""BPTI's working time: several intervals a day, closed days, spans counted and added.

All moments are aware; the calendar thinks in WIB and answers in UTC. Spans are timedeltas of
working time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal.lib.clock import WIB, wib_date

HORIZON = 400  # days without one open minute after which a calendar counts as never open
ZERO = timedelta(0)


class NeverOpen(ValueError):
    """The calendar has no working time to count in."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Open from `opens` until `closes`, WIB, on one day."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of time in which a clock runs; `ended` is None while it does."""

    began: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """The week's intervals, Monday first, and the days on which BPTI is closed."""

    week: tuple[tuple[Interval, ...], ...]
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(cls, hours: Iterable[tuple[int, time, time]], holidays: Iterable[date] = ()) -> Calendar:
        """Return the calendar with these (weekday, opens, closes), Monday being 0.

        Intervals that touch or overlap become one; those that end before they begin are refused.
        """
        days: list[list[Interval]] = [[] for _ in range(7)]
        for weekday, opens, closes in sorted(hours):
            if closes <= opens:
                raise ValueError(f"An interval from {opens} to {closes} is none.")
            days[weekday].append(Interval(opens, closes))
        return cls(tuple(tuple(_joined(day)) for day in days), frozenset(holidays))

    def windows(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open stretches of a WIB day, in order, in UTC."""
        if day in self.holidays:
            return
        for interval in self.week[day.weekday()]:
            yield _moment(day, interval.opens), _moment(day, interval.closes)

    def windows_since(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open stretches from `moment` on, without end.

        Raises NeverOpen where none would ever come.
        """
        day, idle = wib_date(moment), 0
        while idle < HORIZON:
            for opens, closes in self.windows(day):
                idle = 0
                if closes > moment:
                    yield max(opens, moment), closes
            day, idle = day + timedelta(days=1), idle + 1
        raise NeverOpen("The working calendar has no open hours.")

    def is_open(self, moment: datetime) -> bool:
        """Say whether BPTI works at this moment; the closing minute itself is closed."""
        return any(opens <= moment < closes for opens, closes in self.windows(wib_date(moment)))

    def next_open(self, moment: datetime) -> datetime:
        """Return `moment` itself when it is open, else when BPTI opens next."""
        return next(self.windows_since(moment))[0]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from `start` to `end`; negative when `end` comes first."""
        if end < start:
            return -self.between(end, start)
        total, day, last = ZERO, wib_date(start), wib_date(end)
        while day <= last:
            for opens, closes in self.windows(day):
                total += max(ZERO, min(closes, end) - max(opens, start))
            day += timedelta(days=1)
        return total

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Return the earliest moment from `start` on before which `span` of work has passed."""
        if span <= ZERO:
            return start
        for opens, closes in self.windows_since(start):
            if span <= closes - opens:
                return opens + span
            span -= closes - opens
        raise AssertionError("windows_since ends only by raising")

    def add_days(self, start: datetime, days: int) -> datetime:
        """Return the same time of day after so many working days (LAPOR! counts like this).

        From a closed moment the count begins at the next opening.
        """
        moment = self.next_open(start)
        for _ in range(days):
            ahead = moment + timedelta(days=1)
            while not any(self.windows(wib_date(ahead))):
                ahead += timedelta(days=1)
            moment = ahead
        return moment


class Ledger:
    """The working time of many spans at once: each day is counted once and then remembered."""

    def __init__(self, calendar: Calendar, first: date) -> None:
        """`first` is a WIB day before which no span begins."""
        self._calendar, self._first = calendar, first
        self._until = [ZERO]  # working time from `first` to the beginning of each day after it
        self._windows: list[list[tuple[datetime, datetime]]] = []

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return what Calendar.between would."""
        return self._since_first(end) - self._since_first(start)

    def _since_first(self, moment: datetime) -> timedelta:
        n = (wib_date(moment) - self._first).days
        while len(self._windows) <= n:
            windows = list(self._calendar.windows(self._first + timedelta(len(self._windows))))
            self._windows.append(windows)
            long = sum((closes - opens for opens, closes in windows), ZERO)
            self._until.append(self._until[-1] + long)
        today = (min(closes, moment) - opens for opens, closes in self._windows[n])
        return self._until[n] + sum((max(ZERO, long) for long in today), ZERO)


def used(calendar: Calendar, runs: Sequence[Run], now: datetime) -> timedelta:
    """Return the working time that a clock has run until `now`."""
    return sum((calendar.between(run.began, run.ended or now) for run in runs), ZERO)


def due(calendar: Calendar, target: timedelta, runs: Sequence[Run]) -> datetime | None:
    """Return when the clock reaches (or reached) `target`; None while it stands still before it.

    `runs` are in order and only the last may be open. What was paused stays paused, whatever
    the target becomes (glpi#15605).
    """
    left = target
    for run in runs:
        if run.ended is None:
            return calendar.add(run.began, left)
        ran = calendar.between(run.began, run.ended)
        if left <= ran:
            return calendar.add(run.began, left)
        left -= ran
    return None


def _joined(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Yield intervals, which come sorted, with those that touch made one."""
    held: Interval | None = None
    for interval in intervals:
        if held and interval.opens <= held.closes:
            held = Interval(held.opens, max(held.closes, interval.closes))
            continue
        if held:
            yield held
        held = interval
    if held:
        yield held


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=WIB).astimezone(UTC)

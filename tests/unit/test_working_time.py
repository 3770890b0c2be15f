"""Working time, against an oracle that counts minute by minute."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib.clock import WIB, wib_date
from tickets.working_time import Calendar, Ledger, NeverOpen, Run, due, used

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ZERO = timedelta(0)

MORNING, NOON, AFTERNOON, EVENING = time(8), time(11, 30), time(13), time(16)
BPTI = Calendar.of(
    [(day, MORNING, EVENING) for day in range(4)]
    + [(4, MORNING, NOON), (4, AFTERNOON, time(16, 30))],
    holidays=[date(2026, 12, 25)],
)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


moments = st.integers(0, 40 * 24 * 60).map(
    lambda minutes: wib("2026-11-23T00:00").astimezone(UTC) + minutes * MINUTE
)
spans = st.integers(0, 60 * 60).map(lambda minutes: minutes * MINUTE)
hours = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 23 * 60), st.integers(1, 59)).map(
        lambda parts: (
            parts[0],
            time(parts[1] // 60, parts[1] % 60),
            time((parts[1] + parts[2]) // 60, (parts[1] + parts[2]) % 60),
        )
    ),
    min_size=1,
    max_size=12,
)
calendars = st.one_of(
    st.just(BPTI),
    st.builds(
        Calendar.of, hours, st.lists(st.dates(date(2026, 11, 23), date(2027, 1, 3)), max_size=5)
    ),
)


def counted(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The oracle: every minute from start to end, asked whether it is open."""
    total, minute = ZERO, start
    while minute < end:
        local = minute.astimezone(WIB)
        if local.date() not in calendar.holidays:
            total += MINUTE * any(
                interval.opens <= local.time() < interval.closes
                for interval in calendar.week[local.weekday()]
            )
        minute += MINUTE
    return total


@given(calendars, moments, st.integers(0, 3 * 24 * 60))
def test_the_time_between_is_what_counting_minutes_gives(calendar, start, minutes):
    end = start + minutes * MINUTE
    assert calendar.between(start, end) == counted(calendar, start, end)


@given(calendars, moments, spans)
def test_what_is_added_lies_between(calendar, start, span):
    assert calendar.between(start, calendar.add(start, span)) == span


@given(calendars, moments, spans)
def test_nothing_earlier_would_have_been_enough(calendar, start, span):
    end = calendar.add(start, span)
    if span:
        assert calendar.between(start, end - MINUTE) < span
    else:
        assert end == start


@given(calendars, moments, spans, spans)
def test_adding_twice_is_adding_the_sum(calendar, start, one, two):
    assert calendar.add(calendar.add(start, one), two) == calendar.add(start, one + two)


@given(calendars, moments, moments, moments)
def test_time_between_adds_up_along_the_way(calendar, a, b, c):
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


@given(calendars, moments)
def test_it_opens_at_the_first_open_moment(calendar, moment):
    opening = calendar.next_open(moment)
    assert calendar.is_open(opening)
    assert calendar.between(moment, opening) == ZERO


@given(moments, st.integers(1, 10))
def test_working_days_later_is_a_working_day(moment, days):
    later = BPTI.add_days(moment, days)
    assert later.astimezone(WIB).weekday() < 5
    assert later.astimezone(WIB).date() not in BPTI.holidays
    assert later - moment >= timedelta(days=days)


def test_the_friday_prayer_is_not_working_time():
    friday = BPTI.between(wib("2026-11-27T08:00"), wib("2026-11-27T18:00"))
    assert friday == 7 * HOUR
    assert not BPTI.is_open(wib("2026-11-27T12:15"))
    assert BPTI.add(wib("2026-11-27T11:00"), HOUR) == wib("2026-11-27T13:30")


def test_a_weekend_and_a_holiday_are_stepped_over():
    eve = wib("2026-12-24T15:30")
    assert BPTI.add(eve, HOUR) == wib("2026-12-28T08:30")
    assert BPTI.between(eve, wib("2026-12-28T08:00")) == HOUR / 2


def test_the_closing_moment_belongs_to_the_day_that_ends():
    assert BPTI.add(wib("2026-11-23T15:00"), HOUR) == wib("2026-11-23T16:00")
    assert not BPTI.is_open(wib("2026-11-23T16:00"))


def test_a_moment_too_late_counts_negative():
    assert BPTI.between(wib("2026-11-23T10:00"), wib("2026-11-23T09:00")) == -HOUR


def test_days_are_those_of_jakarta():
    assert BPTI.is_open(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))  # Monday 08:00 WIB
    assert not BPTI.is_open(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))  # Monday 06:00 WIB


def test_working_days_are_counted_from_the_next_opening():
    assert BPTI.add_days(wib("2026-11-23T10:00"), 3) == wib("2026-11-26T10:00")
    assert BPTI.add_days(wib("2026-11-27T15:00"), 1) == wib("2026-11-30T15:00")
    assert BPTI.add_days(wib("2026-11-28T15:00"), 1) == wib("2026-12-01T08:00")


def test_hours_that_overlap_are_counted_once():
    calendar = Calendar.of(
        [(0, time(8), time(12)), (0, time(11), time(14)), (0, time(9), time(10))]
    )
    assert calendar.between(wib("2026-11-23T00:00"), wib("2026-11-24T00:00")) == 6 * HOUR


def test_an_interval_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="is none"):
        Calendar.of([(0, time(16), time(8))])


def test_a_calendar_that_never_opens_says_so_instead_of_looking_for_ever():
    with pytest.raises(NeverOpen):
        Calendar.of([]).add(wib("2026-11-23T10:00"), HOUR)
    assert Calendar.of([]).between(wib("2026-11-23T10:00"), wib("2026-11-30T10:00")) == ZERO


def stretches(moments) -> list[Run]:
    """Runs from an even number of moments, in order; an odd last one is still open."""
    ordered = sorted(set(moments))
    ends = [*ordered[1::2], None]
    return [Run(began, ended) for began, ended in zip(ordered[::2], ends, strict=False)]


@given(st.lists(moments, min_size=1, max_size=7), spans)
def test_a_clock_is_due_when_it_has_run_for_its_target(ends, target):
    runs = stretches(ends)
    when = due(BPTI, target, runs)
    if when is None:
        assert runs[-1].ended is not None
        assert used(BPTI, runs, runs[-1].ended) < target
        return
    cut = [
        Run(run.began, min(when, run.ended) if run.ended else when)
        for run in runs
        if run.began <= when
    ]
    assert used(BPTI, cut, when) == target


def test_what_was_paused_stays_paused_when_the_target_changes():
    runs = [
        Run(wib("2026-11-23T08:00"), wib("2026-11-23T10:00")),  # two hours, then three days' pause
        Run(wib("2026-11-26T08:00")),
    ]
    assert due(BPTI, 4 * HOUR, runs) == wib("2026-11-26T10:00")
    assert due(BPTI, 8 * HOUR, runs) == wib("2026-11-26T14:00")
    assert due(BPTI, HOUR, runs) == wib("2026-11-23T09:00")


def test_a_paused_clock_is_due_never():
    assert due(BPTI, 4 * HOUR, [Run(wib("2026-11-23T08:00"), wib("2026-11-23T10:00"))]) is None
    assert due(BPTI, HOUR, []) is None


@given(calendars, st.lists(st.tuples(moments, moments), min_size=1, max_size=4))
def test_a_ledger_counts_what_the_calendar_counts(calendar, pairs):
    ledger = Ledger(calendar, wib_date(min(min(pair) for pair in pairs)))
    for start, end in pairs:
        assert ledger.between(start, end) == calendar.between(start, end)

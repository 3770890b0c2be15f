"""Arithmetic of times, held against counting every minute one by one."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from backups import uptime

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TIMES = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 40)), max_size=8)


def intervals(pairs):
    return [(START + a * MINUTE, START + (a + long) * MINUTE) for a, long in pairs]


def minutes(found):
    """Return the numbers of the minutes that lie in any of these."""
    return {
        n for a, b in found for n in range((a - START) // MINUTE, (b - START) // MINUTE) if b > a
    }


@given(TIMES)
def test_joined_intervals_are_the_same_time_in_order_and_apart(pairs):
    found = uptime.joined(intervals(pairs))
    assert minutes(found) == minutes(intervals(pairs))
    assert all(one[1] < other[0] for one, other in pairwise(found))


@given(TIMES, TIMES)
def test_common_and_without_part_a_time_in_two(one, other):
    a, b = uptime.joined(intervals(one)), uptime.joined(intervals(other))
    both, rest = uptime.common(a, b), uptime.without(a, b)
    assert minutes(both) == minutes(a) & minutes(b)
    assert minutes(rest) == minutes(a) - minutes(b)
    assert uptime.total(both) + uptime.total(rest) == uptime.total(a)


@given(TIMES, st.integers(0, 160), st.integers(0, 160))
def test_a_part_of_a_time_is_cut_at_both_ends(pairs, begin, end):
    cut = uptime.within(intervals(pairs), START + begin * MINUTE, START + end * MINUTE)
    assert minutes(cut) == minutes(intervals(pairs)) & set(range(begin, end))

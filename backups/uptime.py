"""Arithmetic of times: what was up, what was down, and during what. Pure.

An interval is (begin, end) of aware moments, the end not included; a list of them is in order
and none touches another, as `joined` makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same time as intervals in order, those that overlap or touch made one."""
    found: list[Interval] = []
    for begin, end in sorted(intervals):
        if end <= begin:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def within(intervals: Iterable[Interval], begin: datetime, end: datetime) -> list[Interval]:
    """Return the part of them that lies between two moments."""
    return joined((max(a, begin), min(b, end)) for a, b in intervals)


def common(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """Return the time that both have."""
    found, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        begin, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if begin < end:
            found.append((begin, end))
        if one[i][1] <= other[j][1]:
            i += 1
        else:
            j += 1
    return found


def without(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """Return the time that `one` has and `other` has not."""
    found = []
    for begin, end in one:
        at = begin
        for a, b in other:
            if b <= at or a >= end:
                continue
            if a > at:
                found.append((at, a))
            at = max(at, b)
        if at < end:
            found.append((at, end))
    return found


def total(intervals: Iterable[Interval]) -> timedelta:
    """Return how long they are together."""
    return sum((end - begin for begin, end in intervals), timedelta(0))

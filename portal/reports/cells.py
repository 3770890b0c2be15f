"""The cells and tables of a report: what people read, and what a spreadsheet keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.dateformat import format as format_date
from django.utils.safestring import SafeString

from backups.availability import share_words
from portal.lib import measures

MINUTE = timedelta(minutes=1)

Cell = Any  # what a spreadsheet keeps: text, number, day


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell: what people read, and what a spreadsheet keeps."""

    words: str
    value: Cell
    href: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the report. `picture` stands above it; `empty` is said when it has no row."""

    key: str
    title: str
    heads: Sequence[str]
    rows: list[list[Shown]]
    note: str = ""
    empty: str = ""
    picture: SafeString | str = ""
    legend: dict[str, str] = field(default_factory=dict)


def plain(words: str, href: str = "") -> Shown:
    """Return a cell of text."""
    return Shown(words, words, href)


def count(number: int, *, bad: bool = False) -> Shown:
    """Return a cell of a whole number."""
    return Shown(measures.number(number), number, bad=bad)


def share(part: float | None) -> Shown:
    """Return a cell of a share, kept as a number of hundredths."""
    return Shown(share_words(part), None if part is None else round(part * 100, 4))


def working(span: timedelta | None) -> Shown:
    """Return a cell of working time, kept in minutes."""
    if span is None:
        return Shown("—", None)
    return Shown(measures.duration(span.total_seconds()), round(span.total_seconds() / 60, 1))


def month_word(month: date) -> str:
    """Return a month as a row is headed."""
    return format_date(month, "M Y")


def seconds(amount: float | None, *, bad: bool = False) -> Shown:
    """Return a cell of a length of time, kept in seconds."""
    if amount is None:
        return Shown("—", None)
    return Shown(measures.duration(amount), round(amount), bad=bad)


def whole(amount: float) -> str:
    """Return an axis figure that counts things."""
    return measures.number(amount)

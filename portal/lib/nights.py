"""Nights as SVG: the cell, the ribbon of some, the year of all.

The night is the unit of this portal, and its cell looks the same everywhere. Pure: nights and
words come in, markup goes out; the pages put a table with the same facts beside it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from portal.lib.marks import Mark
from portal.lib.svg import Box, number, picture, text

CELL, GAP, HEIGHT = 9, 3, 18  # one night in a ribbon, pixels


@dataclass(frozen=True, slots=True)
class Night:
    """One night of a picture: what became of it, and the words for whoever points at it."""

    day: date
    mark: Mark
    title: str = ""


def _proven(box: Box) -> str:
    r = min(box.w, box.h) * 0.19
    x, y = number(box.x + box.w / 2), number(box.y + box.h / 2)
    return box.rect("n-proven") + f'<circle class="n-star" cx="{x}" cy="{y}" r="{number(r)}"/>'


def _owing(box: Box) -> str:
    corner = f"M{number(box.x)} {number(box.y + box.h)}L{number(box.x + box.w)} {number(box.y)}"
    rest = f"V{number(box.y + box.h - 2)}q0 2 -2 2z"
    return box.rect("n-owing", 0.5) + f'<path class="n-owing-half" d="{corner}{rest}"/>'


def _failed(box: Box) -> str:
    r = min(box.w, box.h) * 0.24
    x, y, d = number(box.x + box.w / 2 - r), number(box.y + box.h / 2 - r), number(2 * r)
    cross = f"M{x} {y}l{d} {d}m0 -{d}l-{d} {d}"
    return box.rect("n-bad") + f'<path class="n-x" d="{cross}"/>'


def _late(box: Box) -> str:
    bar = f"M{number(box.x + 2)} {number(box.y + box.h / 2)}h{number(box.w - 4)}"
    return box.rect("n-late", 0.75, 1.5) + f'<path class="n-late-bar" d="{bar}"/>'


def _paused(box: Box) -> str:
    x, y, long = number(box.x + box.w / 2 - 1.5), box.y + box.h * 0.32, number(box.h * 0.36)
    bars = f"M{x} {number(y)}v{long}m3 -{long}v{long}"
    return box.rect("n-pause", 0.5) + f'<path class="n-pause-bar" d="{bars}"/>'


def _running(box: Box) -> str:
    half = Box(box.x, box.y + box.h / 2, box.w, box.h / 2)
    return box.rect("n-running", 0.75, 1.5) + half.rect("n-running-half", 0, 1.5)


def _changed(box: Box) -> str:
    corner = f"M{number(box.x + box.w / 2)} {number(box.y)}h{number(box.w / 2)}v{number(box.w / 2)}"
    return box.rect("n-changed") + f'<path class="n-notch" d="{corner}z"/>'


def _missing(box: Box) -> str:
    bar = f"M{number(box.x + box.w * 0.32)} {number(box.y + box.h / 2)}h{number(box.w * 0.36)}"
    return box.rect("n-gone", 0.75, 1.5) + f'<path class="n-late-bar" d="{bar}"/>'


CELLS: dict[Mark, Callable[[Box], str]] = {
    Mark.PROVEN: _proven,
    Mark.GOOD: lambda box: box.rect("n-good", 0.5),
    Mark.OWING: _owing,
    Mark.ATTENTION: _owing,
    Mark.FAILED: _failed,
    Mark.LATE: _late,
    Mark.RUNNING: _running,
    Mark.PAUSED: _paused,
    Mark.NONE: lambda box: box.rect("n-none", 0.5),
    Mark.GONE: lambda box: box.rect("n-gone", 0.75, 1.5),
    Mark.HERE: lambda box: box.rect("n-has"),
    Mark.CHANGED: _changed,
    Mark.MISSING: _missing,
}


@lru_cache(maxsize=8192)  # a table of sources draws the same night at the same place many times
def _night(night: Night, box: Box) -> str:
    cell = CELLS[night.mark](box)
    if not night.title:
        return cell
    return f"<g><title>{conditional_escape(night.title)}</title>{cell}</g>"


def legend_cell(mark: Mark) -> SafeString:
    """Return the small cell that stands before a mark's word in a legend."""
    body = CELLS[mark](Box(0, 0, 14, 14))
    return mark_safe(f'<svg viewBox="0 0 14 14" aria-hidden="true">{body}</svg>')  # noqa: S308


def copy_cell(mark: Mark, label: str) -> SafeString:
    """Return one cell that stands alone in a table, with its word for whoever cannot see it."""
    return picture("nights nights-one", 12, 14, label, CELLS[mark](Box(0, 0, 12, 14)))


def ribbon(nights: Sequence[Night], label: str) -> SafeString:
    """Return the nights as one row of cells, the oldest first."""
    cells = (
        _night(night, Box(i * (CELL + GAP), 0, CELL, HEIGHT)) for i, night in enumerate(nights)
    )
    width = max(1, len(nights) * (CELL + GAP) - GAP)
    return picture("nights", width, HEIGHT, label, "".join(cells))


STRIP_X, STRIP_Y, STRIP_W, STRIP_H = 23, 26, 18, 24  # steps and cell of a wide strip, pixels
WEEK = 7


def strip(
    nights: Sequence[Night],
    label: str,
    day_word: Callable[[date], str],
    pick: date | None = None,
    pick_word: str = "",
) -> SafeString:
    """Return the nights as one wide row, a date under each week, `pick` ringed and named."""
    width = max(1, len(nights)) * STRIP_X - (STRIP_X - STRIP_W)
    parts = []
    for i, night in enumerate(nights):
        box = Box(i * STRIP_X, STRIP_Y, STRIP_W, STRIP_H)
        parts.append(_night(night, box))
        if night.day == pick:
            parts.append(Box(box.x - 2, box.y - 2, box.w + 4, box.h + 4).rect("n-pick", 0, 4))
            parts.append(_pick_words(box.x + box.w, width, pick_word))
    last = len(nights) - 1
    for i in range(last, -1, -WEEK):
        anchor = "end" if i == last else "start" if i == 0 else "middle"
        x = width if i == last else i * STRIP_X + (0 if i == 0 else STRIP_W / 2)
        parts.append(text(x, STRIP_Y + STRIP_H + 18, day_word(nights[i].day), anchor))
    return picture("nights nights-wide", width, STRIP_Y + STRIP_H + 24, label, "".join(parts))


def _pick_words(right: float, width: float, words: str) -> str:
    if right < width / 2:
        return text(right - STRIP_W, 14, words, "start", "n-text n-text-strong")
    return text(right, 14, words, "end", "n-text n-text-strong")


YEAR_LEFT, YEAR_TOP, YEAR_X, YEAR_Y = 66, 24, 27, 24  # the margins and steps of a year, pixels


def year(
    nights: Mapping[date, Night],
    months: Sequence[date],
    today: date,
    label: str,
    month_name: Callable[[date], str],
) -> SafeString:
    """Return the nights with one row a month and one column a date, today ringed.

    `months` are first days, the oldest first; a date without a night stays an empty cell.
    """
    parts = [text(YEAR_LEFT + (day - 1) * YEAR_X + 12, 14, str(day)) for day in range(1, 32)]
    for row, first in enumerate(months):
        y = YEAR_TOP + row * YEAR_Y
        css = "n-text n-text-strong" if _same_month(first, today) else "n-text"
        parts.append(text(0, y + 14, month_name(first), "start", css))
        parts.append(text(YEAR_LEFT + 31 * YEAR_X + 4, y + 14, month_name(first), "start", css))
        parts += [
            _night(nights.get(day, Night(day, Mark.NONE)), _date_box(day, y))
            for day in _days_of(first)
        ]
        if _same_month(first, today):
            ring = _date_box(today, y)
            parts.append(Box(ring.x - 2, ring.y - 2, ring.w + 4, ring.h + 4).rect("n-pick", 0, 4))
    height = YEAR_TOP + len(months) * YEAR_Y
    return picture(
        "nights nights-wide", YEAR_LEFT + 31 * YEAR_X + 64, height, label, "".join(parts)
    )


def _same_month(first: date, day: date) -> bool:
    return (first.year, first.month) == (day.year, day.month)


def _days_of(first: date) -> list[date]:
    return [first.replace(day=n + 1) for n in range(monthrange(first.year, first.month)[1])]


def _date_box(day: date, y: float) -> Box:
    return Box(YEAR_LEFT + (day.day - 1) * YEAR_X, y, 24, 20)

"""Columns over months as SVG, drawn at the server. Pure, as portal.lib.charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from portal.lib.charts import nice_ticks
from portal.lib.svg import Box, number, picture, text

WIDTH, HEIGHT = 720, 220
PLOT = Box(52, 12, 656, 172)
WIDEST = 34  # of a column, in the picture's units
MOST_WORDS = 12  # along the axis


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a column: how much, and its class of marks.css ("b-good")."""

    value: float
    css: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column, from the ground up; `title` is for whoever points at it."""

    word: str
    parts: tuple[Part, ...]
    title: str = ""

    @property
    def height(self) -> float:
        """All of it together."""
        return sum(part.value for part in self.parts)


def columns(
    data: Sequence[Column], *, label: str, y_word: Callable[[float], str], top: float | None = None
) -> SafeString:
    """Return the columns above one ground line; `top` is where the axis must reach at least."""
    highest = max([column.height for column in data] + [top or 0])
    counted = all(float(part.value).is_integer() for column in data for part in column.parts)
    ticks = nice_ticks(0, highest, whole=counted)
    reach = ticks[-1]
    body = _grid(ticks, reach, y_word)
    step = PLOT.w / max(1, len(data))
    width = min(WIDEST, step * 0.7)
    every = -(-len(data) // MOST_WORDS)
    for i, column in enumerate(data):
        middle = PLOT.x + step * (i + 0.5)
        body += _column(column, middle - width / 2, width, reach)
        if i % every == 0:
            body += text(middle, PLOT.y + PLOT.h + 20, column.word)
    return picture("chart chart-columns", WIDTH, HEIGHT, label, body)


def _grid(ticks: Sequence[float], reach: float, word: Callable[[float], str]) -> str:
    body = ""
    for tick in ticks:
        y = PLOT.y + PLOT.h * (1 - tick / reach)
        body += f'<path class="c-grid" d="M{number(PLOT.x)} {number(y)}h{number(PLOT.w)}"/>'
        body += text(PLOT.x - 8, y + 4, word(tick), "end")
    return body


def _column(column: Column, x: float, width: float, reach: float) -> str:
    ground, body = PLOT.y + PLOT.h, ""
    for part in column.parts:
        tall = PLOT.h * part.value / reach
        if tall > 0:
            ground -= tall
            body += Box(x, ground, width, max(tall, 1)).rect(part.css, 0, min(2, tall / 2))
    if not column.title:
        return body
    return f"<g><title>{conditional_escape(column.title)}</title>{body}</g>"


def share_bar(share: float, label: str) -> SafeString:
    """Return one lying bar for a row of a table, 0 to 1 of its length."""
    filled = max(0.0, min(1.0, share)) * 120
    body = Box(0, 3, 120, 8).rect("b-quiet", 0, 4)
    if filled:
        body += Box(0, 3, filled, 8).rect("b-part", 0, min(4, filled / 2))
    return picture("bar-cell", 120, 14, label, body)

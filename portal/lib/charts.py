"""Lines over time as SVG, drawn at the server: a spark line for a row, a trend for a page.

Pure: values and words come in, markup goes out. Every picture carries its own sentence
(`label`), and the pages put a table with the same facts beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor, log10

from django.utils.safestring import SafeString

from portal.lib.svg import Box, number, picture, text


def spark(values: Sequence[float | None], label: str) -> SafeString:
    """Return a small line without axes; a gap stays a gap, the last known value is a dot."""
    points = _scaled(values, Box(2, 3, 92, 18))
    return picture("spark", 98, 24, label, _lines(points) + _dot(points, "c-dot-small", 2))


Point = tuple[float, float]


def _last(points: Sequence[Point | None]) -> Point | None:
    return next((point for point in reversed(points) if point), None)


def _dot(points: Sequence[Point | None], css: str, r: float) -> str:
    """Return the mark on the last known value, nothing where none is known."""
    last = _last(points)
    if not last:
        return ""
    return f'<circle class="{css}" cx="{number(last[0])}" cy="{number(last[1])}" r="{r}"/>'


def _scaled(
    values: Sequence[float | None],
    box: Box,
    low: float | None = None,
    high: float | None = None,
) -> list[Point | None]:
    """Return where each value stands in `box`; between `low` and `high`, or its own extremes."""
    known = [value for value in values if value is not None]
    bottom = min(known, default=0) if low is None else low
    top = max(known, default=0) if high is None else high
    step = box.w / (len(values) - 1) if len(values) > 1 else 0
    reach = top - bottom
    return [
        None
        if value is None
        else (
            box.x + (i * step if step else box.w / 2),
            box.y + (box.h * (1 - (value - bottom) / reach) if reach else box.h / 2),
        )
        for i, value in enumerate(values)
    ]


def _stretches(points: Sequence[Point | None]) -> list[list[Point]]:
    """Return the runs of neighbouring points: a gap ends one."""
    stretches: list[list[Point]] = [[]]
    for point in points:
        if point:
            stretches[-1].append(point)
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def _lines(points: Sequence[Point | None]) -> str:
    return "".join(
        '<polyline class="c-line" points="{}"/>'.format(
            " ".join(f"{number(x)},{number(y)}" for x, y in stretch)
        )
        for stretch in _stretches(points)
        if len(stretch) > 1
    )


def nice_ticks(low: float, high: float, at_most: int = 4, *, whole: bool = False) -> list[float]:
    """Return up to `at_most` round figures that span `low` to `high`, both ends included.

    With `whole` only whole ones: of what is counted there is no half.
    """
    if high <= low:
        low, high = (0.0, high * 2 or 1.0)
    rough = (high - low) / max(1, at_most - 1)
    scale = 10 ** floor(log10(rough))
    for factor in (1, 2, 2.5, 5, 10, 20):
        step = factor * scale
        if whole and step % 1:
            continue
        first, last = floor(low / step), ceil(high / step)
        if last - first < at_most:
            return [n * step for n in range(first, last + 1)]
    return [low, high]


def trend(
    values: Sequence[float | None],
    *,
    y_word: Callable[[float], str],
    x_words: Mapping[int, str],
    last_word: str,
    label: str,
) -> SafeString:
    """Return one line over time with at most four grid lines, its last value named at its end.

    `x_words` names some positions of `values`; nothing at all draws the empty grid.
    """
    known = [value for value in values if value is not None]
    ticks = nice_ticks(min(known, default=0), max(known, default=0))
    plot = Box(92, 12, 280, 170)
    points = _scaled(values, plot, ticks[0], ticks[-1])
    body = _grid(ticks, plot, y_word) + _areas(points, plot) + _lines(points)
    body += _dot(points, "c-dot", 5)
    if last := _last(points):
        body += text(last[0] + 10, last[1] + 4, last_word, "start", "n-text n-text-strong")
    step = plot.w / (len(values) - 1) if len(values) > 1 else 0
    for nth, (i, word) in enumerate(x_words.items()):
        x = plot.x + (i * step if step else plot.w / 2)
        css = "n-text n-second" if nth % 2 else "n-text"  # a phone has room for every other one
        body += text(x, plot.y + plot.h + 22, word, css=css)
    return picture("chart", 452, 212, label, body)


def _grid(ticks: Sequence[float], plot: Box, word: Callable[[float], str]) -> str:
    reach = ticks[-1] - ticks[0]
    body = ""
    for tick in ticks:
        y = plot.y + plot.h * (1 - (tick - ticks[0]) / reach)
        body += f'<path class="c-grid" d="M{number(plot.x)} {number(y)}h{number(plot.w)}"/>'
        body += text(plot.x - 8, y + 4, word(tick), "end")
    return body


def _areas(points: Sequence[Point | None], plot: Box) -> str:
    floor_y = number(plot.y + plot.h)
    return "".join(
        f'<path class="c-area" d="M{number(stretch[0][0])} {floor_y}'
        + "".join(f"L{number(x)} {number(y)}" for x, y in stretch)
        + f'L{number(stretch[-1][0])} {floor_y}z"/>'
        for stretch in _stretches(points)
        if len(stretch) > 1
    )

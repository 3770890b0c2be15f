"""The time between a copy and now, drawn to scale: what was entered in it is not in the copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.lib.clock import WIB
from portal.lib.svg import Box, number, picture, text

WIDTH, HEIGHT = 920, 118
LEFT, RIGHT = 120, 820  # where the copy and the present stand
TOP, TALL = 44, 26
ROOM = 74  # between two dates that can both be read
BEFORE = 24  # the picture begins this far left of its first cell


@dataclass(frozen=True, slots=True)
class Span:
    """The copy, the present, and the other nights that there are."""

    taken_at: datetime
    now: datetime
    nights: tuple[datetime, ...] = ()

    def place(self, at: datetime) -> float:
        """Return where a moment stands across the picture."""
        whole = max((self.now - self.taken_at).total_seconds(), 1)
        return LEFT + (RIGHT - LEFT) * (at - self.taken_at).total_seconds() / whole


def draw(span: Span) -> SafeString:
    """Return the picture, its sentence with it."""
    words = between(span.now - span.taken_at)
    here, now = span.place(span.taken_at), span.place(span.now)
    parts = [
        Box(here, TOP, now - here, TALL).rect("c-band", 0, 4),
        f'<path class="n-rule" d="M{BEFORE} 57H{WIDTH - BEFORE}"/>',
        *_nights(span),
        Box(here - 10, TOP, 20, TALL).rect("n-has"),
        Box(here - 13, TOP - 3, 26, TALL + 6).rect("n-pick", 0, 5),
        f'<path class="n-now" d="M{number(now)} 36V78"/>',
        *_named(here, _("Salinan dipakai"), span.taken_at),
        *_named(now, _("Sekarang"), span.now),
        text((here + now) / 2, 61, words, css="n-text n-text-strong"),
    ]
    label = _("Salinan %(copy)s, sekarang %(now)s, jarak %(gap)s")
    said = {"copy": _when(span.taken_at), "now": _when(span.now), "gap": words}
    return picture("chart chart-wide", WIDTH, HEIGHT, label % said, "".join(parts))


def between(gap: timedelta) -> str:
    """Return a length of time to the minute: "2 hari 10 jam 51 menit"."""
    minutes = int(gap.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("%(d)d hari %(h)d jam %(m)d menit") % {"d": days, "h": hours, "m": rest}
    if hours:
        return _("%(h)d jam %(m)d menit") % {"h": hours, "m": rest}
    return ngettext("%(n)d menit", "%(n)d menit", rest) % {"n": rest}


def _nights(span: Span) -> Iterable[str]:
    """Yield the cells of the other nights, with their dates where there is room."""
    last = span.place(span.taken_at)
    middle = (last + span.place(span.now)) / 2
    for night in sorted(span.nights):
        x = span.place(night)
        if night == span.taken_at or not BEFORE < x < span.place(span.now):
            continue
        if abs(x - middle) > ROOM:
            yield Box(x - 10, TOP, 20, TALL).rect("n-good", 0.5)
        if x - last >= ROOM and span.place(span.now) - x >= ROOM:
            yield text(x, 90, date_format(night.astimezone(WIB), "j M"))
            last = x


def _named(x: float, word: str, at: datetime) -> Iterable[str]:
    yield text(x, 28, word, css="n-text n-text-strong")
    yield text(x, 90, date_format(at.astimezone(WIB), "D j M"), css="n-text n-text-strong")
    yield text(x, 105, date_format(at.astimezone(WIB), "H:i"))


def _when(at: datetime) -> str:
    return date_format(at.astimezone(WIB), "l j F H:i")

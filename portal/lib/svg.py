"""The few strokes that the portal's pictures are made of.

Colours are classes of marks.css, never attributes, so one picture fits day and night.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe


def number(value: float) -> str:
    """Return a length as short as it can be written: "0.5", "14"."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Box:
    """Where a cell stands, in the picture's own units."""

    x: float
    y: float
    w: float
    h: float

    def rect(self, css: str, inset: float = 0, radius: float = 2) -> str:
        """Return a rectangle drawn `inset` inside this box."""
        return (
            f'<rect class="{css}" x="{number(self.x + inset)}" y="{number(self.y + inset)}" '
            f'width="{number(self.w - 2 * inset)}" height="{number(self.h - 2 * inset)}" '
            f'rx="{number(radius)}"/>'
        )


def picture(css: str, width: float, height: float, label: str, body: str) -> SafeString:
    """Return a whole picture; `label` is the sentence for whoever cannot see it."""
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        "{}</svg>",
        css,
        *(number(width), number(height)) * 2,
        label,
        mark_safe(body),  # noqa: S308 - drawn above; what came from outside is escaped there
    )


def text(x: float, y: float, words: str, anchor: str = "middle", css: str = "n-text") -> str:
    """Return words in a picture, escaped; `y` is their base line."""
    return (
        f'<text class="{css}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">'
        f"{conditional_escape(words)}</text>"
    )

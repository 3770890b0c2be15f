"""The marks of the whole portal: what became of a night, as shape, colour and word.

The same few names draw the cell of a night, the badge in a table and the line of a legend, so
that a person learns them once.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Mark(TextChoices):
    """How something stands. The values are part of CSS class names (marks.css)."""

    PROVEN = "proven", _("Terbukti")
    GOOD = "good", _("Baik")
    OWING = "owing", _("Salinan 2 belum")
    ATTENTION = "attention", _("Perlu perhatian")
    FAILED = "failed", _("Gagal")
    LATE = "late", _("Terlambat")
    RUNNING = "running", _("Berjalan")
    PAUSED = "paused", _("Dijeda")
    NONE = "none", _("Belum ada")
    GONE = "gone", _("Akan dirapikan")
    HERE = "here", pgettext_lazy("objek", "Ada")
    CHANGED = "changed", _("Ada, berubah")
    MISSING = "missing", pgettext_lazy("objek", "Tidak ada")


TONES = {
    Mark.PROVEN: "good",
    Mark.GOOD: "good",
    Mark.OWING: "warn",
    Mark.ATTENTION: "warn",
    Mark.FAILED: "bad",
    Mark.LATE: "bad",
    Mark.RUNNING: "now",
    Mark.PAUSED: "pause",
    Mark.NONE: "pause",
    Mark.GONE: "bad",
    Mark.HERE: "now",
    Mark.CHANGED: "now",
    Mark.MISSING: "bad",
}
"""The colour of each mark: one of the tones in tokens.css."""

TROUBLED = (Mark.FAILED, Mark.LATE, Mark.OWING)
"""What a person must look at, the worst first."""

_OCTAGON = "M5.3 1.2h5.4l4.1 4.1v5.4l-4.1 4.1H5.3L1.2 10.7V5.3z"
_TRIANGLE = (
    '<path class="sh-f" d="M8 1.2c.5 0 .9.3 1.1.7l6 10.9c.5.9-.1 1.9-1.1 1.9H2c-1 0-1.6-1-1.1-1.9'
    'l6-10.9c.2-.4.6-.7 1.1-.7z"/><path class="sh-m" d="M8 5.8v3.6M8 11.9v.1"/>'
)
_RING = '<circle class="sh-o" cx="8" cy="8" r="6.4"/>'

SHAPES = {
    Mark.PROVEN: '<circle class="sh-f" cx="8" cy="8" r="7.2"/>'
    '<path class="sh-m" d="M4.9 8.3l2.2 2.2 4-4.6"/>',
    Mark.GOOD: f'{_RING}<path class="sh-c" d="M5.3 8.2l1.9 1.9 3.5-4"/>',
    Mark.OWING: _TRIANGLE,
    Mark.ATTENTION: _TRIANGLE,
    Mark.FAILED: f'<path class="sh-f" d="{_OCTAGON}"/>'
    '<path class="sh-m" d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"/>',
    Mark.LATE: f'<path class="sh-o" d="{_OCTAGON}"/><path class="sh-c" d="M8 4.6V8l2.2 1.6"/>',
    Mark.RUNNING: f'{_RING}<path class="sh-f" d="M8 3.8a4.2 4.2 0 0 1 0 8.4z"/>',
    Mark.PAUSED: '<rect class="sh-o" x="1.7" y="1.7" width="12.6" height="12.6" rx="3"/>'
    '<path class="sh-c" d="M6.2 5.4v5.2M9.8 5.4v5.2"/>',
    Mark.NONE: '<circle class="sh-o sh-dash" cx="8" cy="8" r="6.4"/>',
    Mark.HERE: f'{_RING}<circle class="sh-f" cx="8" cy="8" r="3"/>',
    Mark.CHANGED: f'{_RING}<path class="sh-f" d="M8 3.8a4.2 4.2 0 1 0 4.2 4.2H8z"/>',
    Mark.MISSING: f'<path class="sh-o" d="{_OCTAGON}"/><path class="sh-c" d="M5 8h6"/>',
    Mark.GONE: '<rect class="sh-o sh-dash" x="1.7" y="1.7" width="12.6" height="12.6" rx="3"/>',
}
"""The badge of each mark, inside a 16 by 16 box."""

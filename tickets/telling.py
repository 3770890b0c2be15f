"""The desk's refusals in the reader's language, where a page or a field shows them."""

from __future__ import annotations

from django.utils.translation import gettext

from tickets.errors import DeskError, NotReady

OURS = frozenset({"state", "reason", "why", "missing"})  # our words; all others were typed


def sentence(refused: DeskError) -> str:
    """Return why it was refused, translated; what stands in it is translated as well."""
    if isinstance(refused, NotReady):
        return " ".join(gettext(rule) for rule in refused.missing)
    figures = {
        name: gettext(value) if name in OURS and isinstance(value, str) and value else value
        for name, value in refused.figures.items()
    }
    return gettext(refused.sentence) % figures

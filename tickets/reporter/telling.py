"""The desk's refusals in the reader's language, where a page or a field shows them."""

from __future__ import annotations

from django.utils.translation import gettext

from tickets.errors import DeskError, NotReady


def sentence(refused: DeskError) -> str:
    """Return why it was refused, translated; what stands in it is translated as well."""
    if isinstance(refused, NotReady):
        return " ".join(gettext(rule) for rule in refused.missing)
    figures = {
        name: gettext(value) if name == "state" and isinstance(value, str) else value
        for name, value in refused.figures.items()
    }
    return gettext(refused.sentence) % figures

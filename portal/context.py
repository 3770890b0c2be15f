"""What every page knows without its view saying so."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from backups.models import Alert
from portal.lib import clock


def shell(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - Django calls it with one
    """Return the page's moment, the help line, and (asked for only where shown) the red count."""
    return {
        "now": clock.now(),
        "help_line": settings.PULIH_HELP_LINE,
        "open_alerts": SimpleLazyObject(Alert.objects.filter(cleared_at=None).count),
    }

"""What every page knows without its view saying so."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from backups.restoring import unreviewed
from portal.accounts.access import person
from portal.accounts.models import STAFF_ROLES
from portal.lib import clock
from tickets.staff.waiting import counts_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the page's moment and the help line; roles and counts are read where shown."""
    now = clock.now()
    waits = SimpleLazyObject(lambda: counts_of(person(request), person(request).roles, now))
    return {
        "now": now,
        "help_line": settings.PULIH_HELP_LINE,
        "my_roles": SimpleLazyObject(lambda: person(request).roles),
        "is_staff_here": SimpleLazyObject(lambda: bool(STAFF_ROLES & person(request).roles)),
        "waits": waits,
        "emergencies": SimpleLazyObject(unreviewed),
    }

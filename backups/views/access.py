"""Who opens the pages of this room: all staff read, those who look after the data act."""

from __future__ import annotations

from django.http import HttpRequest

from portal.accounts.access import View, access_of, person, requires
from portal.accounts.models import STAFF_ROLES, Role

staff = requires(*STAFF_ROLES)
operators = requires(Role.ANALYST, Role.ADMINISTRATOR)


def may(request: HttpRequest, view: View) -> bool:
    """Say whether whoever asks may press the button that leads to `view`."""
    rule = access_of(view)
    return rule is not None and rule.admits(person(request).roles, "POST")

"""How somebody proved who they are, and how long ago: the second factor, and asking again.

allauth notes each proof (password, provider, code, key) in the session; nothing here asks the
database. Whoever signed in with a second factor has an "mfa" among them.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

BY_SECOND_FACTOR = "mfa"


def was_recently_authenticated(request: HttpRequest) -> bool:
    """Say whether the last proof is fresh, and of the kind that this person must give."""
    proofs = _proofs(request)
    if settings.PULIH_SECOND_FACTOR and used_second_factor(request):
        proofs = [proof for proof in proofs if proof.get("method") == BY_SECOND_FACTOR]
    if not proofs:
        return False
    return bool(time.time() - proofs[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def used_second_factor(request: HttpRequest) -> bool:
    """Say whether a second factor is among the proofs of this session."""
    return any(proof.get("method") == BY_SECOND_FACTOR for proof in _proofs(request))


def lacks_second_factor(request: HttpRequest) -> bool:
    """Say whether staff pages must wait: one is demanded here and this session used none."""
    return bool(settings.PULIH_SECOND_FACTOR) and not used_second_factor(request)


def _proofs(request: HttpRequest) -> list[dict[str, Any]]:
    if isinstance(request.user, AnonymousUser):
        return []
    return get_authentication_records(request, request.user)

"""Signing in leaves an event: who came in, by which proofs. The shell knows both rooms."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from portal.accounts.adapters import AccountAdapter
from portal.accounts.models import User
from portal.audit.record import record


class RecordedAdapter(AccountAdapter):
    """Local accounts and those of the university, each sign-in recorded once it is complete."""

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        """Record the proofs that let somebody in: password, socialaccount, mfa."""
        proofs = [proof["method"] for proof in get_authentication_records(request, user)]
        with transaction.atomic():
            record("person.signed_in", actor=user, subject=user, facts={"by": proofs})
        answer: HttpResponse = super().post_login(request, user, **more)
        return answer

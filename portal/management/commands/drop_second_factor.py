"""manage.py drop_second_factor: for somebody who lost telephone and recovery codes alike."""

from __future__ import annotations

import getpass
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from portal.accounts.models import User
from portal.audit.record import record


class Command(BaseCommand):
    help = "Take all second factors from an account; its next sign-in sets up a new one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="NAMA")

    def handle(self, *_: Any, username: str, **__: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username!r}.", returncode=1)
        with transaction.atomic():
            dropped, _rows = Authenticator.objects.filter(user=user).delete()
            facts = {"kind": "all", "dropped": dropped}
            actor = f"system:{getpass.getuser()}"
            record("person.second_factor_removed", actor=actor, subject=user, facts=facts)
            _sign_out_everywhere(user)
        self.stdout.write(f"{username}: {dropped} taken away, every session ended.")


def _sign_out_everywhere(user: User) -> None:
    """End the sessions of an account: whoever holds one may hold the lost telephone."""
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()

"""manage.py check_vaults: read the vaults."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from backups.jobs.care import check_vault
from backups.management.console import PortalCommand, shown
from backups.models import JobState, Repository
from backups.orders import order_check
from portal.lib import clock


class Command(PortalCommand):
    help = "Check every repository's structure; with --read-data every byte of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--read-data", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        rows = Repository.objects.filter(vault__enabled=True).exclude(initialised_at=None)
        for row in rows.select_related("vault", "source"):
            check = order_check(row, clock.now(), read_data=options["read_data"], rung=False)
            with shown(check, str(row)):
                check_vault(check.pk, clock.now())
            check.refresh_from_db()
            state = "good" if check.state == JobState.GOOD else "failed"
            facts = {"vault": row.vault.name, "source": row.source.name, "state": state}
            facts["error"] = check.error
            self.emit(facts, f"{row}: {state}", as_json=options["json"])
            if check.error:
                self.fail(check.error, check.advice)
        self.end()

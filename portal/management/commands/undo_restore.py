"""manage.py undo_restore: what was live before is live again; what was written since is saved."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from backups.errors import OrderRefused
from backups.jobs import undo
from backups.management.console import PortalCommand, operator, shown, wrong_words
from backups.models import JobState, RestoreJob, RestoreUndo
from backups.restoring import order_undo
from portal.lib import clock

POLL_SECONDS = 0.5


class Command(PortalCommand):
    help = "Bring back what was live before a restore."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("restore", type=int, help="the restore's number")

    def handle(self, *_: Any, **options: Any) -> None:
        job = RestoreJob.objects.filter(pk=options["restore"]).first()
        if job is None:
            raise wrong_words(f"There is no restore {options['restore']}.")
        try:
            undoing = order_undo(job, clock.now(), operator=operator(), rung=False)
        except OrderRefused as error:
            self.fail(str(error), error.advice)
        else:
            with shown(undoing, job.source.name):
                _carry_out(undoing)
            self._tell(undoing, as_json=options["json"])
        self.end()

    def _tell(self, undoing: RestoreUndo, *, as_json: bool) -> None:
        undone = undoing.state == JobState.GOOD
        facts = {
            "restore": undoing.restore_id,
            "state": "undone" if undone else "failed",
            "source": undoing.source.name,
            "proof": {"equal": undoing.objects_equal, "compared": undoing.objects_total},
            "seconds": undoing.seconds,
            "error": undoing.error,
        }
        line = f"{undoing.source.name}: {facts['state']}"
        self.emit(facts, line, as_json=as_json)
        if not undone:
            self.fail(undoing.error, undoing.advice)


def _carry_out(undoing: RestoreUndo) -> None:
    undo.run(undoing.pk, clock.now())
    undoing.refresh_from_db()
    while undoing.is_unfinished:
        time.sleep(POLL_SECONDS)
        undoing.refresh_from_db()

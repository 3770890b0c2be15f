"""manage.py watchdog: watches the workers from outside their clusters.

Once (for a systemd timer: exit 1 asks for a restart of the workers), or for ever with --every.
Each look also does what every minute does, so a night is opened even with the bells silent.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError, close_old_connections

from backups.alerts import clear_alert, raise_alert
from backups.jobs import sweep
from backups.jobs.health import workers_stuck
from backups.management.console import PortalCommand
from backups.models import AlertKind
from portal.lib import clock

log = logging.getLogger(__name__)


class Command(PortalCommand):
    help = "Look whether the workers move; open the night if they did not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="look again and again")

    def handle(self, *_: Any, **options: Any) -> None:
        pause = threading.Event()
        while True:
            reason = self._look()
            if not options["every"]:
                break
            pause.wait(options["every"])
        if reason:
            self.fail(reason)
        self.emit({"state": "bad" if reason else "good"}, "good", as_json=options["json"])
        self.end()

    def _look(self) -> str:
        close_old_connections()
        try:
            now = clock.now()
            reason = workers_stuck(now)
            if reason:
                raise_alert(AlertKind.WORKER_LOST, now, advice=reason)
            else:
                clear_alert(AlertKind.WORKER_LOST, now)
            sweep.every_minute(now)
        except DatabaseError:
            log.exception("The portal's database does not answer")
            return "The portal's own database does not answer."
        return reason

"""manage.py watchdog: watches the workers from outside their clusters.

Once, for a systemd timer, or for ever with --every. It restarts nobody itself: with --ask-in it
leaves the name of the worker that should be restarted in a folder where systemd looks (deploy/).
Each look also does what every minute does, so a night is opened even with the bells silent.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
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
        parser.add_argument("--ask-in", type=Path, metavar="FOLDER", help="ask for a restart here")

    def handle(self, *_: Any, **options: Any) -> None:
        pause = threading.Event()
        while True:
            reason = self._look(options["ask_in"])
            if not options["every"]:
                break
            pause.wait(options["every"])
        if reason:
            self.fail(reason)
        self.emit({"state": "bad" if reason else "good"}, "good", as_json=options["json"])
        self.end()

    def _look(self, ask_in: Path | None) -> str:
        close_old_connections()
        try:
            now = clock.now()
            stuck = workers_stuck(now)
            if stuck:
                raise_alert(AlertKind.WORKER_LOST, now, advice=stuck.sentence)
            else:
                clear_alert(AlertKind.WORKER_LOST, now)
            if stuck and ask_in:
                (ask_in / f"restart-{stuck.worker}").touch()
            sweep.every_minute(now)
        except DatabaseError:
            log.exception("The portal's database does not answer")
            return "The portal's own database does not answer."
        return stuck.sentence if stuck else ""

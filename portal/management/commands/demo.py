"""manage.py demo: the demonstration's accounts, systems and data; safe to repeat, keeps all."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.demo.academic import University
from portal.demo.desk import ensure_desk
from portal.demo.people import ensure_people
from portal.demo.servers import mariadb_server, postgresql_server
from portal.demo.world import add_system, ensure_vaults, missing_systems, unproven
from portal.lib import clock


class Command(BaseCommand):
    help = "Make the demonstration, where that was not done before, and back it up once."

    def handle(self, *_: Any, **__: Any) -> None:
        call_command("setup", verbosity=0)
        ensure_people()
        ensure_vaults()
        university = University()
        for system in missing_systems():
            self.stdout.write(f"Making {system.name} ...")
            add_system(system, university, clock.now())
        if keys := list(unproven()):
            self._back_up(keys)
        if told := ensure_desk(clock.now()):
            self.stdout.write(f"{told} cases are on the desk.")

    def _back_up(self, keys: list[str]) -> None:
        """Back up for the first time; one that fails is told, and the others go on."""
        self.stdout.write("The first backup:")
        with ExitStack() as servers:
            servers.enter_context(postgresql_server())
            servers.enter_context(mariadb_server())
            try:
                call_command("backup", *keys)
            except SystemExit:
                self.stderr.write("Not everything could be backed up; the workers try again.")

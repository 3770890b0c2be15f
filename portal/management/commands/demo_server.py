"""manage.py demo_server: one of the demonstration's database servers, until it is asked to end."""

from __future__ import annotations

import signal
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backups.models import Source
from portal.demo.servers import mariadb_server, postgresql_server
from portal.demo.world import ELEARNING, SIAKAD
from portal.lib import kinship


class Command(BaseCommand):
    help = "Run the database server of one of the demonstration's systems."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=("postgresql", "mariadb"))

    def handle(self, *_: Any, kind: str, **__: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))  # the server ends with its block
        if kind == "postgresql":
            with postgresql_server() as postgresql:
                self._stay(SIAKAD.key, postgresql.host, postgresql.version, postgresql.pid)
        else:
            with mariadb_server() as mariadb:
                self._stay(ELEARNING.key, mariadb.socket, mariadb.version, mariadb.pid)

    def _stay(self, key: str, address: str, version: str, pid: int) -> None:
        """Note where the server is (a socket moves when its path is too long), and wait."""
        Source.objects.filter(key=key).update(host=address)
        self.stdout.write(f"version {version} answers at {address}")
        while pid in kinship.children():
            time.sleep(1)
        raise CommandError("The server ended by itself.")

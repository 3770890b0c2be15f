"""manage.py setup: an empty state folder becomes a working portal; safe to repeat."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from backups import process
from backups.catalogue import index
from portal.audit.triggers import arm
from portal.lib import clock
from portal.lib.unseal import make_keys
from portal.schedule import hang_bells
from portal.sop import first
from portal.static_files import collect_changed
from tickets import search_index
from tickets.records.seal import make_certificate
from tickets.seeding import seed

SEAL_NAME = "BPTI UHAMKA"  # signed by itself, until the institution puts its own in its place


class Command(BaseCommand):
    help = "Make keys, bring the database up to date, hang the timetable."

    def handle(self, *_: Any, **options: Any) -> None:
        quiet = {"verbosity": 0}
        for folder in (settings.PULIH_STAGING, settings.PULIH_CACHE, settings.PULIH_LOCKS):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = make_keys()
        ensure_ssh_key()
        call_command("migrate", interactive=False, **quiet)
        arm(connection)
        if not index.exists(connection):
            index.build(connection)
        search_index.build_numbers(connection)
        seed(clock.now())
        make_certificate(SEAL_NAME, clock.now())
        first.seed()
        changed = hang_bells()
        collect_changed()
        if options["verbosity"]:
            self.stdout.write(f"Keys: {'made' if made else 'kept'}. Timetable: {changed} changed.")


def ensure_ssh_key() -> None:
    """Make the key by which workers reach folders on other machines, where there is none."""
    path = settings.PULIH_KEYS / "workers" / "ssh_key"
    if not path.exists():
        argv = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "pulih", "-f", str(path))
        process.run(argv, timeout=60)

"""manage.py emergency_kit: the printed sheet that brings everything back without the portal."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override

from backups.kit import kit_facts
from portal.audit.record import record
from portal.lib import clock
from portal.lib.paper import to_pdf


class Command(BaseCommand):
    help = "Write every repository's place and password, and the commands, onto one sheet (PDF)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, metavar="FILE.pdf", help="made, never replaced")

    def handle(self, *_: Any, **options: Any) -> None:
        out = Path(options["out"])
        if out.exists():
            raise CommandError(f"{out} exists already; name a new file.", returncode=2)
        facts = kit_facts()
        if not facts:
            raise CommandError("There is nothing to bring back yet; run: manage.py backup --all")
        sheet = to_pdf(_html(facts), str(settings.BASE_DIR))
        with transaction.atomic():
            record(
                "emergency_kit.written",
                actor=f"system:{getpass.getuser()}",
                subject=None,
                facts={"sources": [source.name for source in facts]},
            )
            _write_for_owner_only(out, sheet)
        self.stdout.write(
            f"{out} holds the keys to everything: print it, put it into the safe, delete the file."
        )


def _html(facts: list[Any]) -> str:
    with override("id"):
        written_at = clock.now().astimezone(clock.WIB)
        return render_to_string("paper/lembar-darurat.html", {"sources": facts, "at": written_at})


def _write_for_owner_only(out: Path, data: bytes) -> None:
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)

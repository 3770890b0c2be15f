"""manage.py add_vault: add a place for copies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from backups.management.console import PortalCommand, wrong_words
from backups.models import VaultRole
from backups.registering import add_vault
from backups.repository.restic import is_url


class Command(PortalCommand):
    help = "Add a vault; its repositories are created when first used."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=VaultRole.values)
        parser.add_argument("--location", required=True, help="a folder, or any restic URL")
        parser.add_argument(
            "--env", action="append", default=[], metavar="VAR", help="passed on to restic, sealed"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        missing = [name for name in options["env"] if name not in os.environ]
        if missing:
            raise wrong_words(f"The environment variable {missing[0]} is not set.")
        kept = {name: os.environ[name] for name in options["env"]}
        location = options["location"]
        if not is_url(location):
            location = str(Path(location).absolute())
        try:
            vault = add_vault(
                options["name"],
                role=options["role"],
                location=location,
                environment_json=json.dumps(kept) if kept else "",
            )
        except ValidationError as error:
            raise wrong_words(" ".join(error.messages)) from error
        self.emit({"vault": vault.name}, f"Added {vault.name}.", as_json=options["json"])

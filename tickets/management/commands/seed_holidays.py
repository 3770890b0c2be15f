"""manage.py seed_holidays YEAR ...: add a year's holidays to the table that people edit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tickets.seeding import seed_holidays


class Command(BaseCommand):
    help = "Add Indonesia's public holidays and joint leave days; what is there already stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("years", metavar="YEAR", type=int, nargs="+")

    def handle(self, *_: Any, **options: Any) -> None:
        for year in options["years"]:
            self.stdout.write(f"{year}: {seed_holidays(year)}")

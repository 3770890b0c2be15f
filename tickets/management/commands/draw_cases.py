"""manage.py draw_cases: print docs/kasus.md as the table of moves has it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tickets.workflow.drawing import page


class Command(BaseCommand):
    help = "Print the page that draws a case's states and moves."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **_options: Any) -> None:
        self.stdout.write(page(), ending="")

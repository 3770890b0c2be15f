"""manage.py doctor: what this machine lacks, what is late, what to do."""

from __future__ import annotations

from typing import Any

from backups.jobs.health import Finding, findings
from backups.management.console import PortalCommand
from portal.lib import clock


class Command(PortalCommand):
    help = "Look at everything that can be wrong and say what to do about it."

    def handle(self, *_: Any, **options: Any) -> None:
        for finding in findings(clock.now()):
            self.emit(
                {"check": finding.check, "state": finding.state, "advice": finding.advice},
                _line(finding),
                as_json=options["json"],
            )
            self.failed = self.failed or finding.state == "bad"
        self.end()


def _line(finding: Finding) -> str:
    mark = {"good": "ok  ", "warn": "look", "bad": "BAD "}[finding.state]
    return f"{mark} {finding.check}" + (f": {finding.advice}" if finding.advice else "")

"""manage.py drill: restore the latest good backup into a sandbox and prove it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from backups.jobs import drill
from backups.management.console import PortalCommand, named_sources, shown
from backups.models import CopyState, JobState, Source
from backups.orders import order_drill
from portal.lib import clock


class Command(PortalCommand):
    help = "Restore the latest good backup into a sandbox and compare every object."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="*", help="name or key of a source")
        parser.add_argument("--all", action="store_true", help="every active source")

    def handle(self, *_: Any, **options: Any) -> None:
        for source in named_sources(options["source"], every=options["all"]):
            self._drill(source, as_json=options["json"])
        self.end()

    def _drill(self, source: Source, *, as_json: bool) -> None:
        ordered = order_drill(source, None, clock.now(), rung=False)
        if ordered is None:
            self.fail(f"{source.name} has no copy to try.", "Run: manage.py backup")
            return
        with shown(ordered, source.name):
            drill.run(ordered.pk, clock.now())
        ordered.refresh_from_db()
        copy = ordered.snapshot.copies.filter(state=CopyState.STORED).first()
        facts = {
            "source": source.name,
            "snapshot": copy.restic_id if copy else "",
            "state": "proven" if ordered.state == JobState.GOOD else "failed",
            "objects_equal": ordered.objects_equal,
            "objects_total": ordered.objects_total,
            "seconds": ordered.seconds,
            "error": ordered.error,
        }
        equal = f"{ordered.objects_equal} of {ordered.objects_total} objects equal"
        line = f"{source.name}: {facts['state']}, {equal}"
        self.emit(facts, line, as_json=as_json)
        if ordered.error:
            self.fail(ordered.error, ordered.advice)

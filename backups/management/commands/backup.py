"""manage.py backup: back up now, in this process, through the same functions as the workers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from backups.jobs import nightly, transfer
from backups.management.console import PortalCommand, named_sources, shown
from backups.models import BackupRun, CopyState, JobState, Source
from backups.orders import order_backup
from portal.lib import clock

COMMAND_STATES = {JobState.GOOD: "good", JobState.LOST: "lost"}


class Command(PortalCommand):
    help = "Back up sources now: dump, store on local disk, transfer to the internal media."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="*", help="name or key of a source")
        parser.add_argument("--all", action="store_true", help="every active source")

    def handle(self, *_: Any, **options: Any) -> None:
        for source in named_sources(options["source"], every=options["all"]):
            self._back_up(source, as_json=options["json"])
        self.end()

    def _back_up(self, source: Source, *, as_json: bool) -> None:
        run = order_backup(source, None, clock.now(), rung=False)
        with shown(run, source.name):
            taken = nightly.run(run.pk, clock.now(), ring_transfer=False)
            if taken == JobState.GOOD:
                self._pay(source)
        run.refresh_from_db()
        facts = facts_of(run)
        if taken is None:
            facts["state"] = "failed"
            facts["error"] = f"{source.name} or its server is busy with another backup."
        self.emit(facts, sentence(facts), as_json=as_json)
        if facts["error"]:
            self.fail(facts["error"], run.advice)

    def _pay(self, source: Source) -> None:
        """Carry out the transfer that the good run ordered, unless a worker has it already."""
        ordered = source.transfers.filter(state=JobState.QUEUED).first()
        if ordered:
            transfer.run(ordered.pk, clock.now())


def facts_of(run: BackupRun) -> dict[str, Any]:
    """Return what the command tells of a run (docs/perintah.md)."""
    snapshot = getattr(run, "snapshot", None)
    copies = list(snapshot.copies.select_related("repository__vault")) if snapshot else []
    owed = next((copy.error for copy in copies if copy.state == CopyState.OWED and copy.error), "")
    return {
        "source": run.source.name,
        "state": COMMAND_STATES.get(JobState(run.state), "failed"),
        "objects": run.object_count,
        "rows": run.row_count,
        "bytes": run.byte_count,
        "seconds": run.seconds,
        "copies": [
            {"vault": c.repository.vault.name, "snapshot": c.restic_id, "tree": c.tree}
            for c in copies
            if c.state == CopyState.STORED
        ],
        "error": run.error or owed,
    }


def sentence(facts: dict[str, Any]) -> str:
    """Return a run's facts as one line for people."""
    if facts["state"] != "good":
        return f"{facts['source']}: {facts['state']}"
    copies = ", ".join(copy["vault"] for copy in facts["copies"])
    size = f"{facts['objects']:,} objects, {facts['rows']:,} rows, {facts['bytes']:,} bytes"
    return f"{facts['source']}: good, {size}, {facts['seconds']:.1f} s; copies: {copies}"

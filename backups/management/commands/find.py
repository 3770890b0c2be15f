"""manage.py find: search the catalogue of every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from backups.catalogue.find import Hit, find
from backups.catalogue.near import near
from backups.catalogue.timeline import Event, timeline_of
from backups.management.console import PortalCommand, named_sources
from portal.lib import clock


class Command(PortalCommand):
    help = "Search table, column and file names over all nights; part of a word is enough."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("term")
        parser.add_argument("--source", default="", help="only in this source")
        parser.add_argument(
            "--timeline", action="store_true", help="with --json: every night that changed it"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        sources = named_sources([options["source"]], every=False) if options["source"] else None
        hits = find(options["term"], sources)
        for hit in hits:
            facts = facts_of(hit)
            if options["timeline"]:
                facts["timeline"] = [_told(event) for event in timeline_of(hit.known).events]
            self.emit(facts, _line(hit), as_json=options["json"])
        if not hits:
            self.say(f"No night holds anything named like {options['term']!r}.")
            for known in near(options["term"], sources):
                self.say(f"Nearly so: {known.name} in {known.source}")


def facts_of(hit: Hit) -> dict[str, Any]:
    """Return what the command tells of a hit (docs/perintah.md); nights are WIB dates."""
    return {
        "source": hit.source.name,
        "object": hit.name,
        "kind": hit.kind,
        "first_seen": clock.wib_date(hit.first_seen).isoformat(),
        "last_seen": clock.wib_date(hit.last_seen).isoformat(),
        "present": hit.present,
        "versions": hit.versions,
        "rows": hit.rows,
        "bytes": hit.bytes,
        "missing_since": clock.wib_date(hit.gone_at).isoformat() if hit.gone_at else None,
    }


def _told(event: Event) -> dict[str, Any]:
    """Return what one night did to an object."""
    before, after = event.before, event.after
    return {
        "night": clock.wib_date(event.night.taken_at).isoformat(),
        "what": event.what.value,
        "rows_before": before.row_count if before else None,
        "rows_after": after.row_count if after else None,
        "bytes_before": before.byte_count if before else None,
        "bytes_after": after.byte_count if after else None,
        "schema_changed": event.schema_changed,
    }


def _line(hit: Hit) -> str:
    facts = facts_of(hit)
    rows = f", {hit.rows:,} rows" if hit.rows is not None else ""
    seen = (
        f"since {facts['first_seen']}, still there"
        if hit.present
        else f"{facts['first_seen']} to {facts['last_seen']}, missing since then"
    )
    return f"{hit.source}: {hit.kind} {hit.name}{rows}; {seen}; {hit.versions} versions"

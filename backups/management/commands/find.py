"""manage.py find: search the catalogue of every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from backups.catalogue.find import Hit, find
from backups.management.console import PortalCommand, named_sources
from portal.lib import clock


class Command(PortalCommand):
    help = "Search table, column and file names over all nights; part of a word is enough."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("term")
        parser.add_argument("--source", default="", help="only in this source")

    def handle(self, *_: Any, **options: Any) -> None:
        sources = named_sources([options["source"]], every=False) if options["source"] else None
        hits = find(options["term"], sources)
        for hit in hits:
            self.emit(facts_of(hit), _line(hit), as_json=options["json"])
        if not hits:
            self.say(f"No night holds anything named like {options['term']!r}.")


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

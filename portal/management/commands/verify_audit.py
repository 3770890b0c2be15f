"""manage.py verify_audit: walk the audit trail and say whether it is whole."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress as Bar

from portal.audit.chain import Anchor
from portal.audit.models import AuditEvent, AuditWalk
from portal.audit.verify import Progress
from portal.audit.walks import walk
from tickets.models import ByteWalk
from tickets.records import verification

ADVICE = "Keep the database as it is, and compare that event with the latest backup of the portal."
PAPERS = "Take them from the latest backup of the portal; the altered ones are given to nobody."
UNGUARDED = (
    "The database does not refuse changes to the audit trail: its triggers are gone. "
    "Find out who dropped them, then run: manage.py migrate audit 0001, manage.py migrate audit"
)


class Command(BaseCommand):
    help = "Walks the audit trail and every stored paper, and says what is not as it was kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            type=_anchor,
            metavar="SEQUENCE:HASH",
            help="a place kept outside the database (a snapshot's tag, a mail); may be repeated",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *_: Any, **options: Any) -> None:
        with _progress(shown=not options["json"] and sys.stderr.isatty()) as on_progress:
            found = walk(options["anchor"], on_progress)
        papers = verification.walk(found.at)
        told = json.dumps(_facts(found, papers)) if options["json"] else _sentence(found, papers)
        self.stdout.write(told)
        if found.first_bad is not None:
            raise CommandError(f"Event {found.first_bad}: {found.reason}. {ADVICE}")
        if papers.bad:
            named = "; ".join(f"{one['name']}: {one['reason']}" for one in papers.bad)
            raise CommandError(f"Stored papers are not as they were kept. {named}. {PAPERS}")
        if not found.guarded:
            raise CommandError(UNGUARDED)


def _anchor(text: str) -> Anchor:
    try:
        return Anchor.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _facts(found: AuditWalk, papers: ByteWalk) -> dict[str, Any]:
    told = ("events", "state", "first_bad", "reason", "guarded")
    facts = {name: getattr(found, name) for name in told}
    return {**facts, "head": str(found.head), "papers": papers.files, "bad_papers": papers.bad}


def _sentence(found: AuditWalk, papers: ByteWalk) -> str:
    kept = papers.files - len(papers.bad)
    return (
        f"{found.events} events are as they were written. Head: {found.head}\n"
        f"{kept} of {papers.files} stored papers are as they were kept."
    )


@contextmanager
def _progress(*, shown: bool) -> Iterator[Progress | None]:
    """Yield what moves a bar on the terminal, or None where nobody looks."""
    if not shown:
        yield None
        return
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("audit", total=AuditEvent.objects.count())
        yield lambda done: bar.update(task, completed=done)

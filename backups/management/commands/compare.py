"""manage.py compare: what is live against a backup, down to the row; writes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from backups.catalogue.differences import rows_path
from backups.jobs import comparing
from backups.management.console import PortalCommand, chosen_snapshot, named_sources, shown
from backups.models import (
    ComparedObject,
    Comparison,
    CopyState,
    JobState,
    ObjectVerdict,
    Snapshot,
)
from backups.orders import order_comparison
from backups.rowsfile import read_rows
from portal.lib import clock


class Command(PortalCommand):
    help = "Compare what is live with a backup, down to the rows; nothing is written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="name or key of a source")
        parser.add_argument("--at", metavar="ID-or-date", help="a snapshot's id, or YYYY-MM-DD")
        parser.add_argument("--table", action="append", default=[], help="only this table")
        parser.add_argument("--path", action="append", default=[], help="only this file or folder")
        parser.add_argument("--rows", action="store_true", help="list each row that differs")

    def handle(self, *_: Any, **options: Any) -> None:
        [source] = named_sources([options["source"]], every=False)
        snapshot = chosen_snapshot(source, options["at"])
        job = order_comparison(
            snapshot,
            None,
            clock.now(),
            tables=options["table"],
            paths=options["path"],
            rung=False,
        )
        with shown(job, source.name):
            comparing.run(job.pk, clock.now())
        job.refresh_from_db()
        if job.state == JobState.GOOD:
            self._tell(job, rows=options["rows"], as_json=options["json"])
        else:
            self.fail(job.error, job.advice)
        self.end()

    def _tell(self, job: Comparison, *, rows: bool, as_json: bool) -> None:
        if job.against:
            self.say(
                f"{job.source.name} does not answer; its night of {_when(job.against)} stands in."
            )
        compared = list(job.compared.all())
        facts = {
            "source": job.source.name,
            "snapshot": _id(job.snapshot),
            "taken_at": job.snapshot.taken_at,
            "live_at": job.live_at,
            "against": _id(job.against) if job.against else None,
            "comparison": job.pk,
            "notes": job.notes,
            "objects": [_facts(each, rows=rows) for each in compared],
            **{f"objects_{v}": getattr(job, f"objects_{v}") for v in ObjectVerdict.values},
        }
        self.emit(facts, "\n".join(_lines(job, compared, rows=rows)), as_json=as_json)


def _id(snapshot: Snapshot) -> str:
    copy = snapshot.copies.filter(state=CopyState.STORED).first()
    return copy.restic_id if copy else ""


def _when(snapshot: Snapshot) -> str:
    return f"{snapshot.taken_at.astimezone(clock.WIB):%Y-%m-%d %H:%M} WIB"


def _facts(each: ComparedObject, *, rows: bool) -> dict[str, Any]:
    facts = {
        "name": each.name,
        "kind": each.kind,
        "verdict": each.verdict,
        "rows_backup": each.rows_backup,
        "rows_live": each.rows_live,
        "missing": each.missing,
        "changed": each.changed,
        "extra": each.extra,
        "schema_changed": each.schema_changed,
        "key": each.key,
        "not_compared": {"backup_only": each.backup_only, "live_only": each.live_only},
        "retyped": each.retyped,
        "file": str(rows_path(each) or ""),
        "sha256": each.file_sha256,
    }
    path = rows_path(each)
    if rows:
        facts["rows"] = [*read_rows(path)] if path else []
    return facts


def _lines(job: Comparison, compared: list[ComparedObject], *, rows: bool) -> Any:
    same = job.objects_same
    yield f"{job.source.name}, live against {_when(job.snapshot)}: {same} objects are the same."
    for each in compared:
        if each.verdict == ObjectVerdict.SAME:
            continue
        counts = (("missing", each.missing), ("changed", each.changed), ("extra", each.extra))
        told = ", ".join(f"{count} {word}" for word, count in counts if count)
        yield f"{each.verdict:8} {each.kind} {each.name}{f': {told} rows' if told else ''}"
        path = rows_path(each)
        for row in read_rows(path) if rows and path else ():
            key = ", ".join(f"{name}={value}" for name, value in row.key.items())
            columns = f" ({', '.join(row.columns)})" if row.columns else ""
            yield f"         {row.verdict} {key or (row.backup or row.live)}{columns}"

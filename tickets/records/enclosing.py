"""The evidence that travels inside the PDF: manifest and comparison as JSON, timeline as CSV.

Nothing internal is among it: of the timeline only what its reporter may read, with no notes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from backups.models import Snapshot
from portal.audit.chain import plain
from portal.lib.clock import WIB
from portal.lib.paper import Enclosure
from portal.lib.spreadsheet import csv_lines
from tickets.models import BeritaAcara, Ticket
from tickets.records.case_facts import CaseFacts
from tickets.workflow import MOVES

MANIFEST = ("manifest.json", "Ringkasan manifes salinan cadangan (JSON)")
COMPARISON = ("perbandingan.json", "Penelusuran, perbandingan, dan bukti pemulihan (JSON)")
TIMELINE = ("garis-waktu.csv", "Garis waktu kasus (CSV)")


def enclosures(record: BeritaAcara) -> list[Enclosure]:
    """Return what is put inside the record's PDF; a month's record carries its figures on paper."""
    if record.ticket is None:
        return []
    case = CaseFacts(record.ticket)
    files = [
        Enclosure(*COMPARISON, _json(comparison(case))),
        Enclosure(*TIMELINE, "".join(csv_lines(timeline(record.ticket))).encode()),
    ]
    if case.plan:
        files.insert(0, Enclosure(*MANIFEST, _json(manifest(case.plan.snapshot))))
    return files


def manifest(snapshot: Snapshot) -> dict[str, Any]:
    """Return what is known of the copy: counts, hash of its manifest, where it is stored."""
    copies = snapshot.copies.select_related("repository__vault").order_by("pk")
    return {
        "format": "pulih-manifest-summary-1",
        "source": snapshot.source.key,
        "snapshot": snapshot.pk,
        "taken_at": _time(snapshot.taken_at),
        "server_version": snapshot.server_version,
        "manifest_sha256": snapshot.manifest_sha256,
        "objects": snapshot.object_count,
        "rows": snapshot.row_count,
        "bytes": snapshot.byte_count,
        "copies": [
            {
                "vault": copy.repository.vault.name,
                "role": str(copy.repository.vault.role),
                "state": str(copy.state),
                "restic_id": copy.restic_id,
                "tree": copy.tree,
            }
            for copy in copies
        ],
    }


def comparison(case: CaseFacts) -> dict[str, Any]:
    """Return the case's findings, plan and approval, each with the hash under which it was kept."""
    return {
        "format": "pulih-evidence-1",
        "ticket": case.ticket.number,
        "evidence": [
            {
                "kind": str(one.kind),
                "summary": one.summary,
                "facts": one.facts,
                "sha256": one.sha256,
                "made_at": _time(one.made_at),
            }
            for one in case.evidence
        ],
        "plan": plain(case.plan.content()) if case.plan else None,
        "plan_sha256": case.plan.fingerprint() if case.plan else "",
        "approved_plan_sha256": case.approval.plan_sha256 if case.approval else "",
        "letter": _letter(case),
    }


def _letter(case: CaseFacts) -> dict[str, str] | None:
    if case.letter is None:
        return None
    dated = case.letter.dated.isoformat()
    return {"number": case.letter.number, "dated": dated, "sha256": case.letter.scan.sha256}


def timeline(ticket: Ticket) -> list[tuple[str, ...]]:
    """Return a head and what the reporter may read of the timeline: when, from whom, what."""
    rows: list[tuple[str, ...]] = [("waktu (WIB)", "dari", "langkah", "isi")]
    for entry in ticket.entries.shown().order_by("pk"):
        move = MOVES.get(entry.move)
        rows.append(
            (
                f"{entry.at.astimezone(WIB):%Y-%m-%d %H:%M:%S}",
                str(entry.get_side_display()),
                move.done if move else "",
                entry.words,
            )
        )
    return rows


def _time(at: datetime) -> str:
    return at.astimezone(WIB).isoformat(timespec="seconds")


def _json(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)

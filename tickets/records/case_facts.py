"""What happened in a case, read from its rows: the facts that a berita acara states.

Everything here is derived from what the desk recorded at the time: plan, approval, letters,
evidence with their hashes, the timeline. The restore's own figures come from the evidence that
it left on the case, so they stay as they were found whatever becomes of the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q

from backups.models import CopyState, ObjectVersion, RestoreJob, Snapshot
from portal.lib import measures
from portal.lib.clock import WIB
from tickets.models import (
    SEARCHED_BY,
    Approval,
    Decision,
    Entry,
    Evidence,
    EvidenceKind,
    Letter,
    Plan,
    Ticket,
)
from tickets.records.content import Fact, Table
from tickets.spelling import long_date, moment

FEW = 6  # objects that the table of facts names itself; more get a table of their own
MOST_LISTED = 400
SEARCHES_TOLD = 3


@dataclass
class CaseFacts:
    """One case, asked what a berita acara needs to know of it."""

    ticket: Ticket

    @cached_property
    def plan(self) -> Plan | None:
        """The plan that stands, with its copy."""
        plans = Plan.objects.filter(ticket=self.ticket, superseded_at=None)
        return plans.select_related("snapshot__source", "executor", "verified_by").first()

    @cached_property
    def evidence(self) -> list[Evidence]:
        """All findings, oldest first."""
        return list(self.ticket.evidence.select_related("made_by").order_by("pk"))

    def last(self, kind: EvidenceKind) -> Evidence | None:
        """Return the newest finding of a kind."""
        return next((one for one in reversed(self.evidence) if one.kind == kind), None)

    @cached_property
    def restored(self) -> Evidence | None:
        """The restore's proof."""
        return self.last(EvidenceKind.RESTORE)

    @cached_property
    def letter(self) -> Letter | None:
        """The newest surat pengajuan that counts."""
        return self.ticket.letters.standing().order_by("-pk").first()

    @cached_property
    def approval(self) -> Approval | None:
        """The yes under which the data were restored."""
        given = self.ticket.approvals.filter(decision=Decision.APPROVED)
        return given.select_related("decided_by", "on_behalf_of").order_by("-pk").first()

    def move_at(self, *names: str) -> datetime | None:
        """Return when one of these moves was last made."""
        moves = Entry.objects.filter(ticket=self.ticket, move__in=names)
        return moves.order_by("-pk").values_list("at", flat=True).first()

    @cached_property
    def said(self) -> Entry | None:
        """What the reporter last said of the result: yes or no."""
        moves = Entry.objects.filter(ticket=self.ticket, move__in=["confirm", "dispute"])
        return moves.order_by("-pk").first()

    @cached_property
    def job(self) -> RestoreJob | None:
        """The restore that the proof names."""
        known = self.restored.facts.get("restore") if self.restored else None
        return RestoreJob.objects.filter(pk=known).first() if isinstance(known, int) else None

    @cached_property
    def versions(self) -> dict[str, ObjectVersion]:
        """The objects that the plan names, by name, as its copy has them."""
        names = scope_names(self.plan)
        if self.plan is None or not names:
            return {}
        snapshot = self.plan.snapshot
        alive = Q(until=None) | Q(until__taken_at__gt=snapshot.taken_at)
        found = ObjectVersion.objects.filter(
            alive, source=snapshot.source, name__in=names, since__taken_at__lte=snapshot.taken_at
        )
        return {version.name: version for version in found}

    def figure(self, name: str) -> int | None:
        """Return a figure that the restore's proof gives; None where it gives none."""
        value = self.restored.facts.get(name) if self.restored else None
        return value if isinstance(value, int) else None


def systems(case: CaseFacts) -> str:
    """Return the systems, each with what its data lie in."""
    names = ", ".join(system.name for system in case.ticket.systems.all())
    if case.plan is None:
        return names or "Belum diketahui"
    source, version = case.plan.source, case.plan.snapshot.server_version
    engine = f"{source.get_engine_display()} {version}".strip()
    return f"{names or source.name} ({source.name}, {engine})"


def scope_names(plan: Plan | None) -> list[str]:
    """Return the names that a plan brings back; none means the whole source."""
    scope: Mapping[str, Any] = plan.scope if plan else {}
    named: Iterable[Any] = scope.get("names") or scope.get("tables") or scope.get("paths") or ()
    return [str(name) for name in named]


def objects(case: CaseFacts) -> str:
    """Return which data it is about, in the reporter's words and by the objects' names."""
    names = scope_names(case.plan)
    told = case.ticket.lost_data.strip()
    if not names:
        return told
    listed = ", ".join(names[:FEW]) if len(names) <= FEW else f"{len(names)} objek, lihat daftar"
    return f"{told}\n{listed}" if told else listed


def lost_when(case: CaseFacts) -> str:
    """Return since when the data are thought lost."""
    ticket = case.ticket
    parts = []
    if ticket.last_right_at:
        parts.append(f"Terakhir benar {moment(ticket.last_right_at)}")
    elif ticket.last_right_words:
        parts.append(f"Terakhir benar {ticket.last_right_words}")
    if ticket.noticed_at:
        parts.append(f"disadari {moment(ticket.noticed_at)}")
    return "; ".join(parts) or "Tidak diketahui"


def searched(case: CaseFacts) -> str:
    """Return what the search found, a line each."""
    found = [one for one in case.evidence if one.kind in SEARCHED_BY][-SEARCHES_TOLD:]
    return "\n".join(one.summary for one in found) or "Tidak dicatat"


def not_brought_back(case: CaseFacts) -> str:
    """Return what the copy could not bring back: what changed between it and the restore."""
    if case.plan is None:
        return ""
    lost = case.plan.weighed.get("lost_rows")
    if lost:
        return f"{measures.number(lost)} baris yang berubah sesudah salinan dibuat."
    return "Tidak ada." if lost == 0 else ""


def copy_fact(snapshot: Snapshot) -> Fact:
    """Return the copy that was used: which, of when, where it lies, and its hash."""
    copies = snapshot.copies.filter(state=CopyState.STORED).select_related("repository__vault")
    where = ", ".join(copy.repository.vault.get_role_display() for copy in copies)
    local = snapshot.taken_at.astimezone(WIB)
    name = f"SK-{local:%Y%m%d-%H%M}-{snapshot.pk}"
    lines = (f"{name}; {moment(snapshot.taken_at)}; {where or 'tidak lagi tersimpan'}",)
    ids = [f"ID {copy.restic_id}" for copy in copies[:1]]
    return Fact("Salinan cadangan dipakai", lines, (*ids, f"SHA-256 {snapshot.manifest_sha256}"))


def times_fact(case: CaseFacts) -> Fact:
    """Return begin and end of the restore."""
    job = case.job
    began = job.started_at if job else case.move_at("start_restore")
    ended = job.finished_at if job else case.move_at("settle_restored")
    if began and ended:
        minutes = max(1, round((ended - began).total_seconds() / 60))
        lines = (f"{moment(began)}, sampai {moment(ended)} ({minutes} menit)",)
    else:
        lines = (moment(ended) if ended else "Tidak dicatat",)
    return Fact("Mulai sampai selesai", lines)


def amount_fact(case: CaseFacts) -> Fact:
    """Return how much was brought back."""
    plan, known = case.plan, list(case.versions.values())
    if plan is None or (scope_names(plan) and not known):
        return Fact("Jumlah dan ukuran", ("Lihat bukti terlampir",))
    if known:
        objects, rows = len(known), sum(one.row_count or 0 for one in known)
        size = sum(one.byte_count for one in known)
    else:
        snapshot = plan.snapshot
        objects, rows, size = snapshot.object_count, snapshot.row_count, snapshot.byte_count
    told = f"{measures.number(objects)} objek; {measures.number(rows)} baris"
    return Fact("Jumlah dan ukuran", (f"{told}; {measures.exact_size(size)}",))


def proof_fact(case: CaseFacts) -> Fact:
    """Return the proof: compared and equal, and who, not the executor, looked at it."""
    lines = [case.restored.summary] if case.restored else []
    equal, total = case.figure("equal"), case.figure("compared")
    if equal is not None and total is not None and not lines:
        lines.append(f"{measures.number(equal)} dari {measures.number(total)} objek sama")
    plan = case.plan
    if plan and plan.verified_by and plan.verified_at:
        who = plan.verified_by.full_name or plan.verified_by.username
        lines.append(f"Diperiksa {moment(plan.verified_at)}, oleh {who} (bukan pelaksana)")
    looked = case.last(EvidenceKind.VERIFICATION)
    right = bool(looked and looked.facts.get("right"))
    codes = (f"SHA-256 {case.restored.sha256}",) if case.restored else ()
    return Fact("Hasil verifikasi", tuple(lines), codes, "Sesuai." if right else "")


def object_table(case: CaseFacts) -> tuple[Table, ...]:
    """Return the objects one by one, where they are more than the table of facts can name."""
    names = scope_names(case.plan)
    if case.plan is None or len(names) <= FEW:
        return ()
    rows = tuple(_object_row(name, case.versions.get(name)) for name in names[:MOST_LISTED])
    caption = f"Daftar objek ({len(names)})"
    return (Table(caption, ("Objek", "Baris", "Bita", "SHA-256"), rows, (1, 2)),)


def _object_row(name: str, version: ObjectVersion | None) -> tuple[str, ...]:
    if version is None:
        return (name, "", "", "")
    rows = "" if version.row_count is None else measures.number(version.row_count)
    return (name, rows, measures.number(version.byte_count), version.sha256)


def basis(case: CaseFacts) -> tuple[str, ...]:
    """Return on what the record rests: ticket, letter, approval, procedure."""
    ticket = case.ticket
    told = [f"Tiket Nomor {ticket.number} tanggal {long_date(_day(ticket.filed_at))}"]
    if case.letter:
        told.append(
            f"Surat Pengajuan Nomor {case.letter.number} tanggal {long_date(case.letter.dated)}"
        )
    if case.approval and case.approval.decided_by and case.approval.decided_at:
        who = case.approval.decided_by.full_name or case.approval.decided_by.username
        if case.approval.on_behalf_of:
            who += f" atas nama {case.approval.on_behalf_of.full_name}"
        told.append(f"Persetujuan pemulihan oleh {who}, {moment(case.approval.decided_at)}")
    told.append("SOP Backup dan Restore Data Server, SOP-02.001/BPTI/2020")
    return tuple(told)


def _day(at: datetime) -> Any:
    return at.astimezone(WIB).date()

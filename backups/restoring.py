"""Asking for restores and their undoing: gates, holds and the audit trail, in one transaction.

Pages, commands and the desk order here; the work is in jobs. What a case is this room never
hears: an order to live brings a reference (somebody approved it) or an emergency's reason.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from backups.catalogue.hold import hold
from backups.downloading import Recipient, withdraw
from backups.errors import OrderRefused
from backups.models import (
    BEFORE_SWAP,
    Download,
    Emergency,
    JobState,
    RestoreJob,
    RestoreTarget,
    RestoreUndo,
    Snapshot,
    Source,
)
from backups.orders import cancel, ring
from backups.specs import ScopeKind
from portal.accounts.models import User
from portal.audit.record import record

WHOLE: Mapping[str, Any] = {"kind": "whole"}


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for, by whom and why.

    `scope` is {"kind": ..., "names": [...]} and what its kind adds. To live an order needs a
    `reference` (with `reference_name` for people) or an `emergency`. `operator` is the system
    account of a command, as the audit trail names it. `task` is rung with the row's key at the
    end. With `fingerprint` the plan is void once the target is another. A download is for a
    `recipient`, or a plain file at the path `out` for an operator.
    """

    snapshot: Snapshot
    target: RestoreTarget
    scope: Mapping[str, Any] = field(default_factory=lambda: dict(WHOLE))
    target_name: str = ""
    by: User | None = None
    operator: str = ""
    reference: str = ""
    reference_name: str = ""
    emergency: str = ""
    task: str = ""
    fingerprint: str = ""
    recipient: Recipient | None = None
    out: str = ""

    @property
    def is_download(self) -> bool:
        """True for what never touches live."""
        return self.target == RestoreTarget.DOWNLOAD

    @property
    def actor(self) -> User | str:
        """As what the audit trail knows who orders."""
        return self.by or self.operator or "system:restore"


def order_restore(order: Order, now: datetime, *, rung: bool = True) -> RestoreJob:
    """Order a restore; its copy is held until nothing of it can be needed any more.

    Raises OrderRefused when another restore or undo of the source is not over, when no vault has
    the copy, or when it would go to live without a reason.
    """
    source = order.snapshot.source
    _require_reason(order)
    _require_scope(order)
    if not Snapshot.every.restorable().filter(pk=order.snapshot.pk).exists():
        raise OrderRefused(f"No vault has the copy {order.snapshot} any more.")
    try:
        with transaction.atomic():
            if not order.is_download:
                _require_no_undo(source)
            job = _create(order, now)
            hold(order.snapshot, job.hold_key, f"Pemulihan {job.pk}", now)
            if rung:
                ring(job, now)
            _tell(job, "restore.ordered", order.actor, copy=order.snapshot.pk)
    except IntegrityError:
        doing = "made into a download" if order.is_download else "restored"
        raise OrderRefused(
            f"{source.name} is being {doing} already.", advice="Wait for that to end."
        ) from None
    return job


def _require_reason(order: Order) -> None:
    if order.target == RestoreTarget.LIVE and not (order.reference or order.emergency.strip()):
        raise OrderRefused(
            f"Nobody approved a restore over {order.snapshot.source.name}.",
            advice="Give an approved case, or an emergency with its reason.",
        )
    if order.target == RestoreTarget.BESIDE and not order.target_name.strip():
        raise OrderRefused(
            "What is restored beside needs a name.", advice="Say under which name it is to stand."
        )
    if order.is_download and not (order.recipient or order.out):
        raise OrderRefused(
            "Nobody is named for whom the download would be.",
            advice="Say whose it is, or the file that it is to be written to.",
        )


def _require_scope(order: Order) -> None:
    """Refuse an order that does not spell out what of the copy it wants: nothing is guessed."""
    kind = order.scope.get("kind")
    named = order.scope.get("names") or order.scope.get("pick") or order.scope.get("file")
    if kind not in set(ScopeKind) or (kind != ScopeKind.WHOLE and not named):
        raise OrderRefused(
            "The order does not say what of the copy is to be restored.",
            advice="Choose the plan anew: all of it, or which tables, files or rows.",
        )
    part = order.snapshot.part
    if part is not None and not (
        kind == ScopeKind.TABLES and set(order.scope.get("names") or ()) <= set(part)
    ):
        raise OrderRefused(
            f"This copy holds the tables {', '.join(part)} and nothing else.",
            advice="Choose among these tables, or another copy.",
        )


def _require_no_undo(source: Source) -> None:
    Source.objects.select_for_update().get(pk=source.pk)
    if RestoreUndo.objects.unfinished().filter(source=source).exists():
        raise OrderRefused(f"A restore of {source.name} is being undone; wait for its end.")


def _create(order: Order, now: datetime) -> RestoreJob:
    job = RestoreJob.objects.create(
        source=order.snapshot.source,
        snapshot=order.snapshot,
        scope=dict(order.scope),
        target=order.target,
        target_name=order.target_name.strip(),
        label=f"pulih_{secrets.token_hex(5)}",
        fingerprint=order.fingerprint,
        reference=order.reference,
        reference_name=order.reference_name,
        task=order.task,
        operator=order.operator,
        emergency=order.emergency.strip(),
        ordered_by=order.by,
        ordered_at=now,
    )
    if order.is_download:
        columns = order.recipient.columns() if order.recipient else {}
        Download.objects.create(restore=job, out=order.out, **columns)
    return job


def order_again(old: Download, by: User, now: datetime) -> RestoreJob:
    """Order a download once more for the same person, under a new key; the old one is withdrawn.

    What was approved is approved: the same copy, as much of it, the same person. Raises
    OrderRefused when that copy is gone, or while a download of the source is being made.
    """
    job = old.restore
    if old.out or job.is_unfinished:
        raise OrderRefused("This download is not made yet, or was written to a file.")
    order = Order(
        snapshot=job.snapshot,
        target=RestoreTarget.DOWNLOAD,
        scope=job.scope,
        by=by,
        reference=job.reference,
        reference_name=job.reference_name,
        recipient=Recipient.of(old),
    )
    with transaction.atomic():
        withdraw(old, by, now)
        return order_restore(order, now)


def _tell(job: RestoreJob, verb: str, actor: User | str, **facts: Any) -> None:
    told = {
        "source": job.source.key,
        "target": str(job.target),
        "case": job.reference_name,
        "emergency": bool(job.emergency),
    }
    record(verb, actor=actor, subject=job, facts=told | facts)


def order_undo(
    job: RestoreJob, now: datetime, *, by: User | None = None, operator: str = "", rung: bool = True
) -> RestoreUndo:
    """Order that what was live before is live again; the undo that is not over yet is returned.

    Raises OrderRefused when there is nothing to bring back any more, or when a later restore
    stands upon this one.
    """
    waiting = RestoreUndo.objects.unfinished().filter(restore=job).first()
    if waiting:
        return waiting
    if not job.can_undo(now):
        raise OrderRefused(
            f"Restore {job.pk} cannot be undone: {_why_not(job)}.",
            advice="Its safety copy can be restored like any other.",
        )
    try:
        with transaction.atomic():
            _require_newest(job)
            undo = RestoreUndo.objects.create(
                restore=job,
                source=job.source,
                ordered_by=by,
                operator=operator,
                ordered_at=now,
            )
            if rung:
                ring(undo, now)
            _tell(job, "restore.undo_ordered", by or operator or "system:restore")
    except IntegrityError:
        raise OrderRefused(f"A restore of {job.source.name} is being undone already.") from None
    return undo


def _why_not(job: RestoreJob) -> str:
    if job.undone_at:
        return "it was undone before"
    if job.state != JobState.GOOD or not job.swapped_at:
        return "it replaced nothing"
    return "its time is over and what was before is removed"


def _require_newest(job: RestoreJob) -> None:
    Source.objects.select_for_update().get(pk=job.source_id)
    others = RestoreJob.objects.filter(source=job.source).exclude(target=RestoreTarget.DOWNLOAD)
    if others.unfinished().exists():
        raise OrderRefused(f"{job.source.name} is being restored; wait for its end.")
    later = others.filter(
        swapped_at__gt=job.swapped_at, undone_at=None, state=JobState.GOOD
    ).first()
    if later:
        raise OrderRefused(
            f"Restore {later.pk} came after this one.", advice=f"Undo restore {later.pk} first."
        )


def cancel_restore(job: RestoreJob, by: User | str, now: datetime) -> bool:
    """Stop a restore before it touches anything living; False when it is too late for that."""
    with transaction.atomic():
        may_stop = Q(recovering=False) | Q(target=RestoreTarget.DOWNLOAD)
        rows = RestoreJob.objects.filter(may_stop, pk=job.pk, phase__in=BEFORE_SWAP)
        fresh = rows.select_for_update().first()
        if fresh is None or not cancel(fresh, now):
            return False
        if fresh.safety_run:
            cancel(fresh.safety_run, now)
        _tell(fresh, "restore.cancelled", by)
    return True


def review(job: RestoreJob, by: User, words: str, now: datetime) -> bool:
    """Keep a second person's sight of an emergency; False when it was reviewed before.

    Raises OrderRefused for the very person who ordered it.
    """
    if job.ordered_by_id == by.pk:
        raise OrderRefused("Whoever ordered an emergency cannot review it.")
    with transaction.atomic():
        due = RestoreJob.objects.filter(pk=job.pk, reviewed_at=None).exclude(emergency="")
        if not due.update(second_person=by, reviewed_at=now, review_words=words.strip()):
            return False
        _tell(job, "restore.reviewed", by)
    return True


def end_undo(reference: str, now: datetime) -> int:
    """End the undo period of what was ordered under `reference`; the old is removed soon after."""
    standing = RestoreJob.objects.filter(reference=reference, state=JobState.GOOD, undone_at=None)
    return standing.filter(undo_until__gt=now).update(undo_until=now)


def ask_emergency(
    snapshot: Snapshot, scope: Mapping[str, Any], reason: str, by: User, now: datetime
) -> Emergency:
    """Ask for a restore to live without a case; another person has to agree."""
    with transaction.atomic():
        asked = Emergency.objects.create(
            source=snapshot.source,
            snapshot=snapshot,
            scope=dict(scope),
            reason=reason.strip(),
            asked_by=by,
            asked_at=now,
        )
        facts = {"source": snapshot.source.key, "copy": snapshot.pk}
        record("restore.emergency_asked", actor=by, subject=asked, facts=facts)
    return asked


def agree(asked: Emergency, by: User, now: datetime) -> RestoreJob:
    """Agree to an emergency as the second person; the restore is ordered and counts as reviewed.

    Raises OrderRefused for the one who asked, or when it was answered before.
    """
    if asked.asked_by_id == by.pk:
        raise OrderRefused("An emergency needs two people: somebody else has to agree.")
    with transaction.atomic():
        _answer(asked, by, now)
        order = Order(
            snapshot=asked.snapshot,
            target=RestoreTarget.LIVE,
            scope=asked.scope,
            by=asked.asked_by,
            emergency=asked.reason,
        )
        job = order_restore(order, now)
        RestoreJob.objects.filter(pk=job.pk).update(second_person=by, reviewed_at=now)
        Emergency.objects.filter(pk=asked.pk).update(restore=job)
        _tell(job, "restore.emergency_agreed", by)
    return job


def decline(asked: Emergency, by: User, now: datetime) -> None:
    """Refuse or take back an emergency that nobody answered yet."""
    with transaction.atomic():
        rows = Emergency.objects.filter(pk=asked.pk, answered_at=None)
        answerer = None if asked.asked_by_id == by.pk else by
        if rows.update(answered_by=answerer, answered_at=now):
            record("restore.emergency_declined", actor=by, subject=asked, facts={})


def _answer(asked: Emergency, by: User, now: datetime) -> None:
    rows = Emergency.objects.filter(pk=asked.pk, answered_at=None)
    if not rows.update(answered_by=by, answered_at=now):
        raise OrderRefused("This request was answered before.")


def unreviewed() -> list[RestoreJob]:
    """Return the emergencies that no second person has looked at yet, the newest first."""
    due = RestoreJob.objects.filter(reviewed_at=None).exclude(emergency="")
    return list(due.select_related("source"))

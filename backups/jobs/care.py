"""Care for the vaults: every byte read in turn, what is damaged told, mended and read again.

A damaged file of a repository is mended from the other vault: the nights that need it are
forgotten there, which frees the file, and copied anew. First the other vault is read whole, so
that nothing half good is given up for something worse.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Sum

from backups import wiring
from backups.alerts import clear_alert, raise_alert
from backups.errors import BackupError, RepositoryDamaged, RepositoryError
from backups.jobs import lifecycle
from backups.models import (
    AlertKind,
    Copy,
    CopyState,
    JobState,
    Repository,
    Vault,
    VaultCheck,
    VaultMeasure,
)
from backups.orders import order_check
from backups.reading import parts_due, parts_for
from backups.repository.base import Repository as RepositoryPort
from portal.audit.record import record
from portal.lib import clock

STANDING = (CopyState.STORED, CopyState.DAMAGED)


def order_readings(now: datetime) -> list[VaultCheck]:
    """Order tonight's part of every repository's reading, and measure the vaults."""
    measure(now)
    rows = Repository.objects.filter(vault__enabled=True, source__retired_at=None)
    return [
        order_check(row, now, rolling=True)
        for row in rows.exclude(initialised_at=None)
        if not VaultCheck.objects.unfinished().filter(repository=row).exists()
    ]


def measure(now: datetime) -> None:
    """Write down what each vault takes today, and what is free beside it."""
    day = clock.wib_date(now)
    for vault in Vault.objects.filter(enabled=True):
        used = vault.repositories.aggregate(used=Sum("stored_bytes"))["used"] or 0
        VaultMeasure.objects.update_or_create(
            vault=vault, day=day, defaults={"used_bytes": used, "free_bytes": _free(vault)}
        )


def _free(vault: Vault) -> int | None:
    place = Path(vault.location)
    if not vault.location.startswith("/") or not place.exists():
        return None
    return shutil.disk_usage(place).free


def check_vault(pk: int, now: datetime) -> JobState | None:
    """Check one repository: its structure, the next part, or every byte; None when it is taken.

    GOOD means sound at the end, whatever had to be mended on the way; then the log says what.
    """
    job = lifecycle.claim(VaultCheck, pk, now)
    if job is None:
        return None
    state = lifecycle.carry_out(job, lambda watch: _check(job, watch))
    source, vault = job.repository.source, job.repository.vault
    if state == JobState.GOOD and not _damaged(job.repository):
        clear_alert(AlertKind.VAULT_DAMAGED, clock.now(), source=source, vault=vault)
    return state


def _damaged(row: Repository) -> bool:
    return row.copies.filter(state=CopyState.DAMAGED).exists()


def _check(job: VaultCheck, watch: lifecycle.JobWatch) -> None:
    row, repository = job.repository, wiring.repository_for(job.repository)
    with suppress(BackupError):  # whoever still needs it says so himself
        repository.unlock()
    for part in _parts(job, clock.now()):
        try:
            repository.check(watch, read_data=job.read_data, part=part)
        except RepositoryDamaged as error:
            _mend(row, repository, error, watch)
            repository.check(watch, read_data=job.read_data, part=part)
        _note_read(job, part)
    _settle(row, repository, watch, all_read=job.read_data)
    lifecycle.finish_good(job, watch)


def _parts(job: VaultCheck, now: datetime) -> list[str]:
    """Return what this check reads: "k/n" for each part that is due, "" for all it asks for."""
    if not job.rolling:
        return [""]
    row, parts = job.repository, parts_for(job.repository.vault.read_within_days)
    if row.read_parts != parts or row.read_part >= parts or row.cycle_at is None:
        row.read_parts, row.read_part, row.cycle_at = parts, 0, now
        row.save(update_fields=["read_parts", "read_part", "cycle_at"])
    due = parts_due(row.cycle_at, row.read_part, parts, now)
    return [f"{row.read_part + number}/{parts}" for number in range(1, due + 1)]


def _note_read(job: VaultCheck, part: str) -> None:
    row, now = job.repository, clock.now()
    row.checked_at = now
    if part:
        row.read_part = int(part.partition("/")[0])
    if job.read_data or (part and row.read_part == row.read_parts):
        row.read_at = row.cycle_at if part else now  # from then on all of it is known
    row.save(update_fields=["checked_at", "read_part", "read_at"])


def _mend(
    row: Repository, repository: RepositoryPort, error: RepositoryDamaged, watch: lifecycle.JobWatch
) -> None:
    """Say which nights the damage touches; bring them back from another vault, or raise."""
    touched = _touched(row, repository, error.packs)
    nights = [f"{copy.snapshot.taken_at.astimezone(clock.WIB):%Y-%m-%d}" for copy in touched]
    Copy.objects.filter(pk__in=[copy.pk for copy in touched]).update(
        state=CopyState.DAMAGED, error=str(error)
    )
    facts: dict[str, Any] = {"error": str(error), "nights": nights}
    facts["error_kind"] = RepositoryDamaged.__name__
    raise_alert(AlertKind.VAULT_DAMAGED, clock.now(), source=row.source, vault=row.vault, **facts)
    watch.note(f"Damage touches {len(nights)} nights: {', '.join(nights[:31])}")
    others = {copy.pk: _other(copy) for copy in touched}
    if not touched or not all(others.values()):
        raise RepositoryDamaged(
            f"{error} It touches the nights {', '.join(nights[:31]) or 'of no copy'}, and no other"
            " vault has all of them.",
        )
    for other in {o.repository for o in others.values() if o}:
        watch.note(f"{other.vault.name}: reading all of it before anything is mended from it")
        wiring.repository_for(other).check(watch, read_data=True)
    repository.forget([copy.restic_id for copy in touched], watch)
    for copy in touched:
        if origin := others[copy.pk]:
            _bring_back(copy, origin, repository, watch)
    told = {"source": row.source.key, "vault": row.vault.name, "nights": nights}
    with transaction.atomic():
        record("vault.mended", actor="system:care", subject=row, facts=told)
    watch.note(f"{len(nights)} nights were brought back from another vault")


def _settle(
    row: Repository, repository: RepositoryPort, watch: lifecycle.JobWatch, *, all_read: bool
) -> None:
    """After a check that found nothing: end what an earlier mending left undone.

    A night that is not listed any more is copied anew; one that is, is sound once all was read.
    """
    damaged = list(row.copies.filter(state=CopyState.DAMAGED).select_related("snapshot"))
    if not damaged:
        return
    listed = {snapshot.id for snapshot in repository.snapshots()}
    for copy in damaged:
        if copy.restic_id in listed:
            if all_read:
                Copy.objects.filter(pk=copy.pk).update(state=CopyState.STORED, error="")
        elif origin := _other(copy):
            _bring_back(copy, origin, repository, watch)


def _touched(row: Repository, repository: RepositoryPort, packs: Sequence[str]) -> list[Copy]:
    """Return the copies that the damage touches, those of an earlier, unmended one among them."""
    try:
        holding = repository.holding(packs)
    except RepositoryError:
        holding = set(row.copies.values_list("restic_id", flat=True))
    copies = row.copies.filter(state__in=STANDING).select_related("snapshot")
    return [
        copy
        for copy in copies.order_by("snapshot__taken_at")
        if copy.restic_id in holding or copy.state == CopyState.DAMAGED
    ]


def _other(copy: Copy) -> Copy | None:
    """Return the same night's copy in another vault, None when there is none."""
    others = Copy.objects.filter(
        snapshot=copy.snapshot_id, state=CopyState.STORED, repository__vault__enabled=True
    )
    found = others.exclude(pk=copy.pk).select_related("repository__vault", "repository__source")
    return found.first()


def _bring_back(
    copy: Copy, origin: Copy, repository: RepositoryPort, watch: lifecycle.JobWatch
) -> None:
    source = wiring.repository_for(origin.repository)
    stored = source.copy_to(repository, origin.restic_id, watch)
    if stored.tree != origin.tree:
        raise RepositoryDamaged(f"{copy} came back otherwise than it was.")
    Copy.objects.filter(pk=copy.pk).update(
        state=CopyState.STORED,
        restic_id=stored.id,
        tree=stored.tree,
        stored_at=clock.now(),
        error="",
    )

"""The page of vaults: where the copies lie, how much they hold, and when they were last read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backups.forecast import LOOKED_AT, Forecast, forecast
from backups.models import Copy, CopyState, Repository, Vault, VaultMeasure
from backups.repository.locations import shown
from backups.views.access import staff
from portal.lib import clock
from portal.lib.marks import Mark

HELD = (CopyState.STORED, CopyState.OWED, CopyState.DAMAGED)


@dataclass(slots=True)
class RepositoryRow:
    """One source's repository in a vault, with its copies counted by state."""

    repository: Repository
    counts: Counter[str]

    @property
    def mark(self) -> Mark:
        """How the repository stands."""
        return _mark(self.counts)

    @property
    def kept(self) -> int:
        """How many nights it holds."""
        return self.counts[CopyState.STORED]


@dataclass(slots=True)
class VaultRow:
    """A vault; `read` of its repositories were read whole within the days it promises."""

    vault: Vault
    location: str
    rows: list[RepositoryRow]
    read: int
    forecast: Forecast | None
    free_bytes: int | None

    @property
    def stored_bytes(self) -> int:
        """What all of it takes on its disk, as last measured."""
        return sum(row.repository.stored_bytes or 0 for row in self.rows)

    @property
    def counts(self) -> Counter[str]:
        """All its copies by state."""
        return sum((row.counts for row in self.rows), Counter())

    @property
    def mark(self) -> Mark:
        """How the vault stands: as its worst repository."""
        if not self.vault.enabled:
            return Mark.PAUSED
        return _mark(self.counts)


def _mark(counts: Counter[str]) -> Mark:
    """Return the worst that is said of any of these copies."""
    if counts[CopyState.DAMAGED]:
        return Mark.FAILED
    if counts[CopyState.OWED]:
        return Mark.OWING
    return Mark.GOOD if counts[CopyState.STORED] else Mark.NONE


@staff
def vaults(request: HttpRequest) -> HttpResponse:
    """Show every vault with what it holds, what it is owed, and how much of it was read."""
    now = clock.now()
    counts = _counts()
    kept = Repository.objects.filter(source__retired_at=None).select_related("source", "vault")
    by_vault: dict[int, list[RepositoryRow]] = {}
    for repository in kept.order_by("source__name"):
        row = RepositoryRow(repository, counts.get(repository.pk, Counter()))
        by_vault.setdefault(repository.vault_id, []).append(row)
    measures = _measures()
    rows = [
        _vault_row(vault, by_vault.get(vault.pk, []), measures.get(vault.pk, []), now)
        for vault in Vault.objects.all()
    ]
    return render(request, "staf/penyimpanan.html", {"now": now, "rows": rows})


def _vault_row(
    vault: Vault, rows: list[RepositoryRow], measures: list[VaultMeasure], now: datetime
) -> VaultRow:
    since = now - timedelta(days=vault.read_within_days)
    read = sum((row.repository.read_at or since) > since for row in rows)
    free = measures[-1].free_bytes if measures else None
    told = forecast([(each.day, each.used_bytes) for each in measures], free)
    return VaultRow(vault, shown(vault.location), rows, read, told, free)


def _measures() -> dict[int, list[VaultMeasure]]:
    """Return vault id -> what it took on the days that a forecast looks at; one query."""
    since = clock.wib_date(clock.now()) - timedelta(days=LOOKED_AT)
    found: dict[int, list[VaultMeasure]] = {}
    for measure in VaultMeasure.objects.filter(day__gt=since).order_by("day"):
        found.setdefault(measure.vault_id, []).append(measure)
    return found


def _counts() -> dict[int, Counter[str]]:
    """Return repository id -> how many copies it has in each state; one query."""
    found: dict[int, Counter[str]] = {}
    rows = Copy.objects.filter(state__in=HELD).values_list("repository", "state")
    for repository, state, count in rows.annotate(count=Count("pk")).order_by():
        found.setdefault(repository, Counter())[state] = count
    return found

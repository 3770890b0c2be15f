"""The emergency sheet's facts: all that is needed to bring everything back without the portal.

Workers and the command line only: here every repository's password is opened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from backups.models import Copy, CopyState, Repository, Source
from backups.repository.locations import location_for
from portal.lib.clock import WIB
from portal.lib.unseal import unseal


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """One repository: where it is, its password, what restic needs in its environment."""

    vault: str
    role: str
    location: str
    password: str
    environment: dict[str, str]
    newest_id: str
    newest_at: str


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One source: what it is and where it lived, and its repositories, local first."""

    name: str
    engine: str
    address: str
    repositories: tuple[RepositoryFacts, ...]


def kit_facts() -> list[SourceFacts]:
    """Return every source that has a repository; retired ones too, for their nights are kept."""
    return [
        SourceFacts(source.name, source.engine, _address(source), repositories)
        for source in Source.objects.all()
        if (repositories := tuple(_repositories(source)))
    ]


def _address(source: Source) -> str:
    host = f"{source.host}:{source.port}" if source.port else source.host
    return " ".join(part for part in (source.ssh or host, source.database, source.path) if part)


def _repositories(source: Source) -> list[RepositoryFacts]:
    rows = source.repositories.exclude(initialised_at=None).select_related("vault")
    return [_repository(row) for row in rows.order_by("vault__role", "vault__name")]


def _wib(moment: datetime) -> str:
    return f"{moment.astimezone(WIB):%Y-%m-%d %H.%M} WIB"


def _repository(row: Repository) -> RepositoryFacts:
    stored = Copy.objects.filter(repository=row, state=CopyState.STORED)
    newest = stored.order_by("-snapshot__taken_at").select_related("snapshot").first()
    return RepositoryFacts(
        vault=row.vault.name,
        role=row.vault.get_role_display(),
        location=location_for(row.vault.location, row.source.key),
        password=unseal(row.password_secret),
        environment=json.loads(unseal(row.vault.environment_secret) or "{}"),
        newest_id=newest.restic_id if newest else "",
        newest_at=_wib(newest.snapshot.taken_at) if newest else "",
    )

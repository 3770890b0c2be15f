"""Opening a repository for work, made the first time and never a second time."""

from __future__ import annotations

from backups import wiring
from backups.errors import BackupError, RepositoryError
from backups.models import Copy, CopyState, Repository, Snapshot, Source, Vault
from backups.repository.base import Repository as RepositoryPort
from portal.lib import clock


def local_repository(source: Source) -> tuple[Repository, RepositoryPort]:
    """Return the source's repository on the local disk, ready to store into."""
    vault = Vault.objects.local().first()
    if vault is None:
        raise BackupError(
            "There is no vault on local disk.",
            advice="Add one: manage.py add_vault NAME --role local --location /path",
        )
    return ready_repository(source, vault)


def ready_repository(
    source: Source, vault: Vault, like: RepositoryPort | None = None
) -> tuple[Repository, RepositoryPort]:
    """Return the source's repository in `vault`, made now if it never was.

    One that was made before and is gone raises RepositoryMissing when it is used: an unmounted
    disk must not be met with a new, empty repository.
    """
    row = wiring.repository_row(source, vault)
    repository = wiring.repository_for(row)
    if row.initialised_at is None:
        repository.create(like)
        row.initialised_at = clock.now()
        row.save(update_fields=["initialised_at"])
    return row, repository


def standing_copies(snapshot: Snapshot) -> list[Copy]:
    """Return the copies that stand, the local one first; RepositoryError when none does."""
    standing = snapshot.copies.filter(state=CopyState.STORED, repository__vault__enabled=True)
    copies = list(
        standing.select_related("repository__vault", "repository__source").order_by(
            "repository__vault__role"
        )
    )
    if not copies:
        raise RepositoryError(f"No copy of {snapshot} is left in any vault.")
    return copies


def standing_copy(snapshot: Snapshot) -> Copy:
    """Return a copy that stands: local first, else any other."""
    return standing_copies(snapshot)[0]

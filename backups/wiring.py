"""From rows to engines and repositories. Workers only: here envelopes are opened."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from backups.engines.base import Engine, Replacer, Restorer
from backups.engines.registry import engine_of_kind, replacer_of_kind, restorer_of_kind
from backups.models import Repository, Source, Vault
from backups.repository import base
from backups.repository.locations import SSH_KEY_FILE
from backups.repository.restic import Restic, location_for
from backups.specs import Credential, RepositorySpec, Scope, ScopeKind, SourceSpec
from portal.lib.seal import seal
from portal.lib.unseal import unseal


def spec_of(source: Source) -> SourceSpec:
    """Return the source as engines see it, its credentials opened."""
    return SourceSpec(
        key=source.key,
        name=source.name,
        engine=source.engine,
        host=source.host,
        port=source.port,
        database=source.database,
        path=source.path,
        ssh=source.ssh,
        ssh_key_file=str(worker_ssh_key()) if source.ssh else "",
        read=_credential(source.read_username, source.read_secret),
        write=_credential(source.write_username, source.write_secret),
        jobs=source.dump_jobs,
        excludes=tuple(line for line in source.excludes.splitlines() if line.strip()),
    )


def worker_ssh_key() -> Path:
    """Return the key by which workers reach folders and vaults on other machines."""
    return Path(settings.PULIH_KEYS) / "workers" / "ssh_key"


def _credential(username: str, envelope: str) -> Credential | None:
    return Credential(username, unseal(envelope)) if username else None


def engine_for(source: Source) -> Engine:
    """Return the engine of the source's kind."""
    return engine_of_kind(source.engine)


def restorer_for(source: Source) -> Restorer:
    """Return what brings the source's kind back."""
    return restorer_of_kind(source.engine)


def replacer_for(source: Source) -> Replacer:
    """Return what replaces the source's kind while it lives."""
    return replacer_of_kind(source.engine)


def scope_of(scope: Mapping[str, Any]) -> Scope:
    """Return an order's scope as engines see it."""
    rows = Path(scope["file"]) if scope.get("file") else None
    return Scope(ScopeKind(scope["kind"]), tuple(scope.get("names", ())), rows)


def repository_for(row: Repository) -> base.Repository:
    """Return the repository behind the row, its password opened."""
    environment = json.loads(unseal(row.vault.environment_secret) or "{}")
    spec = RepositorySpec(
        location=location_for(row.vault.location, row.source.key),
        password=unseal(row.password_secret),
        environment={SSH_KEY_FILE: str(worker_ssh_key()), **environment},
    )
    return Restic(spec, cache=settings.PULIH_CACHE / "restic", lock_folder=settings.PULIH_LOCKS)


def repository_row(source: Source, vault: Vault) -> Repository:
    """Return the row for this source in this vault, made with a new password the first time."""
    row, _ = Repository.objects.get_or_create(
        source=source,
        vault=vault,
        defaults={"password_secret": seal(secrets.token_urlsafe(32))},
    )
    return row


def staging_folder(source: Source) -> Path:
    """Return the folder on local disk in which this source's work is staged."""
    return Path(settings.PULIH_STAGING) / source.key

"""Adding sources and vaults: keys that never change, passwords sealed at once."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any

from django.utils.text import slugify

from backups.models import Server, Source, Vault
from portal.lib.seal import seal

KEY_LENGTH = 40
LOCAL_SERVER = "server-lokal"


def new_key(name: str) -> str:
    """Return a key for a source: readable, unique, fit for any file system and URL."""
    word = re.sub(r"[^a-z0-9-]", "", slugify(name))[:KEY_LENGTH].strip("-") or "sumber"
    key = word
    while Source.objects.filter(key=key).exists():
        key = f"{word}-{secrets.token_hex(2)}"
    return key


def add_source(
    name: str,
    *,
    server: Server | None = None,
    read_password: str = "",
    write_password: str = "",
    now: datetime,
    **fields: Any,
) -> Source:
    """Add a source, its passwords sealed; raises ValidationError for fields that do not fit."""
    source = Source(name=name, key=new_key(name), **fields)
    source.server = server or Server.objects.get_or_create(name=LOCAL_SERVER)[0]
    set_passwords(source, now, read=read_password, write=write_password)
    source.full_clean()
    source.save()
    return source


def set_passwords(source: Source, now: datetime, *, read: str = "", write: str = "") -> None:
    """Seal new passwords onto the source (not saved); an empty one leaves the old in place."""
    if read:
        source.read_secret = seal(read)
    if write:
        source.write_secret = seal(write)
    if read or write:
        source.secrets_changed_at = now


def add_vault(name: str, *, role: str, location: str, environment_json: str = "") -> Vault:
    """Add a vault; its repositories are made when first used."""
    vault = Vault(name=name, role=role, location=location)
    vault.environment_secret = seal(environment_json)
    vault.full_clean()
    vault.save()
    return vault

"""What a restore to a living MariaDB database would meet, asked without changing anything."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pymysql

from backups import manifest
from backups.engines.mariadb_links import links_of, links_to
from backups.engines.mariadb_load import wanted_parts
from backups.engines.mariadb_places import as_writer, standing_of, tables_in, writing
from backups.engines.mariadb_programs import Programs, read_programs
from backups.engines.mariadb_rights import lacking
from backups.specs import Fetched, Scope, SourceSpec, Survey, Told, some

_SIZE = """
    SELECT table_name, COALESCE(data_length, 0) + COALESCE(index_length, 0)
    FROM information_schema.tables WHERE table_schema = %s AND table_type <> 'VIEW'"""
_CONNECTIONS = """
    SELECT COUNT(*) FROM information_schema.processlist
    WHERE db = %s AND id <> CONNECTION_ID()"""
Cursor = pymysql.cursors.Cursor


def survey(live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
    """Ask the server. Raises SourceUnreachable, SourceRefused or BackupError of a missing table."""
    writer = as_writer(live)
    recorded = _recorded(noted, scope)
    with writing(live) as cursor:
        exists = bool(standing_of(cursor, (live.database,)))
        standing = tables_in(cursor, live.database)
        chosen = [name for name in standing if scope.is_whole or name in scope.names]
        tables = None if scope.is_whole else frozenset(scope.names)
        blockers = tuple(lacking(cursor, live.database, recorded, tables))
        readable = exists and not blockers  # mariadb-dump raises for what it may not see
        now = read_programs(writer, None if scope.is_whole else chosen) if readable else Programs()
        cursor.execute("SELECT VERSION(), @@hostname, @@datadir")
        ((version, *identity),) = cursor.fetchall()
        cursor.execute(_SIZE, (live.database,))
        sizes = {name: int(size) for name, size in cursor.fetchall()}
        cursor.execute(_CONNECTIONS, (live.database,))
        ((connections,),) = cursor.fetchall()
        return Survey(
            exists=exists,
            overwrites=tuple(chosen),
            connections=int(connections),
            size_bytes=sum(sizes[name] for name in chosen if name in sizes),
            free_bytes=_free(live, identity[1]),
            blockers=blockers,
            warnings=(
                *(_differences(recorded, now, whole=scope.is_whole) if readable else ()),
                *_crossing(cursor, live, chosen, whole=scope.is_whole),
                *_versions(noted, version),
            ),
            fingerprint=_fingerprint([live.database, *identity], now),
        )


def _recorded(noted: Fetched, scope: Scope) -> dict[tuple[str, str], str]:
    """Return the copy's definitions of what `scope` brings."""
    wanted_parts(noted.dump, scope)
    return {
        (entry.kind, entry.name): entry.schema_sha256 or ""
        for entry in manifest.read_objects(noted.dump / manifest.FILE_NAME)
        if entry.kind not in {"roles", "database", "schema"}
        and (scope.is_whole or (entry.kind in {"table", "sequence"} and entry.name in scope.names))
    }


def _fingerprint(identity: list[str], now: Programs) -> str:
    listed = sorted([*key, digest] for key, digest in now.definitions.items())
    return hashlib.sha256(json.dumps([identity, listed]).encode()).hexdigest()


def _free(live: SourceSpec, datadir: str) -> int | None:
    """Return what is free on the server's disk, where that is this machine's too."""
    if not live.host.startswith("/"):
        return None
    try:
        return shutil.disk_usage(Path(datadir)).free
    except OSError:
        return None


def _differences(
    recorded: dict[tuple[str, str], str], now: Programs, *, whole: bool
) -> Iterator[Told]:
    there = {key: digest for key, digest in now.definitions.items() if whole or key in recorded}
    changed = [key[1] for key, each in recorded.items() if there.get(key, each) != each]
    new = [key[1] for key in there if key not in recorded]
    gone = [key[1] for key in recorded if key not in there]
    if changed:
        yield Told("defined_otherwise", some(sorted(changed)))
    if new:
        yield Told("made_since", some(sorted(new)))
    if gone:
        yield Told("gone_since", some(sorted(gone)))


def _crossing(
    cursor: Cursor, live: SourceSpec, chosen: list[str], *, whole: bool
) -> Iterator[Told]:
    referring = {
        f"{link.table} -> {link.target}"
        for link in links_to(cursor, live.database, chosen)
        if (link.schema, link.table) not in {(live.database, name) for name in chosen}
    }
    if referring:
        yield Told("referred_from", some(sorted(referring)))
    if whole:
        return
    owing = {
        f"{link.table} -> {link.target}"
        for link in links_of(cursor, live.database, chosen)
        if link.target not in chosen
    }
    if owing:
        yield Told("refers_to", some(sorted(owing)))


def _versions(noted: Fetched, version: str) -> Iterator[Told]:
    copied = manifest.read_head(noted.dump / manifest.FILE_NAME)["server_version"]
    of_copy, of_server = (tuple(map(int, re.findall(r"\d+", v)[:2])) for v in (copied, version))
    if of_copy > of_server:
        yield Told("newer_server", {"copy": copied, "server": version})

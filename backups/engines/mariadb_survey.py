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
from backups.engines.mariadb_catalogue import rights_on
from backups.engines.mariadb_contents import some
from backups.engines.mariadb_links import links_of, links_to
from backups.engines.mariadb_load import wanted_parts
from backups.engines.mariadb_places import Places, as_writer, standing_of, tables_in, writing
from backups.engines.mariadb_programs import Programs, read_programs
from backups.specs import Fetched, Scope, SourceSpec, Survey

NEEDED = frozenset(
    {
        "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER",
        "LOCK TABLES", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT",
        "TRIGGER",
    }
)  # fmt: skip
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
        now = read_programs(writer, None if scope.is_whole else chosen) if exists else Programs()
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
            blockers=tuple(_blockers(cursor, live)),
            warnings=(
                *_differences(recorded, now, whole=scope.is_whole),
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


def _blockers(cursor: Cursor, live: SourceSpec) -> Iterator[str]:
    cursor.execute("SHOW GRANTS")
    lines = [line for (line,) in cursor.fetchall()]
    names = (live.database, *Places.of(live.database, "pulih_0").all)
    lacking = {
        right
        for name in names
        for right in NEEDED
        if not rights_on(name, lines) & {right, "ALL PRIVILEGES"}
    }
    if lacking:
        user = as_writer(live).read
        beside = live.database.replace("`", "``").replace("_", "\\_").replace("%", "\\%")
        yield (
            f"The account that writes lacks {', '.join(sorted(lacking))}. GRANT ALL ON"
            f" `{beside}`.* and on `{beside}\\_\\_pulih\\_%`.* TO {user.username if user else '?'}."
        )


def _differences(
    recorded: dict[tuple[str, str], str], now: Programs, *, whole: bool
) -> Iterator[str]:
    there = {key: digest for key, digest in now.definitions.items() if whole or key in recorded}
    changed = [key[1] for key, each in recorded.items() if there.get(key, each) != each]
    new = [key[1] for key in there if key not in recorded]
    gone = [key[1] for key in recorded if key not in there]
    if changed:
        yield f"Defined otherwise since the copy, and then as in the copy: {some(sorted(changed))}."
    if new:
        yield f"Made since the copy, and put aside with what was live: {some(sorted(new))}."
    if gone:
        yield f"No longer there, and brought back: {some(sorted(gone))}."


def _crossing(cursor: Cursor, live: SourceSpec, chosen: list[str], *, whole: bool) -> Iterator[str]:
    referring = {
        f"{link.table} -> {link.target}"
        for link in links_to(cursor, live.database, chosen)
        if (link.schema, link.table) not in {(live.database, name) for name in chosen}
    }
    if referring:
        yield (
            "Tables that stay as they are refer to what is brought back; rows whose parent the"
            f" copy has not are kept: {some(sorted(referring))}."
        )
    if whole:
        return
    owing = {
        f"{link.table} -> {link.target}"
        for link in links_of(cursor, live.database, chosen)
        if link.target not in chosen
    }
    if owing:
        yield f"What is brought back refers to tables that stay as they are: {some(sorted(owing))}."


def _versions(noted: Fetched, version: str) -> Iterator[str]:
    copied = manifest.read_head(noted.dump / manifest.FILE_NAME)["server_version"]
    of_copy, of_server = (tuple(map(int, re.findall(r"\d+", v)[:2])) for v in (copied, version))
    if of_copy > of_server:
        yield f"The copy comes from a newer server ({copied}) than this one ({version})."

"""Reads a finished dump back whole and turns it into the manifest's objects."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Literal, TextIO

from backups import process
from backups.engines.postgresql_catalogue import Catalogue
from backups.engines.postgresql_client import Tools, tool_error
from backups.engines.postgresql_data import Content, read_large_objects, read_tables
from backups.engines.postgresql_schema import (
    FUNCTION,
    RELATION,
    Entry,
    read_list,
    read_statements,
    write_schema,
)
from backups.errors import DumpFailed
from backups.specs import ManifestObject, SourceSpec, Watch

SCHEMA_FILE = "schema.sql"
ROLES_FILE = "roles.sql"
DATABASE_FILE = "database.json"
LARGE_OBJECTS = "large objects"
NAMES_TOLD = 5

Digests = Mapping[tuple[int, int], str]


def read_contents(
    spec: SourceSpec, tools: Tools, folder: Path, catalogue: Catalogue, watch: Watch
) -> list[ManifestObject]:
    """Return every object of the dump below `folder`, sorted by kind and name.

    Writes schema.sql. Raises DumpFailed when anything that the catalogue promised is missing,
    or any file is cut short.
    """
    restore = _Restore(spec, tools, folder / "data", watch)
    entries = restore.entries()
    tables = {each.oid: folder / "data" / f"{each.dump_id}.dat" for each in _table_data(entries)}
    _refuse_gaps(spec, catalogue, entries, set(tables))
    names = {path: _name_of(spec, catalogue, oid) for oid, path in tables.items()}
    read = read_tables(names, watch)
    contents = {oid: (path, read[path]) for oid, path in tables.items()}
    digests = restore.write_schema(catalogue, folder / SCHEMA_FILE)
    values = restore.sequence_values(entries)
    objects = [
        *_relations(catalogue, contents, values, digests),
        *_functions(catalogue, digests),
        *_large_objects(spec, folder / "data", catalogue, watch),
        *_notes(folder),
    ]
    return sorted(objects, key=lambda each: (each.kind, each.name))


class _Restore:
    """What `pg_restore` tells of one dump; it needs no server for that."""

    def __init__(self, spec: SourceSpec, tools: Tools, data: Path, watch: Watch) -> None:
        self._spec = spec
        self._program = tools.path("pg_restore")
        self._data = data
        self._watch = watch

    def entries(self) -> dict[int, Entry]:
        """Return the dump's table of contents by dump id."""
        return read_list(self._run("--list").stdout)

    def write_schema(self, catalogue: Catalogue, target: Path) -> Digests:
        """Write the definitions to `target`; return each object's own digest."""
        raw = target.with_suffix(".raw")
        with raw.open("wb") as out:
            self._run("--schema-only", "--verbose", "--file=-", stdout_to=out)
        with _text(raw, "r") as lines, _text(target, "w") as out_text:
            digests = write_schema(read_statements(lines), catalogue, out_text)
        raw.unlink()
        return digests

    def sequence_values(self, entries: Mapping[int, Entry]) -> dict[int, str]:
        """Return by OID the statement that sets each sequence to its value."""
        wanted = "\n".join(each.line for each in entries.values() if each.is_sequence_value)
        if not wanted:
            return {}
        printed = self._run(
            "--data-only",
            "--verbose",
            "--use-list=/dev/stdin",
            "--file=-",
            input_bytes=wanted.encode(),
        ).stdout
        statements = read_statements(io.StringIO(printed, newline="\n"))
        return {entries[each.depends[0]].oid: each.text for each in statements if each.depends}

    def _run(
        self, *options: str, input_bytes: bytes | None = None, stdout_to: IO[bytes] | None = None
    ) -> process.Finished:
        ended = process.run(
            (self._program, *options, str(self._data)),
            watch=self._watch,
            input_from=None if input_bytes is None else (input_bytes,),
            stdout_to=stdout_to,
            keep_all=True,
        )
        if not ended.ok:
            raise tool_error(self._spec, ended)
        return ended


def _text(path: Path, mode: Literal["r", "w"]) -> TextIO:
    """Open as text that gives back every byte, whatever its encoding and its line ends."""
    return path.open(mode, encoding="utf-8", errors="surrogateescape", newline="\n")


def _table_data(entries: Mapping[int, Entry]) -> list[Entry]:
    return [each for each in entries.values() if each.is_table_data]


def _refuse_gaps(
    spec: SourceSpec, catalogue: Catalogue, entries: Mapping[int, Entry], with_data: set[int]
) -> None:
    """Raise DumpFailed when the dump holds less than the database: a hole has no error code."""
    held = {(each.class_id, each.oid) for each in entries.values()}
    relations = [each for each in catalogue.relations.values() if each.defined_in_dump]
    missing = [each.name for each in relations if (RELATION, each.oid) not in held]
    missing += [each.name for each in relations if each.has_data and each.oid not in with_data]
    missing += [name for oid, name in catalogue.functions.items() if (FUNCTION, oid) not in held]
    if missing:
        raise DumpFailed(f"The dump of source {spec.name} lacks {some(sorted(set(missing)))}.")


def _name_of(spec: SourceSpec, catalogue: Catalogue, oid: int) -> str:
    relation = catalogue.relations.get(oid)
    return f"table {relation.name if relation else oid} of source {spec.name}"


def some(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    rest = len(names) - NAMES_TOLD
    return ", ".join(names[:NAMES_TOLD]) + (f" and {rest} more" if rest > 0 else "")


def _relations(
    catalogue: Catalogue,
    contents: Mapping[int, tuple[Path, Content]],
    values: Mapping[int, str],
    digests: Digests,
) -> Iterator[ManifestObject]:
    for relation in catalogue.relations.values():
        if not relation.defined_in_dump and relation.oid not in contents:
            continue
        bare = ManifestObject(
            kind=relation.kind,
            name=relation.name,
            schema_sha256=digests.get((RELATION, relation.oid)),
            columns=relation.columns,
        )
        if relation.oid in contents:
            path, content = contents[relation.oid]
            yield _with_content(bare, content, f"data/{path.name}")
        elif relation.oid in values:
            yield _with_value(bare, values[relation.oid].encode())
        else:
            yield bare


def _with_content(bare: ManifestObject, content: Content, file: str = "") -> ManifestObject:
    return replace(bare, bytes=content.bytes, rows=content.rows, sha256=content.sha256, file=file)


def _with_value(bare: ManifestObject, value: bytes) -> ManifestObject:
    return replace(bare, bytes=len(value), sha256=hashlib.sha256(value).hexdigest())


def _functions(catalogue: Catalogue, digests: Digests) -> Iterator[ManifestObject]:
    for oid, name in catalogue.functions.items():
        yield ManifestObject("function", name, schema_sha256=digests.get((FUNCTION, oid)))


def _large_objects(
    spec: SourceSpec, data: Path, catalogue: Catalogue, watch: Watch
) -> Iterator[ManifestObject]:
    content = read_large_objects(data, spec.name, catalogue.large_objects, watch)
    if content:
        yield _with_content(ManifestObject(LARGE_OBJECTS, LARGE_OBJECTS), content)


def _notes(folder: Path) -> Iterator[ManifestObject]:
    for kind, file in (("schema", SCHEMA_FILE), ("roles", ROLES_FILE), ("database", DATABASE_FILE)):
        if (folder / file).exists():
            data = (folder / file).read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            yield ManifestObject(kind, kind, bytes=len(data), sha256=digest, file=file)

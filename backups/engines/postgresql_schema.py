"""Reads what `pg_restore` says of a dump: its contents, its definitions, its sequences. Pure.

`pg_restore --verbose` heads every statement with the OID that it had in the source, so no name,
however odd, has to be parsed.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import IO, TYPE_CHECKING

from backups.engines.postgresql_normal import normal_form

if TYPE_CHECKING:
    from hashlib import _Hash

    from backups.engines.postgresql_catalogue import Catalogue

RELATION = 1259  # pg_class, whose OIDs are the same in every PostgreSQL
FUNCTION = 1255  # pg_proc
DATA = 0  # pg_dump's own mark for a table's data

_LISTED = re.compile(r"(\d+); (\d+) (\d+) (.+)")
_HEAD = re.compile(r"-- TOC entry (\d+) \(class (\d+) OID (\d+)\)\n")
_DEPENDS = "-- Dependencies: "
_END = "\n-- Completed on "
_SETTINGS = re.compile(r"(?:SET default_\w+ = .*;\s*)+\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of `pg_restore --list`: where the object stood in the source's catalogue."""

    dump_id: int
    class_id: int
    oid: int
    what: str
    line: str

    @property
    def is_table_data(self) -> bool:
        """True for what has a data file of its own."""
        return self.class_id == DATA and self.what.startswith("TABLE DATA ")

    @property
    def is_sequence_value(self) -> bool:
        """True for the entry that sets a sequence to its last value."""
        return self.class_id == DATA and self.what.startswith("SEQUENCE SET ")


@dataclass(frozen=True, slots=True)
class Statement:
    """One object's definition. `dump_id` is 0 for the settings that stand before all."""

    dump_id: int
    catalogue_id: tuple[int, int]
    depends: tuple[int, ...]
    text: str


def read_list(text: str) -> dict[int, Entry]:
    """Return the entries that `pg_restore --list` printed, by dump id."""
    matches = (_LISTED.fullmatch(line) for line in text.split("\n"))
    entries = (
        Entry(int(match[1]), int(match[2]), int(match[3]), match[4], match[0])
        for match in matches
        if match
    )
    return {entry.dump_id: entry for entry in entries}


def read_statements(lines: Iterable[str]) -> Iterator[Statement]:
    """Yield the statements that `pg_restore --verbose` printed, without their comment heads."""
    previous: list[str] = []
    head: list[str] = []
    for block_head, body in _blocks(iter(lines)):
        if previous:
            yield _statement(head, "".join(previous))
        head, previous = block_head, body
    yield _statement(head, "".join(previous).partition(_END)[0])


def _blocks(lines: Iterator[str]) -> Iterator[tuple[list[str], list[str]]]:
    head: list[str] = []
    body: list[str] = []
    for line in lines:
        following = next(lines, "") if line == "--\n" else ""
        if _HEAD.match(following):
            yield head, body
            head, body = [following, *takewhile(lambda each: each != "--\n", lines)], []
        else:
            body += (line, following)
    yield head, body


def _statement(head: list[str], text: str) -> Statement:
    match = _HEAD.match(head[0]) if head else None
    if not match:
        return Statement(0, (0, 0), (), _without_comments(text))
    depends = next((line for line in head if line.startswith(_DEPENDS)), "")
    ids = tuple(int(word) for word in depends.removeprefix(_DEPENDS).split())
    return Statement(int(match[1]), (int(match[2]), int(match[3])), ids, text.strip("\n"))


def _without_comments(preamble: str) -> str:
    """Keep the settings only: versions, times and the random restrict key change each time."""
    lines = (line for line in preamble.split("\n") if line and not line.startswith(("--", "\\")))
    return "\n".join(lines)


def write_schema(
    statements: Iterable[Statement], catalogue: Catalogue, file: IO[str]
) -> dict[tuple[int, int], str]:
    """Write the statements in their normal form; return the SHA-256 of each object's own.

    An object is a relation or a function, by (class, OID). Its indexes, constraints, triggers,
    defaults, comments and grants count as its own.
    """
    digests: defaultdict[tuple[int, int], _Hash] = defaultdict(hashlib.sha256)
    owners: dict[int, tuple[int, int]] = {}
    for statement in statements:
        text = normal_form(statement.text)
        file.write(text + "\n\n")
        if owner := _owner(statement, catalogue, owners):
            owners[statement.dump_id] = owner
            digests[owner].update(_own_text(text))
    return {owner: digest.hexdigest() for owner, digest in digests.items()}


def _owner(
    statement: Statement, catalogue: Catalogue, owners: dict[int, tuple[int, int]]
) -> tuple[int, int] | None:
    class_id, oid = statement.catalogue_id
    if class_id in (DATA, RELATION) and oid in catalogue.relations:
        return (RELATION, oid)
    if class_id == FUNCTION and oid in catalogue.functions:
        return (FUNCTION, oid)
    if part_of := catalogue.parts.get((class_id, oid)):
        return (RELATION, part_of)
    if class_id == DATA and statement.depends:
        return owners.get(statement.depends[0])
    return None


def _own_text(text: str) -> bytes:
    """Drop the settings that pg_restore puts before the *next* object."""
    return (_SETTINGS.sub("", text).strip("\n") + "\n").encode("utf-8", "surrogateescape")

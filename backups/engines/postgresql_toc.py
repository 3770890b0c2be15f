"""A dump's table of contents: what a part of it needs, told by its own dependencies. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backups.engines.postgresql_schema import DATA, RELATION
from backups.errors import RestoreFailed
from backups.specs import ManifestObject

_LINE = re.compile(r"(\d+); (\d+) (\d+) (.+)")
_DEPENDS = ";\tdepends on: "
_RELATIONS = ("TABLE ", "VIEW ", "MATERIALIZED VIEW ", "FOREIGN TABLE ")
_OF_NO_TABLE = ("PUBLICATION", "SUBSCRIPTION", "EVENT TRIGGER", "BLOB", "DATABASE")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of `pg_restore --list --verbose`."""

    id: int
    class_id: int
    what: str
    line: str
    depends: frozenset[int] = frozenset()

    @property
    def is_relation(self) -> bool:
        """True for a table or view itself, not for its data, index or sequence."""
        return self.class_id == RELATION and self.what.startswith(_RELATIONS)

    @property
    def is_data(self) -> bool:
        """True for a table's data."""
        return self.class_id == DATA and self.what.startswith("TABLE DATA ")


@dataclass(frozen=True, slots=True)
class Part:
    """What a part of a dump needs.

    `names` are the tables, partitions included; `files` their data files; `lines` the entries
    that load them, `foreign_keys` those that tie them to tables that are not loaded, with their
    comments.
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    lines: tuple[str, ...]
    foreign_keys: tuple[str, ...]


def read_toc(text: str) -> dict[int, Item]:
    """Return the entries that `pg_restore --list --verbose` printed, by dump id."""
    items: dict[int, Item] = {}
    last: Item | None = None
    for line in text.split("\n"):
        if match := _LINE.fullmatch(line):
            last = Item(int(match[1]), int(match[2]), match[4], match[0])
            items[last.id] = last
        elif last and line.startswith(_DEPENDS):
            depends = frozenset(map(int, line.removeprefix(_DEPENDS).split()))
            items[last.id] = Item(last.id, last.class_id, last.what, last.line, depends)
    return items


def part_of(
    items: Mapping[int, Item], recorded: Iterable[ManifestObject], names: Iterable[str]
) -> Part:
    """Return what the tables `names` need; raise RestoreFailed for one that the copy has not."""
    tables = {entry.name: entry for entry in recorded if entry.kind == "table"}
    by_id = {_table_id(items, entry): name for name, entry in tables.items()}
    ids = {name: number for number, name in by_id.items()}
    unknown = sorted(set(names) - set(ids))
    if unknown:
        raise RestoreFailed(
            f"The copy has no table {', '.join(unknown)}.",
            advice="Look for the night that has it: manage.py find NAME",
        )
    chosen = _with_partitions(items, {ids[name] for name in names})
    kept = _kept(items, chosen)
    keys = {
        item.id
        for item in items.values()
        if item.what.startswith("FK CONSTRAINT ") and item.id not in kept and item.depends & chosen
    }
    ties = (item.line for item in items.values() if item.id in keys or item.depends & keys)
    return Part(
        names=tuple(sorted(by_id[number] for number in chosen if number in by_id)),
        files=tuple(sorted(filter(None, (tables[by_id[n]].file for n in chosen if n in by_id)))),
        lines=tuple(item.line for item in items.values() if item.id in kept),
        foreign_keys=tuple(ties),
    )


def _table_id(items: Mapping[int, Item], entry: ManifestObject) -> int:
    """Return the dump id of a table's definition, by its data file or else by its name."""
    if entry.file:
        number = int(entry.file.rpartition("/")[2].removesuffix(".dat"))
        if number in items:
            return next(iter(items[number].depends), 0)
    schema, _, name = entry.name.partition(".")
    wanted = f"TABLE {_bare(schema)} {_bare(name)} "
    found = (
        item.id for item in items.values() if item.is_relation and item.what.startswith(wanted)
    )
    return next(found, 0)


def _bare(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def _with_partitions(items: Mapping[int, Item], chosen: set[int]) -> frozenset[int]:
    """Add the partitions of what was chosen: an attachment names the partition and its parent."""
    attached = [item for item in items.values() if item.what.startswith("TABLE ATTACH ")]
    found = set(chosen)
    while True:
        more = {
            number
            for item in attached
            for number in item.depends - found
            if any(parent in found and parent in items[number].depends for parent in item.depends)
        }
        if not more:
            return frozenset(found)
        found |= more


def _kept(items: Mapping[int, Item], chosen: frozenset[int]) -> set[int]:
    """Return all that does not lean, however far, on a table or view that is not loaded."""
    defined = _defined(items, chosen)
    gone = {
        item.id
        for item in items.values()
        if (item.is_relation and item.id not in defined)
        or (item.is_data and not item.depends & chosen)
        or item.what.startswith(_OF_NO_TABLE)
    }
    while True:
        more = {item.id for item in items.values() if item.id not in gone and item.depends & gone}
        if not more:
            return set(items) - gone
        gone |= more


def _defined(items: Mapping[int, Item], chosen: frozenset[int]) -> set[int]:
    """Return the chosen tables and the tables that their own definitions lean on."""
    defined, waiting = set(chosen), list(chosen)
    while waiting:
        for number in items[waiting.pop()].depends:
            if number in items and number not in defined and items[number].is_relation:
                defined.add(number)
                waiting.append(number)
    return defined

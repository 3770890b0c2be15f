"""What is strange about a night: pure rules over its figures and those of the nights before.

Each rule speaks on the night that crosses its line and is quiet on the nights after; whether it
is over is asked each night (`recovered`). Percentages of nought switch a rule off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Any

ENOUGH_NIGHTS = 5  # before anything can be called usual
FEW = 5  # of one kind in one night are told one by one, more as one
LEAST_ROWS = 10  # lost, to be told
LEAST_FILES = 20  # vanished or rewritten, to be told
LEAST_BYTES = 1_000_000  # that a size must be off
LEAST_OBJECTS = 20  # for a share of them to mean something
ABOVE_USUAL = 0.3  # a share of changes must be so much larger than the usual one
LOSS_FACTOR = 2  # a loss must be so many times the largest usual one
NAMED = 20  # names kept with an alarm about many


class Strange(StrEnum):
    """What can be strange. The words for people stand in backups.anomaly_words."""

    TABLE_VANISHED = "table_vanished"
    ROWS_SHRANK = "rows_shrank"
    TABLE_EMPTIED = "table_emptied"
    MANY_VANISHED = "many_vanished"
    MANY_SHRANK = "many_shrank"
    SCHEMA_DROPPED = "schema_dropped"
    SIZE_ODD = "size_odd"
    MASS_CHANGE = "mass_change"
    SOURCE_STILL = "source_still"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where strange begins for a source: percentages, and nights for one that stands still."""

    shrink_percent: int = 10
    vanish_percent: int = 20
    size_percent: int = 40
    mass_percent: int = 50
    still_nights: int = 14


@dataclass(frozen=True, slots=True)
class Figures:
    """One night's totals. `rewritten` are rows of tables that are not as the night before."""

    objects: int
    rows: int
    bytes: int
    appeared: int = 0
    changed: int = 0
    vanished: int = 0
    rewritten: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table that this night changed; `after` None: it is gone, `before` its rows until then.

    `usual` are its rows on the nights up to the one before this, the oldest first.
    """

    key: str
    name: str
    before: int
    after: int | None
    usual: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Night:
    """What is judged. `history` are the normal nights before, the oldest first.

    `dropped` are schemas that have no table left, with the tables that each had; `lost_files`
    are files that vanished and stand nowhere else.
    """

    figures: Figures
    before: Figures | None
    history: tuple[Figures, ...] = ()
    tables: tuple[Table, ...] = ()
    dropped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost_files: int = 0


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One strange thing. `key` tells it from others of its kind; `facts` are its figures."""

    kind: Strange
    key: str
    facts: dict[str, Any]


def judge(night: Night, limits: Limits, *, quiet: bool = False) -> list[Anomaly]:
    """Return what is strange about the night; nothing where there is no night before it.

    `quiet` says that this source has open anomalies: its size is then explained by them.
    """
    if night.before is None:
        return []
    found = [
        *_dropped_schemas(night),
        *_told(Strange.TABLE_VANISHED, Strange.MANY_VANISHED, _vanished_tables(night), night),
        *_told(Strange.ROWS_SHRANK, Strange.MANY_SHRANK, _shrunk(night, limits), night),
        *_vanished_files(night, limits),
        *_mass_change(night, limits),
        *_still(night, limits),
    ]
    if not found and not quiet:
        found += _odd_size(night, limits)
    return found


def recovered(kind: Strange, facts: Mapping[str, Any], figures: Figures, rows: int | None) -> bool:
    """Return whether an anomaly with these facts is over. `rows`: of its table, None: gone.

    A mass change is over when a person says so: what was rewritten does not return by itself.
    """
    if kind in (Strange.ROWS_SHRANK, Strange.TABLE_EMPTIED):
        return rows is not None and rows >= facts["floor"]
    if kind == Strange.TABLE_VANISHED:
        return rows is not None
    if kind in (Strange.MANY_VANISHED, Strange.SCHEMA_DROPPED):
        return figures.objects >= facts["floor"]
    if kind == Strange.MANY_SHRANK:
        return figures.rows >= facts["floor"]
    if kind == Strange.SIZE_ODD:
        return facts["low"] <= figures.bytes <= facts["high"]
    if kind == Strange.SOURCE_STILL:
        return _moved(figures)
    return False


def _told(one: Strange, many: Strange, tables: Sequence[Table], night: Night) -> list[Anomaly]:
    """Return an anomaly for each table, or one for all where they are more than a few."""
    if len(tables) <= FEW:
        return [_of_table(one, table) for table in tables]
    lost = sum(table.before - (table.after or 0) for table in tables)
    before = night.before or night.figures
    floor = before.objects - len(tables) // 2 if many == Strange.MANY_VANISHED else None
    return [
        Anomaly(
            many,
            "tables",
            {
                "count": len(tables),
                "of": before.objects,
                "rows": lost,
                "names": [table.name for table in tables[:NAMED]],
                "floor": before.rows - lost // 2 if floor is None else floor,
                "what": "tables",
            },
        )
    ]


def _of_table(kind: Strange, table: Table) -> Anomaly:
    if kind == Strange.ROWS_SHRANK and table.after == 0:
        kind = Strange.TABLE_EMPTIED
    facts = {
        "name": table.name,
        "before": table.before,
        "after": table.after,
        "usual": _usual_step(table.usual),
        "floor": table.before - (table.before - (table.after or 0)) // 2,
    }
    return Anomaly(kind, table.key, facts)


def _usual_step(usual: Sequence[int]) -> int | None:
    """Return by how many rows it usually grows in a night; None where too little is known."""
    steps = [after - before for before, after in pairwise(usual)]
    return round(median(steps)) if len(steps) >= ENOUGH_NIGHTS - 1 else None


def _dropped_schemas(night: Night) -> list[Anomaly]:
    before = night.before or night.figures
    return [
        Anomaly(
            Strange.SCHEMA_DROPPED,
            schema,
            {
                "name": schema,
                "count": len(tables),
                "names": list(tables[:NAMED]),
                "floor": before.objects - len(tables) // 2,
            },
        )
        for schema, tables in sorted(night.dropped.items())
    ]


def _vanished_tables(night: Night) -> list[Table]:
    """Return the tables with rows that are gone, without those whose whole schema is."""
    told = {name for tables in night.dropped.values() for name in tables}
    gone = (table for table in night.tables if table.after is None and table.before)
    return sorted((t for t in gone if t.name not in told), key=lambda table: -table.before)


def _shrunk(night: Night, limits: Limits) -> list[Table]:
    shrunk = [table for table in night.tables if _has_shrunk(table, limits)]
    return sorted(shrunk, key=lambda table: (table.after or 0) - table.before)


def _has_shrunk(table: Table, limits: Limits) -> bool:
    if table.after is None or not limits.shrink_percent:
        return False
    loss = table.before - table.after
    if table.after == 0 and table.before:
        return 0 not in table.usual
    usual = max((a - b for a, b in pairwise(table.usual)), default=0)
    far = loss * 100 >= limits.shrink_percent * table.before
    return loss >= LEAST_ROWS and far and loss > LOSS_FACTOR * usual


def _vanished_files(night: Night, limits: Limits) -> list[Anomaly]:
    before, lost = night.before or night.figures, night.lost_files
    if not limits.vanish_percent or lost < LEAST_FILES:
        return []
    usual = max((figures.vanished for figures in night.history), default=0)
    if lost * 100 < limits.vanish_percent * before.objects or lost <= LOSS_FACTOR * usual:
        return []
    steps = [figures.vanished for figures in night.history]
    facts = {
        "count": lost,
        "of": before.objects,
        "usual": round(median(steps)) if len(steps) >= ENOUGH_NIGHTS else None,
        "floor": before.objects - lost // 2,
        "what": "files",
    }
    return [Anomaly(Strange.MANY_VANISHED, "files", facts)]


def _mass_change(night: Night, limits: Limits) -> list[Anomaly]:
    before = night.before or night.figures
    if not limits.mass_percent or len(night.history) < ENOUGH_NIGHTS:
        return []
    for what, share, usual, count, of in (
        (
            "objects",
            _share(night.figures.changed, before.objects, LEAST_OBJECTS),
            median(_share(f.changed, f.objects, LEAST_OBJECTS) for f in night.history),
            night.figures.changed,
            before.objects,
        ),
        (
            "rows",
            _share(night.figures.rewritten, before.rows, LEAST_ROWS * 100),
            median(_share(f.rewritten, f.rows, LEAST_ROWS * 100) for f in night.history),
            night.figures.rewritten,
            before.rows,
        ),
    ):
        if share * 100 >= limits.mass_percent and share >= usual + ABOVE_USUAL:
            facts = {"what": what, "count": count, "of": of, "usual": round(usual * 100)}
            return [Anomaly(Strange.MASS_CHANGE, "", facts)]
    return []


def _share(part: int, whole: int, least: int) -> float:
    return part / whole if whole >= least else 0.0


def _odd_size(night: Night, limits: Limits) -> list[Anomaly]:
    """Tell a size far from the median, on the first night that is."""
    if not limits.size_percent or len(night.history) < ENOUGH_NIGHTS or night.before is None:
        return []
    usual = round(median(figures.bytes for figures in night.history))
    reach = max(usual * limits.size_percent // 100, LEAST_BYTES)
    low, high = usual - reach, usual + reach
    if low <= night.figures.bytes <= high or not low <= night.before.bytes <= high:
        return []
    facts = {"bytes": night.figures.bytes, "usual": usual, "low": low, "high": high}
    return [Anomaly(Strange.SIZE_ODD, "", facts)]


def _still(night: Night, limits: Limits) -> list[Anomaly]:
    """Tell a source of which nothing moves any more, though it used to move."""
    count = limits.still_nights
    nights = [*night.history, night.figures]
    if not count or len(nights) < count + ENOUGH_NIGHTS:
        return []
    moved = [_moved(figures) for figures in nights]
    if any(moved[-count:]) or not moved[-count - 1]:
        return []
    earlier = moved[:-count]
    if sum(earlier) * 2 < len(earlier):
        return []
    return [Anomaly(Strange.SOURCE_STILL, "", {"nights": count})]


def _moved(figures: Figures) -> bool:
    return bool(figures.appeared or figures.changed or figures.vanished)

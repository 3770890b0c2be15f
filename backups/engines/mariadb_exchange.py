"""One RENAME TABLE that moves old tables out and new ones in, with all that a rename leaves.

    note the plan -> drop triggers of both -> RENAME (one statement, whole or not at all)
    -> triggers, views, routines, events, foreign keys across the edge -> old programs aside
    -> forget the plan

While the plan is noted the swap is torn. Where the rename did not happen `mend` goes back, else
forward; every step may be done again. The way back is the same exchange with its ends changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import pymysql

from backups.engines import mariadb_places as places
from backups.engines.mariadb_catalogue import read_grants
from backups.engines.mariadb_links import Link, links_of, links_to
from backups.engines.mariadb_load import run_script
from backups.engines.mariadb_programs import (
    ROUTINES,
    Programs,
    drop_programs,
    make_views,
    read_programs,
    trigger_tables,
)
from backups.engines.mariadb_sql import quoted
from backups.errors import BackupError
from backups.specs import UNWATCHED, Scope, SourceSpec

WAIT_SECONDS = 1  # a rename that waits for a lock makes everybody else wait behind it
SETTINGS = (
    b"SET NAMES utf8mb4; SET TIME_ZONE='+00:00'; SET UNIQUE_CHECKS=0; SET FOREIGN_KEY_CHECKS=0;\n"
    b"SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO'; SET SQL_NOTES=0;\n"
)
_CHARACTER_SET = """
    SELECT default_character_set_name, default_collation_name
    FROM information_schema.schemata WHERE schema_name = %s"""
_ACTS = "SELECT @@event_scheduler"


@dataclass(frozen=True, slots=True)
class Exchange:
    """All that one swap does, known before its first step; as JSON in the notes.

    Tables `arriving` come from the database `origin` into `live`, `leaving` go to `aside`.
    `links` are foreign keys to be made again in live, `loose` those of leaving tables into what
    stays: dropped, for rows put aside must not hold living ones, and made again on the way back.
    """

    live: str
    origin: str
    aside: str
    whole: bool
    arriving: tuple[str, ...]
    leaving: tuple[str, ...]
    new: Programs
    old: Programs
    links: tuple[Link, ...]
    loose: tuple[Link, ...]
    settings: tuple[str, str]  # character set and collation, as they are to be
    former: tuple[str, str]
    grants: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as the notes hold it."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {
            **plain,
            "new": self.new.as_json(),
            "old": self.old.as_json(),
            "links": [asdict(link) for link in self.links],
            "loose": [asdict(link) for link in self.loose],
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """Return what `as_json` gave."""
        first, second = told["settings"], told["former"]
        return cls(
            live=told["live"],
            origin=told["origin"],
            aside=told["aside"],
            whole=told["whole"],
            arriving=tuple(told["arriving"]),
            leaving=tuple(told["leaving"]),
            settings=(first[0], first[1]),
            former=(second[0], second[1]),
            grants=tuple(told["grants"]),
            new=Programs.from_json(told["new"]),
            old=Programs.from_json(told["old"]),
            links=tuple(Link(**each) for each in told["links"]),
            loose=tuple(Link(**each) for each in told["loose"]),
        )


_PLAIN = (
    "live", "origin", "aside", "whole", "arriving", "leaving", "settings", "former", "grants",
)  # fmt: skip
Cursor = pymysql.cursors.Cursor


def plan_exchange(cursor: Cursor, live: SourceSpec, ends: places.Ends, scope: Scope) -> Exchange:
    """Read off the server all that the exchange will need. Raises BackupError where it cannot be.

    `live` is as its writer reaches it.
    """
    whole, origin = scope.is_whole, ends.origin
    kept = places.noted(cursor, ends.notes, f"kept {origin}")
    if not places.standing_of(cursor, (live.database,)):
        cursor.execute(f"CREATE DATABASE {quoted(live.database)}")
    standing = places.tables_in(cursor, live.database)
    leaving = [name for name in standing if whole or name in scope.names]
    arriving = places.tables_in(cursor, origin)
    old = read_programs(live, None if whole else leaving)
    new = (
        Programs.from_json(kept["programs"])
        if kept
        else _loaded(cursor, live, ends, None if whole else arriving)
    )
    _refuse_foreign_triggers(live, new, leaving, standing)
    links, loose = _links(cursor, live.database, origin, arriving, leaving)
    back = [Link(**each) for each in kept["loose"]] if kept else []
    settings = _character_set(cursor, origin)
    return Exchange(
        live=live.database,
        origin=origin,
        aside=ends.aside,
        whole=whole,
        arriving=tuple(arriving),
        leaving=tuple(leaving),
        new=new,
        old=old,
        links=(*links, *back),
        loose=tuple(loose),
        settings=settings if whole else _character_set(cursor, live.database),
        former=_character_set(cursor, live.database),
        grants=_grants_on_routines(cursor, live.database) if whole else (),
    )


def _loaded(
    cursor: Cursor, live: SourceSpec, ends: places.Ends, tables: list[str] | None
) -> Programs:
    """Return what stands in the place, and the events that were held back from acting there."""
    programs = read_programs(replace(live, database=ends.origin), tables)
    held = places.noted(cursor, ends.notes, places.EVENTS)
    if held and tables is None:
        events = Programs.from_json(held)
        programs.events = events.events
        programs.definitions |= events.of("event")
    return programs


def _links(
    cursor: Cursor, live: str, origin: str, arriving: list[str], leaving: list[str]
) -> tuple[list[Link], list[Link]]:
    """Return the foreign keys to make again in live, and those to loosen in what leaves."""
    inward = [
        link
        for link in links_to(cursor, live, leaving)
        if not (link.schema == live and link.table in leaving) and link.target in arriving
    ]
    outward = [
        replace(link, schema=live, target_schema=live)
        for link in links_of(cursor, origin, arriving)
        if link.target_schema == origin and link.target not in arriving
    ]
    loose = [
        link
        for link in links_of(cursor, live, leaving)
        if link.target_schema == live and link.target not in leaving
    ]
    return [*inward, *outward], loose


def _refuse_foreign_triggers(
    live: SourceSpec, new: Programs, leaving: list[str], standing: list[str]
) -> None:
    """Raise where a trigger of the new bears the name of one that stays: names are the schema's."""
    stays = set(standing) - set(leaving)
    if stays and new.trigger_tables:
        there = read_programs(live, sorted(stays)).trigger_tables
        if taken := sorted(there.keys() & new.trigger_tables.keys()):
            raise BackupError(
                f"Source {live.name}: the trigger {', '.join(taken)} of the copy has by now the"
                " name of one on another table.",
                advice="Rename that trigger, or bring back the whole database.",
            )


def _character_set(cursor: Cursor, database: str) -> tuple[str, str]:
    cursor.execute(_CHARACTER_SET, (database,))
    ((character_set, collation),) = cursor.fetchall()
    return character_set, collation


def _grants_on_routines(cursor: Cursor, database: str) -> tuple[str, ...]:
    """Return who may use routines: dropping one takes these rights away (MariaDB, as MySQL)."""
    lines = read_grants(cursor, database) or ()
    return tuple(line for line in lines if line.startswith(("GRANT EXECUTE ON", "GRANT ALTER RO")))


def acts_on_events(cursor: Cursor) -> bool:
    """Say whether this server carries out events by itself."""
    cursor.execute(_ACTS)
    ((said,),) = cursor.fetchall()
    return str(said).upper() in {"ON", "1"}


def begin(cursor: Cursor, exchange: Exchange, notes: str) -> None:
    """Note the plan and free the tables in the place of their triggers. From here on it is torn."""
    places.note(cursor, notes, places.PLAN, exchange.as_json())
    cursor.execute(f"CREATE DATABASE IF NOT EXISTS {quoted(exchange.aside)}")
    cursor.execute(_alter(exchange.aside, exchange.former))
    for trigger in exchange.new.trigger_tables:
        cursor.execute(f"DROP TRIGGER IF EXISTS {quoted(exchange.origin)}.{quoted(trigger)}")


def _alter(database: str, settings: tuple[str, str]) -> str:
    return f"ALTER DATABASE {quoted(database)} CHARACTER SET {settings[0]} COLLATE {settings[1]}"


def pending(cursor: Cursor, exchange: Exchange) -> list[tuple[str, str, str]]:
    """Return the renames that did not happen yet, as (table, from, to), in their order."""
    waiting = set(places.tables_in(cursor, exchange.origin))
    gone = set(places.tables_in(cursor, exchange.aside))
    out = [(t, exchange.live, exchange.aside) for t in exchange.leaving if t not in gone]
    into = [(t, exchange.origin, exchange.live) for t in exchange.arriving if t in waiting]
    return [*out, *into]


def happened(exchange: Exchange, left: list[tuple[str, str, str]]) -> bool:
    """Say whether any of the renames happened."""
    return len(left) < len(exchange.leaving) + len(exchange.arriving)


def go_forward(live: SourceSpec, exchange: Exchange, left: list[tuple[str, str, str]]) -> None:
    """Rename what is `left` to rename, and put right all that depends on it: one client's work.

    `live` is as its writer reaches it. Raises what the first failing statement means.
    """
    run_script(live, _forward(exchange, left), UNWATCHED)


def _forward(x: Exchange, left: list[tuple[str, str, str]]) -> Iterator[bytes]:
    yield SETTINGS + f"SET lock_wait_timeout={WAIT_SECONDS};\n".encode()
    if left:
        yield from drop_programs(x.old.of("trigger"))
        if x.whole:
            taken = set(x.arriving)
            yield from drop_programs(("view", n) for n in x.old.views if n in taken)
        moves = (f"{_full(a, table)} TO {_full(b, table)}" for table, a, b in left)
        yield f"RENAME TABLE {', '.join(moves)};\n".encode("utf-8", "surrogateescape")
    yield from drop_programs(x.new.of("trigger"))
    yield x.new.triggers
    if x.whole:
        yield from change_programs(x.old, x.new)
        yield SETTINGS
        yield f"{_alter(x.live, x.settings)};\n".encode()
        if x.old.of(*ROUTINES) != x.new.of(*ROUTINES):
            yield from (f"{line};\n".encode() for line in _granted(x))
    else:
        yield SETTINGS
    for link in x.links:
        into = link.schema if link.schema != x.origin else x.live
        yield f"{link.drop(into)};\n{link.make(into, x.live)};\n".encode()


def _full(database: str, table: str) -> str:
    return f"{quoted(database)}.{quoted(table)}"


def _granted(x: Exchange) -> Iterator[str]:
    names = {quoted(name) for kind, name in x.new.of(*ROUTINES)}
    for line in x.grants:
        if any(f" {name} TO " in line for name in names):
            yield line


def change_programs(old: Programs, new: Programs) -> Iterator[bytes]:
    """Yield what turns one database's views, routines and events into another's.

    What is the same stays untouched: it works on the new tables, found by name.
    """
    yield from drop_programs(old.of("view", "event").keys() - new.definitions.keys())
    if old.of(*ROUTINES, "package body") != new.of(*ROUTINES, "package body"):
        yield from drop_programs(old.of(*ROUTINES).keys() | new.of(*ROUTINES).keys())
        yield new.routines
    before, after = old.of("view"), new.of("view")
    changed = [name for _, name in after if before.get(("view", name)) != after["view", name]]
    yield from make_views(new, changed, (name for _, name in before))
    if old.of("event") != new.of("event"):
        yield new.events


def go_back(live: SourceSpec, exchange: Exchange) -> None:
    """Undo what was begun before the rename, which did not happen.

    What stands still is left alone: somebody may hold a lock on it. Raises BackupError, the plan
    still noted, where a trigger could not be made again.
    """
    x, dropped = exchange, [name for name in exchange.old.views if name in exchange.arriving]
    place = replace(live, database=x.origin)
    run_script(live, _restored(x.old, dropped if x.whole else ()), UNWATCHED, "--force")
    run_script(place, _restored(x.new, ()), UNWATCHED, "--force")
    for where, programs in ((live, x.old), (place, x.new)):
        if missing := sorted(programs.trigger_tables.keys() - trigger_tables(where).keys()):
            raise BackupError(
                f"Source {live.name}: the triggers {', '.join(missing)} of {where.database} are"
                " dropped and could not be made again yet.",
                advice="End whoever holds a lock on its tables; the next try mends it.",
            )


def _restored(programs: Programs, views: Iterable[str]) -> Iterator[bytes]:
    yield SETTINGS + f"SET lock_wait_timeout={WAIT_SECONDS};\n".encode()
    yield programs.triggers
    yield from make_views(programs, views, views)


def reversed_ends(x: Exchange) -> Exchange:
    """Return what undoes an exchange whose renames happened and whose rest may be half done."""
    own = {(x.live, table) for table in x.arriving}
    return replace(
        x,
        origin=x.aside,
        aside=x.origin,
        arriving=x.leaving,
        leaving=x.arriving,
        new=x.old,
        old=x.new,
        links=tuple(link for link in x.links if (link.schema, link.table) not in own),
        loose=(),
        settings=x.former,
        former=x.settings,
    )


def put_aside(cursor: Cursor, live: SourceSpec, exchange: Exchange, notes: str) -> None:
    """After the rename: give the old its programs, loosen it from live, forget the plan."""
    for link in exchange.loose:
        cursor.execute(link.drop(exchange.aside))
    idle = not acts_on_events(cursor)
    text = programs_alone(exchange.old, events=idle) if exchange.whole else _triggers(exchange.old)
    run_script(replace(live, database=exchange.aside), text, UNWATCHED, "--force")
    kept = {"programs": exchange.old.as_json(), "loose": [asdict(e) for e in exchange.loose]}
    places.note(cursor, notes, f"kept {exchange.aside}", kept)
    places.drop(cursor, exchange.origin)
    forget(cursor, notes)


def forget(cursor: Cursor, notes: str) -> None:
    """Forget the plan: the swap is whole, or undone."""
    cursor.execute(f"DELETE FROM {quoted(notes)}.notes WHERE name = %s", (places.PLAN,))  # noqa: S608


def give_triggers(place: SourceSpec, programs: Programs) -> None:
    """Give the tables of a place their triggers again."""
    run_script(place, _restored(programs, ()), UNWATCHED, "--force")


def _triggers(programs: Programs) -> Iterator[bytes]:
    yield SETTINGS
    yield programs.triggers


def programs_alone(programs: Programs, *, events: bool) -> Iterator[bytes]:
    """Yield what makes all programs in a database that has the tables alone."""
    yield from _triggers(programs)
    yield from programs.placeholders.values()
    yield programs.routines
    yield from programs.views.values()
    if events:
        yield programs.events

"""MariaDB and MySQL replaced while they live: a database beside, one RENAME TABLE, and back.

A server that carries out events by itself would carry out a copy's too while it stands beside;
there they are held back until the swap, and no proof asks for them: the swap itself compares all
definitions afterwards, in their own place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pymysql

from backups import manifest
from backups.engines import mariadb_exchange as exchanging
from backups.engines import mariadb_places as places
from backups.engines.mariadb_contents import DATABASE_FILE
from backups.engines.mariadb_exchange import Exchange
from backups.engines.mariadb_keep import keep
from backups.engines.mariadb_load import load, wanted_parts, wanted_paths
from backups.engines.mariadb_parts import LIST_NAME
from backups.engines.mariadb_places import Ends, Places, as_writer, writing
from backups.engines.mariadb_programs import Programs, read_programs
from backups.engines.mariadb_restore import word
from backups.engines.mariadb_sql import quoted
from backups.engines.mariadb_survey import survey
from backups.errors import BackupError, Cancelled, DumpFailed, ProofFailed, SourceUnreachable
from backups.specs import Fetched, ManifestObject, Scope, SourceSpec, Standing, Survey, Watch

TRIES = 5
_LOCKED = "ERROR 1205"
NEVER_PROVEN = frozenset({"roles", "database", "schema", "event"})
Cursor = pymysql.cursors.Cursor

_OTHERS = """
    SELECT id FROM information_schema.processlist
    WHERE db = %s AND id <> CONNECTION_ID() AND command NOT IN ('Daemon', 'Killed')"""
_NO_SUCH_THREAD = 1094


class MariaDBReplacer:
    """Replaces a database, or tables of it; contract: backups.engines.base.Replacer."""

    kind = "mariadb"
    notes = (LIST_NAME, DATABASE_FILE)

    def wanted(self, noted: Fetched, scope: Scope) -> tuple[str, ...]:
        """Return the paths of the chosen tables' files."""
        return wanted_paths(noted, scope)

    def covers(self, entry: ManifestObject, scope: Scope) -> bool:
        """Say whether the proof asks for it; which table a trigger is of, no manifest tells."""
        if scope.is_whole:
            return entry.kind not in NEVER_PROVEN
        return entry.kind in {"table", "sequence"} and entry.name in scope.names

    def brings_definitions(self, live: SourceSpec, scope: Scope) -> bool:
        """Return True: definitions come with the tables."""
        return True

    def survey(self, live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
        """Ask the server what a restore would meet."""
        return survey(live, scope, noted)

    def prepare(self, live: SourceSpec, scope: Scope, label: str, noted: Fetched) -> SourceSpec:
        """Make the empty database beside, alike in character set to what the copy was."""
        names, place = _names(live, label), self.place(live, scope, label)
        facts = json.loads((noted.dump / DATABASE_FILE).read_bytes())
        with writing(live) as cursor:
            if _standing(cursor, names) in {Standing.SWAPPED, Standing.TORN}:
                raise ValueError(f"{label} is swapped already: its old must not be lost.")
            places.drop(cursor, names.beside)
            places.make_notes(cursor, names.notes)
            cursor.execute(
                f"CREATE DATABASE {quoted(names.beside)} CHARACTER SET"
                f" {word(facts['character_set'])} COLLATE {word(facts['collation'])}"
            )
        return place

    def place(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the database beside, reached as the writer."""
        return replace(as_writer(live), database=_names(live, label).beside)

    def aside(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the database aside, reached as the writer."""
        return replace(as_writer(live), database=_names(live, label).aside)

    def load(self, fetched: Fetched, place: SourceSpec, scope: Scope, watch: Watch) -> None:
        """Load the dump, or some of its tables; where events would act, they are noted instead."""
        with writing(place) as cursor:
            acts = exchanging.acts_on_events(cursor)
            if acts and scope.is_whole:
                notes = Places.of_beside(place.database).notes
                places.note(cursor, notes, places.EVENTS, _events(fetched).as_json())
        held = frozenset({"events"}) if acts else frozenset()
        load(fetched.dump, place, scope, watch, leave_out=held)

    def swap(
        self, live: SourceSpec, place: SourceSpec, scope: Scope, label: str, watch: Watch
    ) -> None:
        """Move the old out and the new in; see mariadb_exchange."""
        del place  # the label names it
        names, standing = _names(live, label), self.mend(live, scope, label)
        if standing == Standing.BESIDE:
            _exchange(live, Ends(names.beside, names.aside, names.notes), scope, watch)
        elif standing == Standing.NOTHING:
            raise BackupError(f"Source {live.name}: nothing stands beside it to be swapped in.")

    def standing(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Ask the server which of the databases are there, and whether a plan is noted."""
        with writing(live) as cursor:
            return _standing(cursor, _names(live, label))

    def mend(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Take a torn swap back where nothing was renamed yet, else to its end."""
        names = _names(live, label)
        with writing(live) as cursor:
            if plan := places.noted(cursor, names.notes, places.PLAN):
                _mend(cursor, as_writer(live), Exchange.from_json(plan), names.notes)
            return _standing(cursor, names)

    def swap_back(self, live: SourceSpec, scope: Scope, label: str, watch: Watch) -> None:
        """Make the same exchange with its ends changed."""
        names = _names(live, label)
        if self.mend(live, scope, label) == Standing.SWAPPED:
            _exchange(live, Ends(names.aside, names.beside, names.notes), scope, watch)

    def keep_as(self, live: SourceSpec, scope: Scope, label: str, name: str) -> str:
        """Move the loaded tables into a new database of that name, its programs with them."""
        return keep(live, _names(live, label), name)

    def discard(self, live: SourceSpec, scope: Scope, label: str) -> None:
        """Drop the databases of this restore."""
        self.mend(live, scope, label)
        names = _names(live, label)
        with writing(live) as cursor:
            for database in names.all:
                places.drop(cursor, database)


def _names(live: SourceSpec, label: str) -> Places:
    return Places.of(live.database, label)


def _events(fetched: Fetched) -> Programs:
    """Return the copy's events, their text and their digests."""
    parts = [part for part in wanted_parts(fetched.dump, Scope()) if part.kind == "events"]
    listed = manifest.read_objects(fetched.dump / manifest.FILE_NAME)
    return Programs(
        definitions={(o.kind, o.name): o.schema_sha256 or "" for o in listed if o.kind == "event"},
        events=b"".join((fetched.dump / part.file).read_bytes() for part in parts),
    )


def _standing(cursor: Cursor, names: Places) -> Standing:
    there = places.standing_of(cursor, names.all)
    if names.notes in there and places.noted(cursor, names.notes, places.PLAN):
        return Standing.TORN
    if names.aside in there:
        return Standing.SWAPPED
    return Standing.BESIDE if names.beside in there else Standing.NOTHING


def _exchange(live: SourceSpec, ends: Ends, scope: Scope, watch: Watch) -> None:
    writer = as_writer(live)
    with writing(live) as cursor:
        plan = exchanging.plan_exchange(cursor, writer, ends, scope)
        if watch.stopped():
            raise Cancelled("The work was cancelled before anything was swapped.")
        _rename(cursor, writer, plan, ends.notes, watch)
        exchanging.put_aside(cursor, writer, plan, ends.notes)
        if wrong := _differing(writer, plan):
            turned = Ends(ends.aside, ends.origin, ends.notes)
            back = exchanging.plan_exchange(cursor, writer, turned, scope)
            exchanging.begin(cursor, back, ends.notes)
            _carry_through(cursor, writer, back)
            exchanging.put_aside(cursor, writer, back, ends.notes)
            raise ProofFailed(
                f"Source {live.name}: after the swap it was not what was loaded, so it was taken"
                f" back: {', '.join(wrong[:8])}.",
            )


def _rename(cursor: Cursor, writer: SourceSpec, plan: Exchange, notes: str, watch: Watch) -> None:
    """Swap; where somebody holds a lock try again, and leave live as it was on any error."""
    for attempt in range(1, TRIES + 1):
        exchanging.begin(cursor, plan, notes)
        refused = _end_others(cursor, writer.database)  # as late as can be: they come back at once
        try:
            _carry_through(cursor, writer, plan)
        except DumpFailed as error:
            _undo(cursor, writer, plan, notes)
            if _LOCKED not in str(error):
                raise
            if attempt == TRIES:
                raise _held(writer, refused) from error
            watch.note(f"Somebody holds a lock on its tables; tried {attempt} times.")
        else:
            return


def _carry_through(cursor: Cursor, writer: SourceSpec, plan: Exchange) -> None:
    """Go forward from wherever it stands; what failed behind the rename is tried once more."""
    _again_once(lambda: exchanging.go_forward(writer, plan, exchanging.pending(cursor, plan)))


def _again_once(work: Callable[[], None]) -> None:
    try:
        work()
    except SourceUnreachable:
        work()


def _undo(cursor: Cursor, writer: SourceSpec, plan: Exchange, notes: str) -> None:
    """Make live what it was before `plan` was begun."""
    if exchanging.happened(plan, exchanging.pending(cursor, plan)):
        back = exchanging.reversed_ends(plan)
        places.note(cursor, notes, places.PLAN, back.as_json())
        exchanging.go_forward(writer, back, exchanging.pending(cursor, back))
        exchanging.give_triggers(replace(writer, database=back.aside), back.old)
        places.drop(cursor, back.origin)
    else:
        exchanging.go_back(writer, plan)
        places.drop_empty(cursor, plan.aside)
    exchanging.forget(cursor, notes)


def _mend(cursor: Cursor, writer: SourceSpec, plan: Exchange, notes: str) -> None:
    left = exchanging.pending(cursor, plan)
    if left and not exchanging.happened(plan, left):
        _undo(cursor, writer, plan, notes)
        return
    for attempt in range(1, TRIES + 1):
        _end_others(cursor, writer.database)
        try:
            _carry_through(cursor, writer, plan)
        except DumpFailed as error:
            if _LOCKED in str(error) and attempt < TRIES:
                continue
            _undo(cursor, writer, plan, notes)
            return
        break
    exchanging.put_aside(cursor, writer, plan, notes)


def _end_others(cursor: Cursor, database: str) -> int:
    """End everybody's connections to the database; return how many we were not allowed to end."""
    cursor.execute(_OTHERS, (database,))
    refused = 0
    for (number,) in cursor.fetchall():
        try:
            cursor.execute(f"KILL CONNECTION {int(number)}")
        except pymysql.err.MySQLError as error:
            refused += error.args[0] != _NO_SUCH_THREAD
    return refused


def _held(live: SourceSpec, refused: int) -> BackupError:
    told = f" {refused} connections could not be ended: GRANT CONNECTION ADMIN." if refused else ""
    return BackupError(
        f"Source {live.name}: somebody holds a lock on its tables; nothing was swapped.",
        advice=f"See SHOW FULL PROCESSLIST, then order it again.{told}",
    )


def _differing(writer: SourceSpec, plan: Exchange) -> list[str]:
    """Return the names of what is in live now and was not so in what was loaded."""
    now = read_programs(writer, None if plan.whole else plan.arriving).definitions
    wanted = plan.new.definitions
    return sorted(
        f"{kind} {name}"
        for kind, name in now.keys() | wanted.keys()
        if now.get((kind, name)) != wanted.get((kind, name))
    )

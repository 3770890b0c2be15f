"""A loaded database kept under the name that its owner asked for."""

from __future__ import annotations

from dataclasses import replace

from backups.engines import mariadb_places as places
from backups.engines.mariadb_exchange import acts_on_events, programs_alone
from backups.engines.mariadb_load import run_script
from backups.engines.mariadb_places import NAME_LIMIT, Places, as_writer, writing
from backups.engines.mariadb_programs import Programs, read_programs
from backups.engines.mariadb_sql import quoted
from backups.errors import BackupError
from backups.specs import UNWATCHED, SourceSpec

_KEPT = "keep"


def keep(live: SourceSpec, names: Places, name: str) -> str:
    """Move the tables of the place into the new database `name`; return that name.

    What a killed worker began is gone on with. Where the server acts on events the copy's are
    left out: they belong to the living database, and would do its work twice.
    """
    if not 0 < len(name) <= NAME_LIMIT or name.strip() != name:
        raise BackupError(f"{name!r} is no name of a database.")
    writer = as_writer(live)
    with writing(live) as cursor:
        begun = places.noted(cursor, names.notes, _KEPT)
        if places.standing_of(cursor, (name,)) and not (begun and begun["name"] == name):
            raise BackupError(
                f"Source {live.name}: a database {name} is there already.",
                advice="Choose another name; nothing was changed.",
            )
        place = replace(writer, database=names.beside)
        if begun is None:
            begun = {"name": name, "programs": read_programs(place).as_json()}
            places.note(cursor, names.notes, _KEPT, begun)
        programs = Programs.from_json(begun["programs"])
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {quoted(name)}")
        cursor.execute(
            "SELECT default_character_set_name, default_collation_name"
            " FROM information_schema.schemata WHERE schema_name = %s",
            (names.beside,),
        )
        if settings := cursor.fetchone():
            cursor.execute(
                f"ALTER DATABASE {quoted(name)} CHARACTER SET {settings[0]} COLLATE {settings[1]}"
            )
        for trigger in programs.trigger_tables:
            cursor.execute(f"DROP TRIGGER IF EXISTS {quoted(names.beside)}.{quoted(trigger)}")
        moves = [
            f"{quoted(names.beside)}.{quoted(table)} TO {quoted(name)}.{quoted(table)}"
            for table in places.tables_in(cursor, names.beside)
        ]
        if moves:
            cursor.execute(f"RENAME TABLE {', '.join(moves)}")
        text = programs_alone(programs, events=not acts_on_events(cursor))
        run_script(replace(writer, database=name), text, UNWATCHED, "--force")
        places.drop(cursor, names.beside)
        places.drop(cursor, names.notes)
    return name

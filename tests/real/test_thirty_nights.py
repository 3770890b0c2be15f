"""Thirty nights, each with a store of its own: the search and the rules tell them to the night."""

import io
import json
import sqlite3
from datetime import datetime, timedelta

import time_machine
from django.core.management import call_command

from backups.catalogue.timeline import What, timeline_of
from backups.models import Alert, AlertKind, KnownObject, Snapshot
from backups.registering import add_source
from portal.lib import clock

FIRST = datetime(2026, 11, 1, 0, 3, tzinfo=clock.WIB)
SHRINKS, DROPPED, RETURNS = 12, 19, 25


def live_through(day, path):
    """Do to the living database what the day before this night did."""
    with sqlite3.connect(path) as database:
        if day == 1:
            database.execute("CREATE TABLE mahasiswa (nim INTEGER PRIMARY KEY, nama TEXT)")
            database.execute("CREATE TABLE krs (id INTEGER PRIMARY KEY, nim INTEGER, mk TEXT)")
        database.execute("INSERT INTO mahasiswa VALUES (?, ?)", (day, f"Mahasiswa {day}"))
        if day < SHRINKS:
            rows = [(day * 1000 + n, day, "MK") for n in range(200 if day == 1 else 20)]
            database.executemany("INSERT INTO krs VALUES (?, ?, ?)", rows)
        elif day == SHRINKS:
            database.execute("DELETE FROM krs WHERE id % 5 <> 0")
        elif day == DROPPED:
            database.execute("DROP TABLE krs")
        elif day == RETURNS:
            database.execute("CREATE TABLE krs (id INTEGER PRIMARY KEY, nim INTEGER, mk TEXT)")
            rows = [(n * 5, 1, "MK") for n in range(80)]
            database.executemany("INSERT INTO krs VALUES (?, ?, ?)", rows)


def test_thirty_stored_nights_are_told_to_the_night(vaults, tmp_path):
    path = tmp_path / "siakad.sqlite"
    opened = {}
    for day in range(1, 31):
        night = FIRST + timedelta(days=day - 1)
        live_through(day, path)
        with time_machine.travel(night, tick=True):
            if day == 1:
                add_source("SIAKAD", now=night, engine="sqlite", path=str(path))
            call_command("backup", "SIAKAD", stdout=io.StringIO(), stderr=io.StringIO())
        opened[day] = set(Alert.objects.exclude(kind=AlertKind.NIGHT_MISSED).values_list("kind"))
    assert Snapshot.objects.count() == 30
    fired = {day: opened[day] - opened.get(day - 1, set()) for day in opened}
    assert {day: kinds for day, kinds in fired.items() if kinds} == {
        SHRINKS: {(AlertKind.ROWS_SHRANK,)},
        DROPPED: {(AlertKind.TABLE_VANISHED,)},
    }
    krs = KnownObject.objects.get(name="krs")
    changes = [
        (clock.wib_date(event.night.taken_at).day, event.what)
        for event in timeline_of(krs).events
        if event.what != What.CHANGED or clock.wib_date(event.night.taken_at).day >= SHRINKS
    ]
    assert changes == [
        (1, What.APPEARED),
        (SHRINKS, What.CHANGED),
        (DROPPED, What.VANISHED),
        (RETURNS, What.RETURNED),
    ]
    out = io.StringIO()
    call_command("find", "krs", "--json", "--timeline", stdout=out)
    (hit,) = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (hit["first_seen"], hit["last_seen"], hit["present"]) == (
        "2026-11-01",
        "2026-11-30",
        True,
    )
    told = {line["night"]: line for line in hit["timeline"]}
    assert told["2026-11-12"]["rows_before"] == 400
    assert told["2026-11-12"]["rows_after"] == 80
    assert told["2026-11-19"]["what"] == "vanished"
    assert told["2026-11-25"]["what"] == "returned"

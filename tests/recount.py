"""The SOP's indicators counted once more from the raw rows, by another way than the portal's.

Nothing of the portal's figures is used: rows come by SQL, nights are walked one by one, and times
are counted second by second between the moments at which anything changes.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.dateparse import parse_datetime

WIB, UTC = ZoneInfo("Asia/Jakarta"), ZoneInfo("UTC")


def rows(table, *columns):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")
        return [tuple(moment(cell) for cell in row) for row in cursor.fetchall()]


def moment(cell):
    """SQLite gives times as text without a zone, in UTC; all else stays."""
    if isinstance(cell, str) and cell[:2] == "20" and len(cell) >= 19 and cell[10] in " T":
        cell = parse_datetime(cell)
    if isinstance(cell, datetime) and cell.tzinfo is None:
        return cell.replace(tzinfo=UTC)
    return cell


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=WIB)


def days(first, last):
    while first <= last:
        yield first
        first += timedelta(days=1)


def as_day(cell):
    return date.fromisoformat(cell) if isinstance(cell, str) else cell


def nights(first, last, now):
    """Return (due, kept in both places) by walking every night of every source."""
    role = dict(rows("backups_vault", "id", "role"))
    place = {pk: role[vault] for pk, vault in rows("backups_repository", "id", "vault_id")}
    arrived = defaultdict(set)
    for snapshot, repository, state in rows(
        "backups_copy", "snapshot_id", "repository_id", "state"
    ):
        if state in ("stored", "forgotten"):
            arrived[snapshot].add(place[repository])
    snapshot_of = {run: pk for pk, run in rows("backups_snapshot", "id", "run_id")}
    good, last_run = set(), {}
    for pk, source, night, state, kind in rows(
        "backups_backuprun", "id", "source_id", "night", "state", "kind"
    ):
        if kind == "safety":
            continue
        last_run[source] = max(last_run.get(source, as_day(night)), as_day(night))
        if state == "good" and arrived[snapshot_of.get(pk)] >= {"local", "media"}:
            good.add((source, as_day(night)))
    due = kept = 0
    for source, created, retired, paused in rows(
        "backups_source", "id", "created_at", "retired_at", "paused"
    ):
        for day in days(first, last):
            at = midnight(day)
            if at <= created or (retired and at > retired) or now < at + timedelta(hours=1):
                continue
            if paused and (source not in last_run or day > last_run[source]):
                continue
            due += 1
            kept += (source, day) in good
    return due, kept


def proven_age(at):
    """Return the middle of the active sources' proven ages in days."""
    proven = defaultdict(list)
    for source, when in rows("backups_snapshot", "source_id", "proven_at"):
        if when and when <= at:
            proven[source].append(when)
    active = [
        pk
        for pk, paused, retired, created in rows(
            "backups_source", "id", "paused", "retired_at", "created_at"
        )
        if not paused and not retired and created < at
    ]
    ages = [(at - max(proven[pk])).days for pk in active if proven[pk]]
    return round(median(ages)) if ages else None


def bytes_read(at):
    """Return (held, read in time) over the repositories of the vaults in use."""
    within = {
        pk: days for pk, days, enabled in rows("backups_vault", "id", "read_within_days", "enabled")
        if enabled
    }  # fmt: skip
    retired = {pk for pk, when in rows("backups_source", "id", "retired_at") if when}
    checks = rows("backups_vaultcheck", "repository_id", "read_data", "state", "finished_at")
    held = read = 0
    for pk, source, vault, amount, read_at in rows(
        "backups_repository", "id", "source_id", "vault_id", "stored_bytes", "read_at"
    ):
        if vault not in within or source in retired:
            continue
        told = [read_at] + [c[3] for c in checks if c[0] == pk and c[1] and c[2] == "good"]
        told = [when for when in told if when and when <= at]
        held += amount or 0
        if told and at - max(told) < timedelta(days=within[vault]):
            read += amount or 0
    return held, read


def reporters(first, last):
    """Return (asked, confirmed, disputed, silent), case by case."""
    begin, end = midnight(first), midnight(last + timedelta(days=1))
    lines = defaultdict(list)
    for _pk, ticket, at, move in sorted(rows("tickets_entry", "id", "ticket_id", "at", "move")):
        lines[ticket].append((at, move))
    told = {"confirm": 0, "dispute": 0, "lapse": 0, None: 0}
    for of_case in lines.values():
        questions = [
            n for n, (at, move) in enumerate(of_case)
            if move in ("verify", "inform_found") and begin <= at < end
        ]  # fmt: skip
        if not questions:
            continue
        replies = [move for _at, move in of_case[questions[-1] + 1 :] if move in told]
        told[replies[-1] if replies else None] += 1
    return sum(told.values()), told["confirm"], told["dispute"], told["lapse"]


def reach(first, until):
    """Return (seconds counted, seconds lost) over all systems, by cutting time at every change."""
    begin = midnight(first)
    stretches = [
        (system, source, up, began, ended or seen)
        for system, source, up, began, seen, ended in rows(
            "backups_stretch", "system_id", "source_id", "up", "began_at", "seen_at", "ended_at"
        )
    ]
    behind = defaultdict(set)
    for system, source in rows(
        "backups_informationsystem_sources", "informationsystem_id", "source_id"
    ):
        behind[system].add(source)
    named = defaultdict(set)
    for work, system in rows(
        "backups_plannedwork_systems", "plannedwork_id", "informationsystem_id"
    ):
        named[work].add(system)
    works = [
        (pk, starts, ends)
        for pk, starts, ends, off in rows(
            "backups_plannedwork", "id", "starts_at", "ends_at", "called_off_at"
        )
        if not off
    ]
    counted = lost = 0.0
    for (system,) in rows("backups_informationsystem", "id"):
        mine = [s for s in stretches if s[0] == system or s[1] in behind[system]]
        planned = [w for w in works if not named[w[0]] or system in named[w[0]]]
        moments = {begin, until}
        moments |= {at for s in mine for at in s[3:]} | {at for w in planned for at in w[1:]}
        cuts = sorted(at for at in moments if begin <= at <= until)
        for a, b in pairwise(cuts):
            if any(starts <= a < ends for _pk, starts, ends in planned):
                continue
            here = [s for s in mine if s[3] <= a < s[4]]
            if here:
                counted += (b - a).total_seconds()
                lost += (b - a).total_seconds() * any(not s[2] for s in here)
    return counted, lost

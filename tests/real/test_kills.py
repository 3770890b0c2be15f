"""kill -9 at every step: nothing good is lost, nothing bad is listed, the next try is whole."""

import json
from datetime import timedelta

import pytest

from backups.jobs import nightly, sweep, transfer
from backups.models import (
    BackupRun,
    Copy,
    CopyState,
    JobState,
    ObjectVersion,
    Phase,
    Snapshot,
    Transfer,
)
from backups.orders import order_backup, order_transfer
from portal.lib import clock
from tests.portal_process import start

SCRIPT = "tests/real/stopped_worker.py"


def kill_at(kind, job, place, state):
    """Let a worker carry out the job up to `place` and kill it there without warning."""
    names = {
        f"PULIH_{name.upper()}": str(state / name)
        for name in ("staging", "cache", "locks", "downloads")
    }
    with start(SCRIPT, kind, str(job.pk), place, **names) as worker:
        said = worker.stdout.readline()
        worker.kill()
        rest = worker.stdout.read()
    assert said == "here\n", said + rest


def minutes_later(minutes):
    return clock.now() + timedelta(minutes=minutes)


def listed(restic, row):
    return [snapshot["id"] for snapshot in json.loads(restic(row, "snapshots", "--json"))]


def locks(restic, row):
    return restic(row, "list", "locks", "--no-lock").split()


@pytest.mark.parametrize(
    "place", [Phase.CHECK, Phase.DUMP, Phase.STORE, Phase.RECORD, "in the record"]
)
def test_a_run_killed_at_any_step_is_lost_and_the_next_is_good(library, state, restic, place):
    first = order_backup(library, None, clock.now())
    kill_at("run", first, place, state)
    first.refresh_from_db()
    assert first.state == JobState.RUNNING
    sweep.end_lost_jobs(minutes_later(4))
    first.refresh_from_db()
    assert first.state == JobState.LOST
    assert not Snapshot.objects.exists()
    assert not ObjectVersion.objects.exists()

    second = order_backup(library, None, clock.now())
    assert nightly.run(second.pk, clock.now()) == JobState.GOOD
    assert transfer.run(Transfer.objects.get().pk, clock.now()) == JobState.GOOD
    for row in library.repositories.all():
        vouched = Copy.objects.get(repository=row, state=CopyState.STORED).restic_id
        assert listed(restic, row) == [vouched]
        assert locks(restic, row) == []
    assert not any((state / "staging" / library.key / "dump").glob("*"))


@pytest.mark.parametrize("place", [Phase.TRANSFER, Phase.RETENTION])
def test_a_transfer_killed_at_any_step_leaves_the_run_good_and_is_paid_later(
    library, state, restic, place
):
    run = order_backup(library, None, clock.now())
    nightly.run(run.pk, clock.now())
    kill_at("transfer", Transfer.objects.get(), place, state)
    sweep.end_lost_jobs(minutes_later(4))
    assert Transfer.objects.get().state == JobState.LOST
    assert BackupRun.objects.get().state == JobState.GOOD

    again = order_transfer(library, clock.now())
    assert transfer.run(again.pk, clock.now()) == JobState.GOOD
    assert not Copy.objects.filter(state=CopyState.OWED).exists()
    trees = set(Copy.objects.values_list("tree", flat=True))
    assert len(trees) == 1
    for row in library.repositories.all():
        assert len(listed(restic, row)) == 1
        assert locks(restic, row) == []

"""The kill matrix of a restore: at every step the worker, the database server or restic dies.

After each, what is live is by digest what it was before or what the copy holds, nothing runs for
ever, and what is left can be acted on.
"""

import os
import signal
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from backups.engines import postgresql_whole
from backups.errors import BackupError
from backups.jobs import lifecycle, restore, sweep, undo
from backups.models import TO_LIVE, BackupRun, JobState, RestoreJob, RestorePhase, RestoreUndo
from backups.repository.restic import Restic
from backups.restoring import order_undo
from portal.lib import clock
from tests.real.restores import (
    backed_up,
    damage,
    databases,
    digests,
    living_source,
    ordered,
    restored,
)
from tests.real.test_kills import kill_at
from tests.servers import connected, fetch


@pytest.fixture
def living(vaults, postgresql_server):
    with living_source(postgresql_server) as (source, spec):
        yield source, spec


def later():
    return clock.now() + timedelta(minutes=4)


def ours(spec):
    return {name for name in databases(spec) if name.startswith("pulih_")}


def taken_over(job, task):
    """Let the sweep find the silent worker, and another worker take over; return the row."""
    sweep.end_lost_jobs(later())
    job.refresh_from_db()
    assert (job.state, job.recovering) == (JobState.QUEUED, True)
    task.run(job.pk, clock.now())
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("step", TO_LIVE)
def test_a_worker_killed_at_any_step_leaves_all_old_or_all_new(living, state, tmp_path, step):
    source, spec = living
    night = backed_up(source)
    good = digests(spec, tmp_path / "good")
    damage(spec)
    old = digests(spec, tmp_path / "old")
    job = ordered(night)
    kill_at("restore", job, step, state)
    BackupRun.objects.filter(state=JobState.RUNNING).update(state=JobState.LOST)
    ended = taken_over(job, restore)
    live = digests(spec, tmp_path / "live")
    swapped = step in {RestorePhase.PROBE, RestorePhase.KEEP}
    assert live == (good if swapped else old)
    assert ended.outcome == ("restored" if swapped else "failed")
    assert ended.can_undo(clock.now()) == swapped
    assert len(ours(spec)) == (1 if swapped else 0)
    if not swapped:
        assert "is as it was before" in ended.error
        assert restored(night).outcome == "restored"


@pytest.mark.parametrize("step", [RestorePhase.SWAP, RestorePhase.PROBE])
def test_a_worker_killed_in_an_undo_is_followed_by_one_that_ends_it(living, state, tmp_path, step):
    source, spec = living
    night = backed_up(source)
    damage(spec)
    old = digests(spec, tmp_path / "old")
    undoing = order_undo(restored(night), clock.now())
    kill_at("undo", undoing, step, state)
    BackupRun.objects.filter(state=JobState.RUNNING).update(state=JobState.LOST)
    assert taken_over(undoing, undo).state == JobState.GOOD
    assert digests(spec, tmp_path / "live") == old
    assert RestoreJob.objects.get().outcome == "undone"
    assert ours(spec) == set()


def test_a_swap_cut_off_after_live_was_closed_is_opened_again(living, state, tmp_path):
    source, spec = living
    night = backed_up(source)
    before = digests(spec, tmp_path / "before")
    job = ordered(night)
    kill_at("restore", job, "live closed", state)
    assert fetch(at_home(spec), closed(spec)) == [(False,)]
    ended = taken_over(job, restore)
    assert fetch(at_home(spec), closed(spec)) == [(True,)]
    assert ended.outcome == "failed"
    assert digests(spec, tmp_path / "after") == before
    assert ours(spec) == set()


def at_home(spec):
    return replace(spec, database="postgres")


def closed(spec):
    return f"SELECT datallowconn FROM pg_database WHERE datname = '{spec.database}'"


@pytest.mark.parametrize("step", [RestorePhase.SAFETY, RestorePhase.FETCH])
def test_restic_killed_in_a_step_leaves_live_alone(living, tmp_path, monkeypatch, step):
    source, spec = living
    night = backed_up(source)
    before = digests(spec, tmp_path / "before")
    verb = "store" if step == RestorePhase.SAFETY else "fetch"
    ordinary, calls = getattr(Restic, verb), []

    def killed(self, *given, **more):
        calls.append(verb)
        if verb == "store" or len(calls) > 1:
            raise BackupError("restic was ended by signal 9.")
        return ordinary(self, *given, **more)

    monkeypatch.setattr(Restic, verb, killed)
    job = restored(night)
    assert job.state == JobState.FAILED
    assert "signal 9" in job.error
    assert digests(spec, tmp_path / "after") == before
    assert ours(spec) == set()


@pytest.mark.parametrize("step", [RestorePhase.LOAD, RestorePhase.PROVE, "live closed"])
def test_a_server_that_crashes_at_a_step_comes_up_all_old_and_open(
    living, tmp_path, monkeypatch, step
):
    source, spec = living
    night = backed_up(source)
    before = digests(spec, tmp_path / "before")
    crash_at(monkeypatch, step, spec)
    job = restored(night)
    assert job.state == JobState.FAILED
    assert fetch(at_home(spec), closed(spec)) == [(True,)]
    assert digests(spec, tmp_path / "after") == before
    assert ours(spec) == set()


def crash_at(monkeypatch, step, spec):
    """Let the server crash once when the restore comes to `step`."""
    crashed = []

    def crash():
        if not crashed:
            crashed.append(step)
            with closing(connected(at_home(spec))) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                ((backend,),) = cursor.fetchall()
                os.kill(backend, signal.SIGKILL)  # the postmaster ends all others and recovers

    if step == "live closed":
        ordinary_empty = postgresql_whole._empty
        monkeypatch.setattr(
            postgresql_whole, "_empty", lambda *given: (crash(), ordinary_empty(*given))
        )
        return
    ordinary = lifecycle.JobWatch.begin

    def begin(watch, phase, total=None, **more):
        if phase == step:
            crash()
        ordinary(watch, phase, total, **more)

    monkeypatch.setattr(lifecycle.JobWatch, "begin", begin)


def test_two_workers_over_one_restore_make_one(living):
    source, _ = living
    job = ordered(backed_up(source))
    assert restore.run(job.pk, clock.now()) == JobState.GOOD
    assert restore.run(job.pk, clock.now()) is None
    assert RestoreUndo.objects.count() == 0

"""kill -9 beside the matrix of test_kill_matrix.py: in an undo, and where live is closed."""

import os
import signal
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from backups.jobs import restore, sweep, undo
from backups.models import JobState, RestoreUndo
from backups.restoring import order_undo
from portal.lib import clock
from tests.real.killing import AT_WORK, DONE, at, lives, worker_killed
from tests.real.restores import (
    backed_up,
    damage,
    databases,
    digests,
    living_source,
    ordered,
    restored,
)
from tests.servers import connected, fetch, until


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


def test_a_worker_killed_in_an_undo_is_followed_by_one_that_ends_it(
    living, tmp_path, monkeypatch, subtests
):
    source, spec = living
    night = backed_up(source)
    damage(spec)
    old = digests(spec, tmp_path / "old")
    for step in ("plan", "safety", "prove", "swap", "probe", "keep"):
        with subtests.test(step=step):
            job = restored(night)
            undoing = order_undo(job, clock.now(), rung=False)
            worker_killed(monkeypatch, undoing, step, DONE)
            assert taken_over(undoing, undo).state == JobState.GOOD
            assert digests(spec, tmp_path / step) == old
            job.refresh_from_db()
            assert job.outcome == "undone"
            assert ours(spec) == set()


def test_a_swap_cut_off_after_live_was_closed_is_opened_again(living, tmp_path, monkeypatch):
    source, spec = living
    night = backed_up(source)
    before = digests(spec, tmp_path / "before")
    job = ordered(night)
    worker_killed(monkeypatch, job, "swap", AT_WORK)
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


def test_a_session_that_crashes_in_the_swap_leaves_live_old_and_open(living, tmp_path, monkeypatch):
    source, spec = living
    night = backed_up(source)
    before = digests(spec, tmp_path / "before")
    assert at(monkeypatch, "swap", AT_WORK, lambda: crash(spec)) == []
    job = restored(night)
    assert job.state == JobState.FAILED
    assert fetch(at_home(spec), closed(spec)) == [(True,)]
    assert digests(spec, tmp_path / "after") == before
    assert ours(spec) == set()


def crash(spec):
    """Kill a session: the postmaster then ends all others, and recovers; wait until they ended."""
    with closing(connected(at_home(spec))) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        backends = [backend for (backend,) in cursor.fetchall()]
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    until(lambda: not any(map(lives, backends)))


def test_two_workers_over_one_restore_make_one(living):
    source, _ = living
    job = ordered(backed_up(source))
    assert restore.run(job.pk, clock.now()) == JobState.GOOD
    assert restore.run(job.pk, clock.now()) is None
    assert RestoreUndo.objects.count() == 0

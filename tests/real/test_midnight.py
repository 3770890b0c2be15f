"""Midnight in Jakarta, with real worker clusters and a clock moved to ten seconds before it."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest
import time_machine

from backups.models import BackupRun, Copy, CopyState, JobState, RunKind, Source
from portal.lib import clock
from portal.schedule import hang_bells
from tests.portal_process import start

TWO_OF_EACH = ("short", "short", "long", "long")
JUST_BEFORE_MIDNIGHT = datetime(2026, 11, 22, 23, 59, 50, tzinfo=clock.WIB)
THREE_O_CLOCK = datetime(2026, 11, 23, 3, 0, tzinfo=clock.WIB)
STOP_SECONDS = 30
PATIENCE = 240  # seconds until a test of real clusters gives up


@contextmanager
def clusters_from(moment, state, names=TWO_OF_EACH):
    """Run real django-q2 clusters whose clock starts at `moment`; end them by their ids."""
    extra = {f"PULIH_{name.upper()}": str(state / name) for name in ("staging", "cache", "locks")}
    words = ("tests/real/moved_cluster.py", moment.isoformat())
    running = [start(*words, Q_CLUSTER_NAME=name, **extra) for name in names]
    try:
        yield
    finally:
        for cluster in running:
            cluster.send_signal(signal.SIGTERM)
        for cluster in running:
            end_whole_session(cluster)


def end_whole_session(cluster):
    """Give the cluster its time to stop, then end whatever of it is left."""
    with suppress(subprocess.TimeoutExpired):
        cluster.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(cluster.pid, signal.SIGKILL)
    cluster.wait()
    cluster.stdin.close()
    cluster.stdout.close()


def wait_until(holds):
    """Ask again and again until it holds; fail after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.5)


@pytest.fixture
def sources(library, shelf):
    """Two sources on one portal whose timetable was hung the evening before."""
    Source.objects.update(created_at=JUST_BEFORE_MIDNIGHT - timedelta(days=1))
    return (library, shelf)


def all_paid():
    stored = Copy.objects.filter(state=CopyState.STORED).count()
    return stored == 4 and not Copy.objects.filter(state=CopyState.OWED).exists()


def test_at_midnight_every_source_runs_once_with_two_clusters_alive(sources, state):
    with time_machine.travel(JUST_BEFORE_MIDNIGHT, tick=False):
        hang_bells()
        for source in sources:  # the night that is about to end was served
            BackupRun.objects.create(
                source=source,
                kind=RunKind.NIGHTLY,
                night=JUST_BEFORE_MIDNIGHT.date(),
                state=JobState.FAILED,
                permanent=True,
                ordered_at=clock.now(),
            )
    with clusters_from(JUST_BEFORE_MIDNIGHT, state):
        wait_until(all_paid)
    night = BackupRun.objects.filter(night="2026-11-23")
    assert sorted(run.source.name for run in night) == ["Perpustakaan", "Rak"]
    assert {(run.state, run.attempt, run.late) for run in night} == {(JobState.GOOD, 1, False)}
    for run in night:
        assert run.started_at - clock.midnight(run.night) < timedelta(minutes=2)


def test_with_the_workers_down_until_three_every_source_runs_once_at_three(sources, state):
    with time_machine.travel(JUST_BEFORE_MIDNIGHT - timedelta(hours=2), tick=False):
        hang_bells()
    with clusters_from(THREE_O_CLOCK, state):
        wait_until(all_paid)
    runs = BackupRun.objects.order_by("source__name")
    assert [(run.source.name, str(run.night)) for run in runs] == [
        ("Perpustakaan", "2026-11-23"),
        ("Rak", "2026-11-23"),
    ]
    assert {(run.state, run.attempt, run.late) for run in runs} == {(JobState.GOOD, 1, True)}
    for run in runs:
        assert run.started_at >= THREE_O_CLOCK.astimezone(run.started_at.tzinfo)

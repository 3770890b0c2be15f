"""The watchdog: told by what moves, it asks for a new worker and restarts nothing itself."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django_q.models import Schedule

from backups.jobs.health import Stuck, workers_stuck
from backups.models import BackupRun, JobState, RunKind, Transfer
from portal.lib import clock
from tests.app import factories

pytestmark = pytest.mark.django_db
NOW = clock.now()
LONG_AGO = NOW - timedelta(minutes=9)


def waiting_run():
    """Return a backup whose doorbell was rung long ago and that nobody took."""
    return BackupRun.objects.create(
        source=factories.source(),
        kind=RunKind.MANUAL,
        night=clock.wib_date(NOW),
        ordered_at=LONG_AGO,
        rung_at=LONG_AGO,
    )


def test_all_is_well_where_nothing_waits():
    assert workers_stuck(NOW) is None


def test_silent_bells_are_the_short_workers_fault():
    Schedule.objects.create(name="uji", func="backups.tasks.every_minute", next_run=LONG_AGO)
    assert workers_stuck(NOW) == Stuck("short", "No bell has rung for five minutes")


def test_a_backup_that_nobody_takes_is_the_long_workers_fault():
    waiting_run()
    assert workers_stuck(NOW).worker == "long"


def test_a_backup_that_waits_behind_a_transfer_is_no_fault():
    run = waiting_run()
    Transfer.objects.create(
        source=run.source, state=JobState.RUNNING, ordered_at=LONG_AGO, heartbeat_at=NOW
    )
    assert workers_stuck(NOW) is None


@pytest.mark.django_db(transaction=True)  # each look begins on a new connection
def test_the_stuck_worker_is_named_where_systemd_looks(tmp_path, capsys):
    waiting_run()
    with pytest.raises(SystemExit) as ended:
        call_command("watchdog", ask_in=tmp_path)
    assert ended.value.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["restart-long"]
    assert "restart the long worker" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)  # each look begins on a new connection
def test_nothing_is_asked_for_while_all_is_well(tmp_path):
    call_command("watchdog", ask_in=tmp_path)
    assert list(tmp_path.iterdir()) == []

"""Opening nights, ringing workers, ending what is lost: all of it follows from rows."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django_q.models import OrmQ

from backups import orders
from backups.jobs import lifecycle, sweep
from backups.models import Alert, AlertKind, BackupRun, JobState, RunKind, Server, Source
from backups.registering import add_source

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # 00:00 WIB on the 23rd
THREE = MIDNIGHT + timedelta(hours=3)
YESTERDAY = MIDNIGHT - timedelta(days=1)


@pytest.fixture
def siakad():
    return new_source("SIAKAD")


def new_source(name, **fields):
    fields = {"engine": "sqlite", "path": "/data/x.sqlite", **fields}
    source = add_source(name, now=YESTERDAY, **fields)
    Source.objects.filter(pk=source.pk).update(created_at=YESTERDAY)
    return source


def test_midnight_orders_one_run_of_every_active_source(siakad):
    new_source("Perpustakaan")
    new_source("PMB", paused=True)
    sweep.open_night(MIDNIGHT)
    runs = BackupRun.objects.order_by("source__name")
    assert [(run.source.name, str(run.night), run.late) for run in runs] == [
        ("Perpustakaan", "2026-11-23", False),
        ("SIAKAD", "2026-11-23", False),
    ]
    assert OrmQ.objects.filter(key="long").count() == 2


def test_a_second_cluster_at_the_same_midnight_orders_nothing(siakad):
    sweep.open_night(MIDNIGHT)
    assert sweep.open_night(MIDNIGHT + timedelta(seconds=1)) == []
    assert orders.order_night(siakad, BackupRun.objects.get().night, 1, MIDNIGHT) is None
    assert BackupRun.objects.count() == 1


def test_just_before_midnight_belongs_to_the_night_that_ends(siakad):
    Source.objects.update(created_at=YESTERDAY - timedelta(days=2))
    sweep.open_night(MIDNIGHT - timedelta(seconds=10))
    sweep.open_night(MIDNIGHT)
    assert [str(run.night) for run in BackupRun.objects.order_by("pk")] == [
        "2026-11-22",
        "2026-11-23",
    ]


def test_a_missed_midnight_is_caught_up_once_and_told_as_late(siakad):
    sweep.every_minute(THREE)
    sweep.every_minute(THREE + timedelta(minutes=1))
    run = BackupRun.objects.get()
    assert run.late
    assert Alert.objects.get(kind=AlertKind.NIGHT_LATE).source == siakad


def test_days_of_absence_are_caught_up_by_one_night_not_by_many(siakad):
    sweep.every_minute(MIDNIGHT)
    sweep.every_minute(THREE + timedelta(days=5))
    assert [str(run.night) for run in BackupRun.objects.order_by("pk")] == [
        "2026-11-23",
        "2026-11-28",
    ]


def test_a_source_added_today_waits_for_its_first_midnight(siakad):
    Source.objects.update(created_at=THREE)
    assert sweep.open_night(THREE + timedelta(hours=4)) == []


def test_only_one_worker_claims_a_run(siakad):
    (run,) = sweep.open_night(MIDNIGHT)
    assert lifecycle.claim(BackupRun, run.pk, MIDNIGHT).state == JobState.RUNNING
    assert lifecycle.claim(BackupRun, run.pk, MIDNIGHT) is None


def test_a_source_never_runs_twice_at_once(siakad):
    (nightly,) = sweep.open_night(MIDNIGHT)
    asked = orders.order_backup(siakad, None, MIDNIGHT)
    assert lifecycle.claim(BackupRun, nightly.pk, MIDNIGHT)
    assert lifecycle.claim(BackupRun, asked.pk, MIDNIGHT) is None
    asked.refresh_from_db()
    assert asked.state == JobState.QUEUED


def test_a_silent_worker_s_run_is_lost_and_started_again(siakad):
    (run,) = sweep.open_night(MIDNIGHT)
    lifecycle.claim(BackupRun, run.pk, MIDNIGHT)
    sweep.every_minute(MIDNIGHT + timedelta(minutes=2))
    run.refresh_from_db()
    assert run.state == JobState.RUNNING
    sweep.every_minute(MIDNIGHT + timedelta(minutes=4))
    first, second = BackupRun.objects.order_by("pk")
    assert (first.state, second.state, second.attempt) == (JobState.LOST, JobState.QUEUED, 2)
    assert Alert.objects.get(kind=AlertKind.RUN_FAILED).facts["error_kind"] == "WorkerLost"


def test_a_worker_that_lost_its_row_records_nothing(siakad):
    (run,) = sweep.open_night(MIDNIGHT)
    job = lifecycle.claim(BackupRun, run.pk, MIDNIGHT)
    sweep.end_lost_jobs(MIDNIGHT + timedelta(minutes=4))
    with pytest.raises(lifecycle.Cancelled):
        lifecycle.finish_good(job, lifecycle.JobWatch(job))
    job.refresh_from_db()
    assert job.state == JobState.LOST


def test_a_database_that_is_away_for_a_moment_stops_no_work(siakad, monkeypatch, caplog):
    (run,) = sweep.open_night(MIDNIGHT)
    job = lifecycle.claim(BackupRun, run.pk, MIDNIGHT)
    monkeypatch.setattr(lifecycle, "SAVE_EVERY", 0.01)
    beaten = threading.Event()

    def locked(_job):
        if len(caplog.records) > 1:
            beaten.set()
        raise OperationalError("database is locked")

    monkeypatch.setattr(lifecycle, "_still_ours", locked)
    with lifecycle.JobWatch(job) as watch:
        assert beaten.wait(10)
        watch.begin("dump")  # nobody asked to stop
    told = caplog.records[0]
    assert told.levelname == "WARNING"
    assert not told.exc_info  # no traceback: it is tried again a second later
    assert "could not be saved: database is locked" in told.getMessage()


def failed(source, night_run, *, permanent):
    BackupRun.objects.filter(pk=night_run.pk).update(
        state=JobState.FAILED, finished_at=MIDNIGHT, permanent=permanent
    )


def test_a_passing_failure_is_tried_three_times_a_night(siakad):
    now = MIDNIGHT
    for _ in range(6):
        sweep.open_night(now)
        failed(siakad, BackupRun.objects.latest("pk"), permanent=False)
        now += timedelta(minutes=11)
    assert BackupRun.objects.count() == sweep.TRIES_PER_NIGHT


def test_a_wrong_password_is_not_tried_again_by_itself(siakad):
    (run,) = sweep.open_night(MIDNIGHT)
    failed(siakad, run, permanent=True)
    assert sweep.open_night(MIDNIGHT + timedelta(hours=1)) == []


def test_a_doorbell_nobody_heard_is_rung_again(siakad):
    sweep.open_night(MIDNIGHT)
    OrmQ.objects.all().delete()
    sweep.ring_waiting(MIDNIGHT + timedelta(minutes=5))
    assert OrmQ.objects.count() == 0
    sweep.ring_waiting(MIDNIGHT + timedelta(minutes=11))
    assert OrmQ.objects.count() == 1


def test_a_cancel_ends_a_waiting_run_and_asks_a_running_one(siakad):
    (run,) = sweep.open_night(MIDNIGHT)
    lifecycle.claim(BackupRun, run.pk, MIDNIGHT)
    assert orders.cancel(run, MIDNIGHT)
    run.refresh_from_db()
    assert (run.state, run.cancel_requested_at) == (JobState.RUNNING, MIDNIGHT)
    other = orders.order_backup(siakad, None, MIDNIGHT)
    assert orders.cancel(other, MIDNIGHT)
    assert not orders.cancel(other, MIDNIGHT)
    other.refresh_from_db()
    assert other.state == JobState.CANCELLED


def test_asking_twice_for_a_backup_makes_one_run(siakad):
    first = orders.order_backup(siakad, None, MIDNIGHT)
    assert orders.order_backup(siakad, None, MIDNIGHT) == first
    assert first.kind == RunKind.MANUAL


def test_a_retired_source_has_no_more_nights_and_loses_none(siakad):
    (run,) = sweep.open_night(MIDNIGHT)
    orders.retire(siakad, MIDNIGHT)
    run.refresh_from_db()
    assert run.state == JobState.CANCELLED
    assert sweep.open_night(MIDNIGHT + timedelta(days=1)) == []
    assert Source.objects.filter(pk=siakad.pk).exists()


def test_a_renamed_source_keeps_its_key(siakad):
    key = siakad.key
    siakad.name = "Sistem Akademik 'baru'"
    siakad.save()
    assert Source.objects.get(pk=siakad.pk).key == key


@pytest.mark.parametrize(
    "name",
    [
        "Nama dengan spasi",
        "a/b\\c",
        "kutip'\"`",
        "baris\nbaru",
        "أرشيف",
        "ꦥꦸꦭꦶꦃ",
        "../../etc",
        "%",
        "-x",
    ],
)
def test_whatever_its_name_a_source_has_a_plain_key_of_its_own(name):
    first, second = new_source(name), new_source(name + " ")
    assert first.key != second.key
    for source in (first, second):
        assert source.key.replace("-", "").isalnum()
        assert source.key.isascii()
        assert not source.key.startswith("-")


def test_an_old_newest_copy_opens_an_alarm_that_clears_by_itself(siakad):
    sweep.judge_ages(YESTERDAY + timedelta(hours=27))
    sweep.judge_ages(YESTERDAY + timedelta(hours=28))
    assert Alert.objects.filter(kind=AlertKind.NIGHT_MISSED, cleared_at=None).count() == 1
    sweep.judge_ages(YESTERDAY + timedelta(hours=1))
    assert Alert.objects.filter(kind=AlertKind.NIGHT_MISSED, cleared_at=None).count() == 0


def test_a_plain_password_is_refused_by_the_database(siakad, django_db_blocker):
    from django.db import IntegrityError, transaction  # noqa: PLC0415

    with pytest.raises(IntegrityError), transaction.atomic():
        Source.objects.filter(pk=siakad.pk).update(read_secret="rahasia")


def test_a_server_is_not_asked_for_more_at_once_than_it_bears(siakad):
    other = new_source("Perpustakaan")
    assert other.server == siakad.server
    Server.objects.update(max_parallel=1)
    first, second = sweep.open_night(MIDNIGHT)
    assert lifecycle.claim(BackupRun, first.pk, MIDNIGHT)
    from backups.jobs import nightly  # noqa: PLC0415

    assert nightly.run(second.pk, MIDNIGHT) is None
    second.refresh_from_db()
    assert (second.state, second.rung_at) == (JobState.QUEUED, None)

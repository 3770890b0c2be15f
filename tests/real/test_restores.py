"""Restores to a living PostgreSQL: all old or all new, proven, and with a way back."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from backups.catalogue.hold import release
from backups.errors import OrderRefused
from backups.jobs import nightly, restore, sweep, undo
from backups.jobs.tidy import tidy
from backups.models import (
    BackupRun,
    CopyState,
    Hold,
    JobState,
    RestoreJob,
    RestoreTarget,
    RunKind,
)
from backups.orders import order_backup
from backups.restoring import cancel_restore, end_undo, order_undo
from backups.specs import UNWATCHED
from portal.audit.models import AuditEvent
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
from tests.servers import connected, execute, fetch


@pytest.fixture
def living(vaults, postgresql_server):
    with living_source(postgresql_server) as (source, spec):
        yield source, spec


def test_a_whole_database_comes_back_and_the_damage_can_be_had_again(living, tmp_path):
    source, spec = living
    night = backed_up(source)
    good = digests(spec, tmp_path / "good")
    damage(spec)
    damaged = digests(spec, tmp_path / "damaged")

    job = restored(night)
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert job.outcome == "restored"
    assert job.objects_equal == job.objects_total > 3
    assert digests(spec, tmp_path / "live") == good
    assert [step["phase"] for step in job.steps] == [
        "plan", "safety", "fetch", "load", "prove", "swap", "probe", "keep",
    ]  # fmt: skip
    assert all(step["ended"] >= step["began"] for step in job.steps)
    assert job.safety.run.kind == RunKind.SAFETY
    assert set(Hold.objects.values_list("snapshot", "key")) == {
        (night.pk, job.hold_key),
        (job.safety.pk, job.hold_key),
    }

    execute(spec, "INSERT INTO nilai (nim, huruf) VALUES ('0000000001', 'Z')")
    undoing = order_undo(job, clock.now(), rung=False)
    assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
    assert digests(spec, tmp_path / "undone") == damaged
    job.refresh_from_db()
    assert job.outcome == "undone"
    assert databases(spec) >= {spec.database}
    assert not [name for name in databases(spec) if name.startswith("pulih_")]
    undoing.refresh_from_db()
    assert undoing.objects_equal == undoing.objects_total
    assert undoing.safety.row_count == 601  # what was written in between is kept
    told = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {"restore.ordered", "restore.restored", "restore.undone"} <= told


def test_one_table_is_saved_alone_and_can_be_had_from_that_copy_again(living, tmp_path):
    source, spec = living
    night = backed_up(source)
    damage(spec)
    damaged = digests(spec, tmp_path / "damaged")
    scope = {"kind": "tables", "names": ["public.nilai"]}
    job = restored(night, scope=scope)
    assert (job.state, job.error) == (JobState.GOOD, "")
    safety = job.safety
    assert (safety.part, safety.row_count) == (["public.nilai"], 200)
    assert list(source.snapshots.all()) == [night]  # a part is no night
    with pytest.raises(OrderRefused, match="nothing else"):
        ordered(safety)
    again = restored(safety, scope=scope)
    assert (again.state, again.error) == (JobState.GOOD, "")
    assert digests(spec, tmp_path / "again") == damaged

    in_two_days = clock.now() + timedelta(days=2)
    tidy(source, in_two_days, UNWATCHED)
    assert state_in_the_local_vault(safety) == CopyState.STORED
    for each in (job, again):
        release(each.hold_key)
    tidy(source, in_two_days, UNWATCHED)
    assert state_in_the_local_vault(safety) == CopyState.FORGOTTEN
    assert state_in_the_local_vault(night) == CopyState.STORED


def state_in_the_local_vault(snapshot):
    return snapshot.copies.get(repository__vault__role="local").state


def test_a_database_that_is_gone_comes_back(living, tmp_path):
    source, spec = living
    night = backed_up(source)
    good = digests(spec, tmp_path / "good")
    execute(replace(spec, database="postgres"), f"DROP DATABASE {spec.database}")
    job = restored(night)
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert job.safety is None
    assert digests(spec, tmp_path / "live") == good


def test_beside_nothing_living_changes(living, tmp_path):
    source, spec = living
    night = backed_up(source)
    damage(spec)
    damaged = digests(spec, tmp_path / "damaged")
    job = restored(night, RestoreTarget.BESIDE, target_name="pulih_lihat")
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert digests(spec, tmp_path / "live") == damaged
    assert "pulih_lihat" in databases(spec)
    assert not Hold.objects.exists()
    assert not job.can_undo(clock.now())


def test_the_old_is_removed_when_its_time_is_over_and_only_then(living):
    source, spec = living
    job = restored(backed_up(source))
    sweep.discard_what_is_over(clock.now())
    assert not restore.discard_old(job.pk, clock.now())
    assert end_undo(job.reference, clock.now()) == 1
    assert sweep.discard_what_is_over(clock.now()) == 1
    assert restore.discard_old(job.pk, clock.now())
    assert not [name for name in databases(spec) if name.startswith("pulih_")]
    assert not Hold.objects.exists()
    job.refresh_from_db()
    with pytest.raises(OrderRefused, match="time is over"):
        order_undo(job, clock.now())


def test_one_restore_of_a_source_at_a_time(living):
    night = backed_up(living[0])
    ordered(night)
    with pytest.raises(OrderRefused, match="being restored"):
        ordered(night)
    assert RestoreJob.objects.count() == 1


def test_undone_twice_it_is_undone_once(living):
    job = restored(backed_up(living[0]))
    first = order_undo(job, clock.now(), rung=False)
    assert order_undo(job, clock.now()) == first
    undo.run(first.pk, clock.now())
    job.refresh_from_db()
    with pytest.raises(OrderRefused, match="undone before"):
        order_undo(job, clock.now())


def test_a_night_waits_while_its_source_is_being_restored(living):
    source, _ = living
    night = backed_up(source)
    job = ordered(night)
    RestoreJob.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    run = order_backup(source, None, clock.now(), rung=False)
    assert nightly.run(run.pk, clock.now()) is None
    run.refresh_from_db()
    assert (run.state, run.rung_at) == (JobState.QUEUED, None)


def test_a_target_that_changed_since_the_plan_voids_it(living, tmp_path):
    source, spec = living
    night = backed_up(source)
    before = digests(spec, tmp_path / "before")
    job = restored(night, fingerprint="0" * 64)
    assert (job.state, job.error_kind) == (JobState.FAILED, "PlanVoid")
    assert digests(spec, tmp_path / "after") == before
    assert BackupRun.objects.filter(kind=RunKind.SAFETY).count() == 0


def test_without_a_restoring_user_it_says_so(living):
    source, _ = living
    night = backed_up(source)
    source.write_username = ""
    source.save()
    job = restored(night)
    assert (job.state, job.error_kind) == (JobState.FAILED, "SourceRefused")
    assert "no user that may restore" in job.error
    assert not Hold.objects.exists()


def test_a_wrong_password_of_the_restoring_user_touches_nothing(living):
    source, spec = living
    night = backed_up(source)
    execute(spec, f"ALTER ROLE {spec.read.username} PASSWORD 'lain'")
    job = restored(night)
    assert (job.state, job.error_kind) == (JobState.FAILED, "SourceRefused")


def test_cancelled_before_its_turn_nothing_begins(living):
    night = backed_up(living[0])
    job = ordered(night)
    assert cancel_restore(job, "os:root", clock.now())
    assert restore.run(job.pk, clock.now()) is None


def test_many_connections_are_ended_and_come_back(living):
    source, spec = living
    night = backed_up(source)
    crowd = [connected(spec) for _ in range(40)]
    job = restored(night)
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert job.survey["connections"] >= 40
    assert fetch(spec, "SELECT count(*) FROM nilai") == [(300,)]
    for each in crowd:
        each.close()


def said(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_an_emergency_by_command_is_restored_waits_for_review_and_is_undone(
    living, tmp_path, capsys
):
    source, spec = living
    backed_up(source)
    good = digests(spec, tmp_path / "good")
    damage(spec)
    words = ["--live", "--emergency", "Ujian besok pagi", "--yes", "--json"]
    call_command("restore", source.name, *words)
    told = said(capsys)
    assert (told["state"], told["error"]) == ("restored", "")
    assert told["proof"]["equal"] == told["proof"]["compared"] == told["objects"]
    assert len(told["snapshot"]) == len(told["safety_copy"]) == 64
    assert told["undo_until"]
    assert digests(spec, tmp_path / "live") == good
    job = RestoreJob.objects.get(pk=told["restore"])
    assert job.review_due
    assert job.operator.startswith("os:")
    call_command("undo_restore", str(job.pk), "--json")
    assert (said(capsys)["state"]) == "undone"


@pytest.mark.parametrize(
    "words",
    [
        ["--live", "--yes"],
        ["--live", "--emergency", "x"],
        ["--live", "--ticket", "DT-2026-000001-1", "--yes"],
        ["--live", "--emergency", "x", "--yes", "--table", "a", "--path", "b"],
        ["--beside", "x", "--at", "1999-01-01"],
    ],
)
def test_wrong_words_end_with_two_and_touch_nothing(library, words):
    backed_up(library)
    with pytest.raises(CommandError) as caught:
        call_command("restore", library.name, *words)
    assert caught.value.returncode == 2
    assert not RestoreJob.objects.exists()

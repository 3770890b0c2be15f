"""A case's restore: ordered as approved, settled once, its old data removed when the case ends."""

from datetime import timedelta

import pytest

from backups.models import Hold, JobState, RestoreJob, RestoreTarget
from tests.app.cases import DAY, FOUND, MONDAY, act, fresh, surveyed
from tickets.actions import approving, choosing, closing, restoring, ticking
from tickets.actions.rules import current_plan, standing_approval
from tickets.errors import NotReady, NotYours, RestoreRefused
from tickets.models import Evidence, EvidenceKind, Target
from tickets.workflow import State

SCOPE = {"kind": "tables", "names": ["public.nilai"]}


def approved(desk, **changes):
    ticket = desk.with_letter(desk.searched())
    choice = desk.choice(**({"scope": SCOPE, "target": Target.LIVE} | changes))
    choosing.choose_plan(ticket, choice, act(desk.analyst, ticket))
    surveyed(ticket)
    approving.request_approval(ticket, act(desk.analyst, ticket))
    return approving.approve(ticket, act(desk.approver, ticket))


def started(desk, **changes):
    ticket = approved(desk, **changes)
    job = restoring.start(ticket, act(desk.executor, ticket))
    return fresh(ticket), job


def ended(job, state, **values):
    RestoreJob.objects.filter(pk=job.pk).update(state=state, finished_at=MONDAY, **values)


def test_the_executor_starts_what_was_approved_and_nothing_else(desk):
    ticket, job = started(desk)
    assert ticket.step is State.RESTORING
    assert (job.snapshot, job.scope, job.target) == (desk.night, SCOPE, RestoreTarget.LIVE)
    assert job.fingerprint == FOUND["fingerprint"]
    assert job.reference_name == ticket.number
    assert job.ordered_by == desk.executor
    assert Hold.objects.filter(snapshot=desk.night, key=job.hold_key).exists()


def test_nobody_else_starts_it(desk):
    ticket = approved(desk)
    for somebody in (desk.analyst, desk.approver, desk.front_desk, desk.reporter):
        with pytest.raises(NotYours):
            restoring.start(fresh(ticket), act(somebody, ticket))
    assert not RestoreJob.objects.exists()


def test_a_source_that_is_being_restored_keeps_the_case_where_it_was(desk):
    first, _ = started(desk)
    ticket = approved(desk)
    with pytest.raises(RestoreRefused, match="being restored"):
        restoring.start(ticket, act(desk.executor, ticket))
    assert fresh(ticket).step is State.APPROVED
    assert first.step is State.RESTORING


def test_a_plan_that_does_not_say_what_is_refused(desk):
    ticket = approved(desk, scope={"tables": ["nilai"]})
    with pytest.raises(RestoreRefused, match="what of the copy"):
        restoring.start(ticket, act(desk.executor, ticket))
    assert fresh(ticket).step is State.APPROVED


def test_a_good_end_is_settled_once_with_its_proof(desk):
    ticket, job = started(desk)
    assert not restoring.settle_ended(job.pk, MONDAY)
    until = MONDAY + 7 * DAY
    ended(job, JobState.GOOD, objects_equal=4, objects_total=4, undo_until=until)
    assert restoring.settle_ended(job.pk, MONDAY)
    assert not restoring.settle_ended(job.pk, MONDAY)
    assert fresh(ticket).step is State.RESTORED
    proof = Evidence.objects.get(ticket=ticket, kind=EvidenceKind.RESTORE)
    assert (proof.facts["equal"], proof.facts["compared"]) == (4, 4)


def test_a_bad_end_that_nobody_heard_is_settled_by_the_next_minute(desk):
    ticket, job = started(desk)
    ended(job, JobState.FAILED, error="The disk is full.")
    assert ticking.settle_restores(MONDAY) == 1
    assert fresh(ticket).step is State.RESTORE_FAILED
    assert "disk is full" in Evidence.objects.get(kind=EvidenceKind.RESTORE).summary


def test_a_target_that_changed_since_the_plan_voids_plan_and_approval(desk):
    ticket, job = started(desk)
    ended(job, JobState.FAILED, error="SIAKAD is not what it was.", error_kind="PlanVoid")
    assert restoring.settle_ended(job.pk, MONDAY)
    assert not restoring.settle_ended(job.pk, MONDAY)
    ticket = fresh(ticket)
    assert ticket.step is State.RETURNED
    assert current_plan(ticket) is None
    assert standing_approval(ticket) is None
    assert "Rencana batal" in Evidence.objects.get(kind=EvidenceKind.RESTORE).summary
    with pytest.raises(NotReady, match="Rencana pemulihan belum ada"):
        approving.request_approval(ticket, act(desk.analyst, ticket))


def test_after_a_void_plan_a_new_one_goes_the_whole_way(desk):
    ticket, job = started(desk)
    ended(job, JobState.FAILED, error="x", error_kind="PlanVoid")
    restoring.settle_ended(job.pk, MONDAY)
    ticket = fresh(ticket)
    choice = desk.choice(scope=SCOPE, target=Target.LIVE)
    choosing.choose_plan(ticket, choice, act(desk.analyst, ticket))
    surveyed(ticket, fingerprint="d" * 64)
    approving.request_approval(ticket, act(desk.analyst, ticket))
    approving.approve(ticket, act(desk.approver, ticket))
    assert restoring.start(ticket, act(desk.executor, ticket)).fingerprint == "d" * 64


def test_a_failed_restore_may_be_started_again_and_the_newest_counts(desk):
    ticket, job = started(desk)
    ended(job, JobState.FAILED, error="x")
    restoring.settle_ended(job.pk, MONDAY)
    ticket = fresh(ticket)
    again = restoring.start(ticket, act(desk.executor, ticket))
    assert again != job
    assert not restoring.settle_ended(job.pk, MONDAY)
    assert fresh(ticket).step is State.RESTORING


def test_closing_the_case_ends_the_time_in_which_its_restore_can_be_undone(desk):
    ticket, job = started(desk)
    until = MONDAY + timedelta(days=7)
    ended(job, JobState.GOOD, swapped_at=MONDAY, undo_until=until)
    restoring.settle_ended(job.pk, MONDAY)
    ticket = fresh(ticket)
    restoring.verify(ticket, act(desk.analyst, ticket, "Silakan diperiksa."))
    closing.confirm(ticket, act(desk.reporter, ticket))
    assert RestoreJob.objects.get(pk=job.pk).can_undo(MONDAY)
    closing.close(ticket, act(desk.front_desk, ticket))
    assert not RestoreJob.objects.get(pk=job.pk).can_undo(MONDAY)

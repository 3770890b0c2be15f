"""From plan to restore over a real server: what the approver read of the target still holds."""

import pytest

from backups.jobs import restore, surveying
from backups.models import BackupRun, JobState, RestoreJob, RunKind
from portal.lib import clock
from tests.app.cases import MONDAY, act, desk, fresh, siakad_system  # noqa: F401 - fixtures
from tests.app.people import (  # noqa: F401 - pytest finds fixtures here
    analyst,
    approver,
    front_desk,
    reporter,
)
from tests.real.restores import backed_up, living_source
from tests.servers import execute, fetch
from tickets.actions import approving, choosing, restoring
from tickets.actions.rules import current_plan, standing_approval
from tickets.models import Target
from tickets.workflow import State

GRADES = "SELECT id, nim, huruf FROM nilai ORDER BY id"
SCOPES = {
    "tables": {"kind": "tables", "names": ["public.nilai"]},
    "whole": {"kind": "whole", "names": []},
}


@pytest.fixture
def siakad(vaults, postgresql_server):
    with living_source(postgresql_server) as (source, spec):
        yield source, spec


def approved(desk, night, scope):  # noqa: F811 - the fixture's own value
    """Return a case with an approved plan to live, whose target a worker looked at."""
    ticket = desk.with_letter(desk.searched())
    choice = desk.choice(snapshot=night, scope=SCOPES[scope], target=Target.LIVE)
    choosing.choose_plan(ticket, choice, act(desk.analyst, ticket))
    assert surveying.run(current_plan(ticket).survey.pk, clock.now()) == JobState.GOOD
    approving.request_approval(ticket, act(desk.analyst, ticket))
    return approving.approve(ticket, act(desk.approver, ticket))


def carried_out(desk, ticket):  # noqa: F811 - the fixture's own value
    """Start the restore, let a worker carry it out, and let the case hear of its end."""
    job = restoring.start(ticket, act(desk.executor, ticket), rung=False)
    restore.run(job.pk, clock.now())
    assert restoring.settle_ended(job.pk, MONDAY)
    return RestoreJob.objects.get(pk=job.pk), fresh(ticket)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_column_added_after_the_approval_voids_it_and_live_is_untouched(desk, siakad, scope):  # noqa: F811
    source, spec = siakad
    ticket = approved(desk, backed_up(source), scope)
    execute(spec, "DELETE FROM nilai WHERE id < 9", "ALTER TABLE nilai ADD COLUMN catatan text")
    before = fetch(spec, "SELECT * FROM nilai ORDER BY id")
    job, ticket = carried_out(desk, ticket)
    assert (job.state, job.error_kind) == (JobState.FAILED, "PlanVoid")
    assert fetch(spec, "SELECT * FROM nilai ORDER BY id") == before
    assert not BackupRun.objects.filter(kind=RunKind.SAFETY).exists()
    assert ticket.step is State.RETURNED
    assert (current_plan(ticket), standing_approval(ticket)) == (None, None)


@pytest.mark.parametrize("scope", SCOPES)
def test_rows_written_after_the_approval_void_nothing(desk, siakad, scope):  # noqa: F811
    source, spec = siakad
    night, good = backed_up(source), fetch(spec, GRADES)
    ticket = approved(desk, night, scope)
    execute(
        spec,
        "DELETE FROM nilai WHERE id < 9",
        "UPDATE nilai SET huruf = 'E'",
        "INSERT INTO nilai (nim, huruf) VALUES ('0000000002', 'N')",
    )
    job, ticket = carried_out(desk, ticket)
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert fetch(spec, GRADES) == good
    assert ticket.step is State.RESTORED

"""A plan's target is looked at when the plan is made; what was seen is frozen with it."""

import pytest
import time_machine
from django.urls import reverse
from django_q.models import OrmQ

from backups.models import JobState, TargetSurvey
from tests.app.cases import DAY, FOUND, MONDAY, act, fresh, surveyed
from tickets.actions import approving, choosing, surveys
from tickets.actions.rules import current_plan, open_to
from tickets.errors import NotNow, NotReady, NotYours
from tickets.models import Plan, Target
from tickets.workflow import Rule, State

ROOM = {"folder": "/srv/basis", "needed": 48_200_000_000, "free": 3_100_000_000}
BLOCKERS = [
    {"code": "no_createdb", "facts": {"user": "pemulih"}},
    {"code": "no_room", "facts": ROOM},
]
WARNINGS = [{"code": "stale_view", "facts": {"view": "public.rekap"}}]


@pytest.fixture(autouse=True)
def monday_morning():
    with time_machine.travel(MONDAY, tick=False):
        yield


def chosen(desk, **changes):
    ticket = desk.with_letter(desk.searched())
    choice = desk.choice(**({"target": Target.LIVE} | changes))
    choosing.choose_plan(ticket, choice, act(desk.analyst, ticket))
    return ticket


def failed(ticket, kind="SourceUnreachable", state=JobState.FAILED):
    survey = current_plan(ticket).survey
    TargetSurvey.objects.filter(pk=survey.pk).update(
        state=state, error="SIAKAD: connection refused", error_kind=kind, finished_at=MONDAY
    )


def ask(desk, ticket):
    return approving.request_approval(ticket, act(desk.analyst, ticket))


def lacking(desk, ticket):
    """Return what asking for an approval still lacks."""
    found = open_to(ticket, act(desk.analyst, ticket).by, MONDAY)
    return next(o.missing for o in found if o.move.name == "request_approval")


def text(client, name, ticket):
    return " ".join(client.get(reverse(name, args=[ticket.number])).content.decode().split())


def test_a_plan_to_live_or_beside_has_its_target_looked_at_once_and_a_download_none(desk):
    for target in (Target.LIVE, Target.BESIDE):
        plan = current_plan(chosen(desk, target=target))
        survey = TargetSurvey.objects.get(reference=plan.reference)
        assert (survey.target, survey.scope) == (target, plan.scope)
        assert (survey.state, survey.rung_at) == (JobState.QUEUED, MONDAY)
        assert "run_survey" in OrmQ.objects.latest("pk").func()
    assert current_plan(chosen(desk, target=Target.DOWNLOAD)).survey is None


def test_asking_waits_for_the_look_and_loses_nothing(desk, browser_of):
    ticket = chosen(desk)
    assert lacking(desk, ticket) == (Rule.SURVEYED,)
    with pytest.raises(NotReady, match="masih diperiksa"):
        ask(desk, ticket)
    address = reverse("tiket-langkah", args=[ticket.number, "request_approval"])
    answer = browser_of(desk.analyst).post(address, {"kata": "Mohon hari ini."})
    assert answer.status_code == 422
    assert "Mohon hari ini." in answer.content.decode()
    surveyed(ticket)
    assert lacking(desk, ticket) == ()
    assert ask(desk, ticket)


def test_a_hindrance_forbids_asking_and_says_what_to_do(desk, browser_of):
    ticket = surveyed(chosen(desk), blockers=BLOCKERS)
    with pytest.raises(NotReady, match="terhalang"):
        ask(desk, ticket)
    page = text(browser_of(desk.analyst), "tiket-kasus", ticket)
    assert "ALTER ROLE pemulih CREATEDB;" in page
    assert "Longgarkan dulu disknya" in page
    assert "Terhalang" in page


def test_warnings_and_figures_are_read_before_the_decision(desk, browser_of):
    ticket = surveyed(chosen(desk), warnings=WARNINGS, connections=17)
    ask(desk, ticket)
    for name, reader in (("tiket-kasus", desk.analyst), ("putusan", desk.approver)):
        page = text(browser_of(reader), name, ticket)
        assert "REFRESH MATERIALIZED VIEW" in page
        assert "17, diputus sebentar" in page
        assert "48" in page


def test_what_was_found_is_frozen_under_the_hash_and_later_looks_change_nothing(desk):
    ticket = surveyed(chosen(desk))
    approval = ask(desk, ticket)
    plan = Plan.objects.get(pk=approval.plan_id)
    assert plan.weighed["fingerprint"] == FOUND["fingerprint"]
    assert plan.weighed["survey"]["found"] == FOUND
    assert approval.plan_sha256 == plan.fingerprint()
    TargetSurvey.objects.update(found=FOUND | {"fingerprint": "0" * 64})
    assert surveys.told(plan)["found"] == FOUND
    assert approving.approve(ticket, act(desk.approver, ticket))


def test_a_target_that_nobody_could_look_at_is_told_and_does_not_forbid_asking(desk, browser_of):
    ticket = chosen(desk)
    failed(ticket)
    page = text(browser_of(desk.analyst), "tiket-kasus", ticket)
    assert "Tujuan tidak dapat diperiksa: Sumber tidak menjawab." in page
    assert "Periksa lagi" in page
    ask(desk, ticket)
    page = text(browser_of(desk.approver), "putusan", ticket)
    assert "Sumber tidak menjawab." in page
    assert current_plan(ticket).weighed["fingerprint"] == ""


def test_a_plan_beside_is_voided_by_nothing_that_happens_to_live(desk):
    ticket = surveyed(chosen(desk, target=Target.BESIDE))
    ask(desk, ticket)
    weighed = current_plan(ticket).weighed
    assert (weighed["survey"]["found"], weighed["fingerprint"]) == (FOUND, "")


@pytest.mark.parametrize("state", [JobState.LOST, JobState.ERRORED, JobState.CANCELLED])
def test_a_look_that_ended_badly_never_holds_a_case_up(desk, browser_of, state):
    ticket = chosen(desk)
    failed(ticket, kind="", state=state)
    assert "tidak dapat diperiksa" in text(browser_of(desk.analyst), "tiket-kasus", ticket)
    assert ask(desk, ticket)


def test_picked_rows_that_changed_meanwhile_hinder(desk, browser_of):
    ticket = chosen(desk)
    failed(ticket, kind="PlanVoid")
    with pytest.raises(NotReady, match="terhalang"):
        ask(desk, ticket)
    assert "pilih barisnya sekali lagi" in text(browser_of(desk.analyst), "tiket-kasus", ticket)


def test_looking_again_is_one_press_and_one_look_at_a_time(desk, browser_of):
    ticket = chosen(desk)
    failed(ticket)
    client, address = (
        browser_of(desk.analyst),
        reverse("tiket-periksa-tujuan", args=[ticket.number]),
    )
    for _ in range(2):
        assert client.post(address).status_code == 302
    assert TargetSurvey.objects.count() == 2
    assert Plan.objects.count() == 1
    assert "Sedang diperiksa" in text(client, "tiket-kasus", ticket)
    assert client.get(address).status_code == 405


def test_looking_again_at_a_frozen_plan_puts_its_like_in_its_place(desk):
    ticket = surveyed(chosen(desk))
    ask(desk, ticket)
    approving.recall(ticket, act(desk.analyst, ticket, "Periksa dahulu."))
    old = current_plan(ticket)
    choosing.survey_again(ticket, act(desk.analyst, ticket, now=MONDAY + DAY))
    new = current_plan(ticket)
    assert (new.pk != old.pk, new.frozen_at) == (True, None)
    assert (new.snapshot, new.scope, new.target) == (old.snapshot, old.scope, old.target)
    assert "survey" not in new.weighed
    assert surveys.is_awaited(new)


def test_only_who_may_plan_looks_again_and_only_while_planning(desk, browser_of):
    ticket = surveyed(chosen(desk))
    for somebody in (desk.reporter, desk.front_desk, desk.approver):
        with pytest.raises(NotYours):
            choosing.survey_again(ticket, act(somebody, ticket))
    assert browser_of(desk.front_desk).post(
        reverse("tiket-periksa-tujuan", args=[ticket.number])
    ).status_code == 403  # fmt: skip
    ask(desk, ticket)
    with pytest.raises(NotNow):
        choosing.survey_again(ticket, act(desk.analyst, ticket))


def test_another_plan_withdraws_the_look_of_the_one_before(desk):
    ticket = chosen(desk)
    first = current_plan(ticket).survey
    choosing.choose_plan(ticket, desk.choice(), act(desk.analyst, ticket))
    first.refresh_from_db()
    assert first.state == JobState.CANCELLED
    assert surveys.is_awaited(current_plan(fresh(ticket)))


def test_after_a_void_plan_the_page_says_so_and_the_form_has_the_old_choices(desk, browser_of):
    ticket = surveyed(chosen(desk, target=Target.LIVE))
    plan = current_plan(ticket)
    choosing.supersede_plan(ticket, act(desk.analyst, ticket))
    page = browser_of(desk.analyst).get(reverse("tiket-rencana", args=[ticket.number]))
    form = page.context["form"]
    assert fresh(ticket).step is State.IN_ANALYSIS
    assert (form["salinan"].value(), form["tujuan"].value()) == (plan.snapshot_id, "live")

"""The table of moves: what it must and must not allow, and the page drawn from it."""

from pathlib import Path

import pytest

from tickets.errors import NotNow, NotReady, NotYours
from tickets.workflow import (
    FINAL,
    MOVES,
    TABLE,
    Audience,
    Clock,
    Facts,
    Pulse,
    Reason,
    Rule,
    Standing,
    State,
    Words,
    check,
    legal,
    offers,
    pulse,
)
from tickets.workflow.drawing import page

EVERY_RULE = frozenset(Rule)
STAFF = frozenset(Standing) - {Standing.REPORTER, Standing.SYSTEM}


def names(state: State, *standing: Standing, met=EVERY_RULE) -> set[str]:
    return {move.name for move in legal(state, Facts(frozenset(standing), met))}


def reachable(blocked: frozenset[str] = frozenset()) -> set[State]:
    """Every state that a case can come to without the blocked moves."""
    found = {State.REPORTED}
    while True:
        more = {
            move.to
            for move in TABLE
            if move.to and move.name not in blocked and move.sources & found
        }
        if more <= found:
            return found
        found |= more


def test_every_state_can_be_reached():
    assert reachable() == set(State)


def test_every_state_but_an_end_has_a_way_on_that_a_person_can_take():
    for state in set(State) - FINAL - {State.RESTORING}:
        assert [
            move
            for move in TABLE
            if state in move.sources and move.to and move.who - {Standing.SYSTEM}
        ], state


def test_from_every_state_an_end_can_be_reached():
    ends = set(FINAL)
    for _ in State:
        ends |= {source for move in TABLE if move.to in ends for source in move.sources}
    assert ends == set(State)


def test_nothing_is_restored_without_an_approval():
    assert State.RESTORING not in reachable(blocked=frozenset({"approve"}))


def test_an_approval_needs_four_eyes_a_letter_and_the_plan_that_was_asked_for():
    needs = set(MOVES["approve"].needs)
    assert {Rule.FOUR_EYES, Rule.LETTER, Rule.PENDING, Rule.PLAN_UNCHANGED} <= needs
    assert Rule.APPROVAL_STANDS in MOVES["start_restore"].needs
    for name in ("send_back", "refuse"):
        assert Rule.FOUR_EYES in MOVES[name].needs


def test_waiting_for_approval_is_left_by_a_decision_a_recall_a_cancel_or_by_expiring():
    leaving = {move.name for move in TABLE if move.to and State.WAITING_APPROVAL in move.sources}
    assert leaving == {"approve", "send_back", "refuse", "recall", "expire", "cancel"}


def test_the_plan_can_be_changed_only_where_nobody_weighs_it():
    assert MOVES["choose_plan"].sources == {State.IN_ANALYSIS, State.RETURNED}


def test_whoever_verifies_a_restore_did_not_execute_it():
    leaving = [move for move in TABLE if State.RESTORED in move.sources and move.to]
    assert leaving
    assert all(Rule.NOT_EXECUTOR in move.needs for move in leaving)


def test_an_auditor_and_a_stranger_change_nothing():
    for state in State:
        assert names(state, Standing.AUDITOR) == set()
        assert names(state) == set()


def test_only_the_portal_makes_its_own_moves():
    own = {"expire", "settle_restored", "settle_failed", "settle_void", "lapse", "abandon"}
    assert {move.name for move in TABLE if move.who == {Standing.SYSTEM}} == own
    for state in State:
        assert not names(state, Standing.REPORTER, *STAFF) & own


def test_a_running_restore_can_be_ended_by_nobody():
    moving = {
        move.name
        for move in legal(State.RESTORING, Facts(frozenset(Standing), EVERY_RULE))
        if move.to
    }
    assert moving == {"settle_restored", "settle_failed", "settle_void"}


def test_what_was_carried_out_is_disputed_and_not_cancelled():
    assert not MOVES["cancel"].sources & {State.RESTORED, State.WAITING_CONFIRMATION, State.FOUND}


def test_an_end_is_left_only_by_reopening():
    for state in FINAL:
        leaving = {move.name for move in TABLE if move.to and state in move.sources}
        assert leaving == {"reopen"}


def test_what_a_reporter_may_do_is_little_and_never_internal():
    allowed = {move.name for move in TABLE if Standing.REPORTER in move.who}
    assert allowed == {
        "file_report", "confirm_reporter", "answer", "write", "attach", "give_letter",
        "confirm", "dispute", "cancel", "reopen", "rate", "take_download",
    }  # fmt: skip
    assert all(MOVES[name].words is not Words.REASON for name in allowed)


def test_a_reporter_is_never_told_in_words_that_are_internal():
    told = [move for move in TABLE if Audience.REPORTER in move.tells]
    assert told
    assert all(move.words is not Words.REASON for move in told)


def test_a_move_that_lacks_something_is_offered_with_what_it_lacks():
    facts = Facts(frozenset({Standing.APPROVER}), EVERY_RULE - {Rule.FOUR_EYES})
    offered = {offer.move.name: offer.missing for offer in offers(State.WAITING_APPROVAL, facts)}
    assert offered["approve"] == offered["refuse"] == (Rule.FOUR_EYES,)
    assert "approve" not in {move.name for move in legal(State.WAITING_APPROVAL, facts)}


def test_a_refusal_says_which_of_the_three_it_is():
    approver = frozenset({Standing.APPROVER})
    with pytest.raises(NotYours):
        check("approve", State.WAITING_APPROVAL, Facts(frozenset({Standing.ANALYST}), EVERY_RULE))
    with pytest.raises(NotNow, match="Disetujui"):
        check("approve", State.APPROVED, Facts(approver, EVERY_RULE))
    with pytest.raises(NotReady, match="Surat pengajuan") as refused:
        check("approve", State.WAITING_APPROVAL, Facts(approver, EVERY_RULE - {Rule.LETTER}))
    assert refused.value.missing == (Rule.LETTER.label,)
    check("approve", State.WAITING_APPROVAL, Facts(approver, EVERY_RULE))


def test_waiting_for_the_reporter_and_for_an_approval_pause_different_clocks():
    asked = {clock: pulse(clock, State.WAITING_REPORTER) for clock in Clock}
    weighed = {clock: pulse(clock, State.WAITING_APPROVAL) for clock in Clock}
    assert asked[Clock.RESOLVE].reason is asked[Clock.RECOVER].reason is Reason.REPORTER
    assert weighed[Clock.RESOLVE].pulse is Pulse.RUNNING
    assert weighed[Clock.RECOVER].reason is Reason.APPROVAL


def test_no_clock_runs_in_a_case_that_ended():
    for state in FINAL:
        assert {pulse(clock, state).pulse for clock in Clock} == {Pulse.IDLE}


def test_every_state_in_which_the_desk_must_act_runs_the_clock_towards_the_reporter():
    for state in set(State) - FINAL - {State.CONFIRMED}:
        assert pulse(Clock.RESOLVE, state).pulse is not Pulse.IDLE, state


def test_the_page_is_what_the_table_draws():
    kept = Path(__file__).resolve().parents[2] / "docs" / "kasus.md"
    assert kept.read_text() == page(), "run: manage.py draw_cases > docs/kasus.md"

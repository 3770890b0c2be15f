"""The way of a case as its people see it: never a step that was not gone, nor one that will not."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.journey import AHEAD, DONE, HERE, journey
from tickets.models import Ticket
from tickets.staff.steps import RECORD, steps_of
from tickets.workflow import State

BEGAN = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SEARCHED = ("file_report", "accept", "start_analysis")
RESTORED = (*SEARCHED, "request_approval", "approve", "start_restore", "settle_restored", "verify")


def made(*moves: str) -> list[tuple[str, datetime]]:
    return [(move, BEGAN + timedelta(hours=hour)) for hour, move in enumerate(moves)]


def way(state: State, *moves: str) -> list[tuple[str, str]]:
    return [(str(station.label), station.state) for station in journey(state, made(*moves))]


def test_a_disputed_find_goes_the_way_of_a_restore_again():
    found = way(State.FOUND, *SEARCHED, "inform_found")
    assert ("Data Anda masih ada", HERE) in found
    disputed = way(State.DISPUTED, *SEARCHED, "inform_found", "dispute")
    assert "Data Anda masih ada" not in dict(disputed)
    assert ("Dianalisis dan ditelusuri", HERE) in disputed
    assert ("Dipulihkan dan diperiksa", AHEAD) in disputed
    again = way(State.FOUND, *SEARCHED, "inform_found", "dispute", "inform_found")
    assert again == found


@pytest.mark.parametrize("state", [State.REFUSED, State.CANNOT_RECOVER, State.CANCELLED])
def test_an_end_without_a_restore_promises_no_record_of_one(state):
    assert [str(s.words) for s in journey(state, made(*SEARCHED))][-1] == ""


@pytest.mark.parametrize(
    ("moves", "recorded", "state", "note"),
    [
        ((*RESTORED, "confirm", "close"), True, DONE, ""),
        ((*RESTORED, "confirm", "close"), False, AHEAD, "belum dibuat"),
        ((*SEARCHED, "inform_found", "confirm", "close"), False, AHEAD, "tidak perlu"),
    ],
)
def test_the_last_step_of_a_closed_case_says_whether_its_record_is_there(
    moves, recorded, state, note
):
    step = steps_of(Ticket(state=State.CLOSED), dict(made(*moves)), recorded=recorded)[RECORD]
    assert (step.state, step.note) == (state, note)

"""Two who act on one case at the same moment, on connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from portal.audit.verify import verify as verify_audit
from tests.app.cases import MONDAY, act, drafted, fresh
from tickets import numbering
from tickets.actions import analysing, approving, closing, filing, intake
from tickets.errors import Conflict, DeskError
from tickets.mailing import deliver
from tickets.models import Entry, Notice, Ticket, next_number
from tickets.workflow import State

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 4


def together(*calls):
    """Run the calls at the same moment; return what each gave back or raised."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except DeskError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_moves_at_once_one_wins_and_the_other_is_told(desk):
    ticket = desk.in_analysis()
    one, other = fresh(ticket), fresh(ticket)
    ask = act(desk.front_desk, one, "Kelas yang mana?")
    cancel = act(desk.reporter, other, "Sudah ketemu.")
    results = together(
        lambda: analysing.ask_reporter(one, ask), lambda: closing.cancel(other, cancel)
    )
    lost = [result for result in results if isinstance(result, Conflict)]
    assert len(lost) == 1
    assert len(lost[0].changes) == 1
    assert Entry.objects.filter(move__in=["ask_reporter", "cancel"]).count() == 1
    assert fresh(ticket).version == ticket.version + 1


def test_two_approvers_at_once_leave_one_decision(desk):
    ticket = desk.asked()
    rows = [fresh(ticket) for _ in range(AT_ONCE)]
    acts = [act(desk.approver, row, "Ya.") for row in rows]
    decide = [approving.approve, approving.refuse, approving.send_back, approving.approve]
    results = together(
        *(lambda d=d, row=row, a=a: d(row, a) for d, row, a in zip(decide, rows, acts, strict=True))
    )
    assert sum(isinstance(result, Ticket) for result in results) == 1
    assert ticket.approvals.exclude(decision="pending").count() == 1


def test_merges_in_opposite_directions_leave_one_open(desk):
    first, second = desk.filed(), desk.filed()
    acts = [act(desk.front_desk, ticket) for ticket in (first, second)]
    together(
        lambda: intake.merge(fresh(first), fresh(second), acts[0]),
        lambda: intake.merge(fresh(second), fresh(first), acts[1]),
    )
    assert sorted([fresh(first).state, fresh(second).state]) == [State.CANCELLED, State.REPORTED]


def test_pressing_send_twice_at_once_makes_one_ticket(desk):
    draft = drafted(desk.reporter)
    results = together(
        *[lambda: filing.file_report(draft, desk.reporter, MONDAY).ticket.pk] * AT_ONCE
    )
    assert len(set(results)) == 1
    assert Ticket.objects.count() == 1


def test_reports_at_once_get_numbers_of_their_own(desk):
    drafts = [drafted(desk.reporter) for _ in range(AT_ONCE * 3)]

    def file(some):
        return lambda: [filing.file_report(d, desk.reporter, MONDAY).ticket.number for d in some]

    batches = together(*(file(drafts[start::AT_ONCE]) for start in range(AT_ONCE)))
    ordinals = sorted(numbering.parse(number).ordinal for batch in batches for number in batch)
    assert ordinals == list(range(1, AT_ONCE * 3 + 1))
    assert verify_audit().first_bad is None


def test_a_series_has_no_gap_though_some_give_their_number_back(desk):
    def draw():
        kept = []
        for turn in range(10):
            with transaction.atomic():
                number = next_number("uji", 2026)
                if turn % 5 == 4:
                    transaction.set_rollback(True)
                else:
                    kept.append(number)
        return kept

    given = sorted(number for kept in together(*[draw] * AT_ONCE) for number in kept)
    assert given == list(range(1, len(given) + 1))


def test_a_notice_that_several_workers_find_is_sent_by_one(desk, mailoutbox):
    desk.filed()
    pk = Notice.objects.filter(to_reporter=True).values_list("pk", flat=True).get()
    results = together(*[lambda: deliver(pk, MONDAY)] * AT_ONCE)
    assert sorted(results) == [False, False, False, True]
    assert len(mailoutbox) == 1

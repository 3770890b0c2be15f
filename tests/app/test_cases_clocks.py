"""A case's clocks in working hours: they pause for others, and changing a target keeps that."""

from datetime import date, time

import pytest

from portal.lib.clock import WIB
from tests.app.cases import DAY, HOUR, MINUTE, MONDAY, act, fresh
from tickets.actions import analysing, approving, clocks, closing, intake
from tickets.actions.reminding import remind
from tickets.actions.ticking import end_what_ran_out, every_minute
from tickets.models import ClockInterval, Holiday, Notice, OfficeHours, ServiceTarget, Ticket
from tickets.priorities import Impact, Urgency
from tickets.workflow import State

pytestmark = pytest.mark.django_db


def wib(text: str):
    return MONDAY.fromisoformat(text).replace(tzinfo=WIB)


def intervals(ticket, clock: str) -> list[tuple]:
    rows = ClockInterval.objects.filter(ticket=ticket, clock=clock)
    return list(rows.values_list("pulse", "reason", "began_at", "ended_at"))


def test_a_report_is_to_be_answered_within_two_working_hours(desk):
    ticket = fresh(desk.filed())
    assert ticket.answer_due_at == MONDAY + 2 * HOUR
    assert ticket.due_at == ticket.answer_due_at
    assert ticket.resolve_due_at == wib("2026-11-26T09:00")


def test_a_report_of_friday_noon_is_answered_after_the_prayer(desk):
    friday = wib("2026-11-27T11:00")
    assert fresh(desk.filed(now=friday)).answer_due_at == wib("2026-11-27T14:30")


def test_the_first_answer_ends_its_clock(desk):
    ticket = desk.received()
    assert intervals(ticket, "answer") == [("running", "", MONDAY, MONDAY)]
    assert fresh(ticket).answer_due_at is None


def test_waiting_for_the_reporter_stops_the_clocks_and_an_answer_lets_them_go_on(desk):
    ticket = desk.in_analysis()
    analysing.ask_reporter(ticket, act(desk.analyst, ticket, "Mana?", now=MONDAY + HOUR))
    paused = fresh(ticket)
    assert (paused.resolve_due_at, paused.recover_due_at, paused.due_at) == (None, None, None)
    analysing.answer(ticket, act(desk.reporter, ticket, "Ini.", now=MONDAY + DAY + HOUR))
    assert fresh(ticket).resolve_due_at == wib("2026-11-27T09:00")
    assert [row[:2] for row in intervals(ticket, "resolve")] == [
        ("running", ""), ("paused", "reporter"), ("running", ""),
    ]  # fmt: skip


def test_waiting_for_an_approval_stops_only_the_recovery(desk):
    ticket = fresh(desk.asked())
    assert ticket.recover_due_at is None
    assert ticket.resolve_due_at is not None
    assert intervals(ticket, "recover")[-1][:2] == ("paused", "approval")


def test_another_priority_keeps_what_was_paused(desk):
    ticket = desk.in_analysis()
    analysing.ask_reporter(ticket, act(desk.analyst, ticket, "Mana?", now=MONDAY + HOUR))
    analysing.answer(ticket, act(desk.reporter, ticket, "Ini.", now=MONDAY + 2 * DAY))
    before = intervals(ticket, "resolve")
    urgent = act(desk.front_desk, ticket, now=MONDAY + 2 * DAY)
    intake.prioritise(ticket, Impact.MANY, Urgency.NOW, urgent)
    assert intervals(ticket, "resolve") == before
    assert fresh(ticket).resolve_due_at == wib("2026-11-25T16:00")  # one hour of eight was used


def test_a_holiday_entered_later_moves_what_is_due(desk):
    ticket = desk.filed()
    Holiday.objects.create(day=date(2026, 11, 24), name="Libur universitas")
    assert clocks.reckon_open() == 1
    assert fresh(ticket).resolve_due_at == wib("2026-11-27T09:00")


def test_a_day_that_people_unticked_is_a_working_day(desk):
    Holiday.objects.create(day=date(2026, 11, 24), name="Cuti bersama", closed=False)
    assert fresh(desk.filed()).resolve_due_at == wib("2026-11-26T09:00")


def test_a_desk_without_targets_or_hours_works_without_limits(desk):
    ServiceTarget.objects.all().delete()
    assert fresh(desk.filed()).due_at is None
    OfficeHours.objects.all().delete()
    Holiday.objects.all().delete()
    ServiceTarget.objects.create(clock="answer", priority=3, minutes=60)
    assert fresh(desk.filed()).due_at is None


def test_an_ended_case_runs_no_clock(desk):
    ticket = desk.closed()
    assert not ClockInterval.objects.filter(ticket=ticket, ended_at=None).exists()
    assert fresh(ticket).due_at is None


def test_a_reopened_case_goes_on_where_its_clock_stood(desk):
    ticket = desk.in_analysis()
    closing.cancel(ticket, act(desk.reporter, ticket, "Tak perlu.", now=MONDAY + HOUR))
    closing.reopen(ticket, act(desk.reporter, ticket, "Perlu lagi.", now=MONDAY + DAY))
    assert fresh(ticket).resolve_due_at == wib("2026-11-26T16:00")


# Reminders


def topics() -> list[tuple[str, str]]:
    reminders = Notice.objects.filter(topic__in=["near", "late", "remind_reporter"])
    return sorted(reminders.values_list("topic", "address"))


def test_who_has_a_case_is_reminded_once_when_little_is_left_and_the_heads_when_it_is_late(desk):
    desk.filed()
    assert remind(MONDAY + HOUR) == 0
    assert remind(MONDAY + 100 * MINUTE) == 1
    assert remind(MONDAY + 101 * MINUTE) == 0
    assert topics() == [("near", desk.analyst.email)]
    assert remind(MONDAY + 2 * HOUR) == 1
    assert remind(MONDAY + 3 * HOUR) == 0
    assert topics() == [
        ("late", desk.analyst.email), ("late", desk.approver.email), ("near", desk.analyst.email),
    ]  # fmt: skip


def test_nobody_is_reminded_at_night_at_the_weekend_or_on_a_holiday(desk):
    desk.filed(now=wib("2026-11-27T15:00"))
    for closed in ("2026-11-27T17:00", "2026-11-28T10:00", "2026-11-30T07:59"):
        assert remind(wib(closed)) == 0
    assert remind(wib("2026-11-30T08:29")) == 1
    Holiday.objects.create(day=date(2026, 12, 1), name="Libur")
    clocks.reckon_open()
    assert remind(wib("2026-12-01T10:00")) == 0
    assert remind(wib("2026-12-02T10:00")) == 1


def test_after_an_answer_nobody_hears_of_lateness(desk):
    ticket = desk.filed()
    intake.accept(ticket, act(desk.front_desk, ticket, now=MONDAY + 119 * MINUTE))
    assert remind(MONDAY + 3 * HOUR) == 0


def test_reports_that_nobody_confirmed_remind_nobody(desk):
    ticket = desk.filed()
    Ticket.objects.filter(pk=ticket.pk).update(confirmed_at=None)
    assert remind(MONDAY + 3 * HOUR) == 0


def test_a_silent_reporter_is_reminded_and_then_the_case_closes(desk):
    ticket = desk.found()
    assert remind(MONDAY + 2 * DAY) == 0
    assert remind(MONDAY + 3 * DAY) == 1
    assert remind(MONDAY + 3 * DAY + HOUR) == 0
    assert topics() == [("remind_reporter", desk.reporter.email)]
    assert end_what_ran_out(MONDAY + 7 * DAY) == 0  # Monday: five working days
    assert end_what_ran_out(MONDAY + 8 * DAY) == 1
    assert end_what_ran_out(MONDAY + 8 * DAY) == 0
    assert fresh(ticket).state == State.CLOSED


def test_a_word_of_the_reporter_begins_the_wait_anew(desk):
    ticket = desk.found()
    from tickets.actions import talking  # noqa: PLC0415

    talking.write(ticket, act(desk.reporter, ticket, "Sedang saya periksa.", now=MONDAY + 7 * DAY))
    assert end_what_ran_out(MONDAY + 8 * DAY) == 0
    assert fresh(ticket).state == State.FOUND


def test_a_question_without_an_answer_ends_the_case_after_ten_working_days(desk):
    ticket = desk.waiting_reporter()
    assert end_what_ran_out(MONDAY + 11 * DAY) == 0
    assert end_what_ran_out(MONDAY + 14 * DAY) == 1
    assert fresh(ticket).state == State.CANCELLED


def test_a_minute_without_anything_to_do_does_nothing_and_may_come_twice(desk):
    desk.asked()
    Notice.objects.update(state="sent", sent_at=MONDAY)
    before = Notice.objects.count()
    every_minute(MONDAY + MINUTE)
    every_minute(MONDAY + MINUTE)
    assert Notice.objects.count() == before


def test_a_minute_without_a_calendar_still_ends_what_ran_out(desk):
    ticket = desk.asked()
    OfficeHours.objects.all().delete()
    every_minute(MONDAY + 10 * DAY)
    assert fresh(ticket).state == State.RETURNED


def test_an_approval_asked_for_without_a_calendar_counts_plain_days(desk):
    ticket = desk.planned()
    OfficeHours.objects.all().delete()
    approving.request_approval(ticket, act(desk.analyst, ticket))
    assert ticket.approvals.get().expires_at == MONDAY + 3 * DAY


def test_office_hours_may_be_several_a_day(siakad_system):
    friday = OfficeHours.objects.filter(weekday=4)
    assert [(row.opens, row.closes) for row in friday] == [
        (time(8), time(11, 30)), (time(13), time(16, 30)),
    ]  # fmt: skip

"""What an empty desk begins with, and that beginning again alters nothing."""

import io
from datetime import date, time

import pytest
from django.core.management import call_command
from django_q.models import OrmQ

from portal.audit.models import AuditEvent
from portal.lib.queue import resolve
from portal.schedule import TIMETABLE
from tests.app.cases import MONDAY
from tickets.models import CannedReply, Holiday, OfficeHours, ServiceTarget, calendar
from tickets.seeding import seed, seed_holidays
from tickets.workflow import Clock

pytestmark = pytest.mark.django_db


def test_an_empty_desk_gets_hours_targets_holidays_and_ready_texts():
    seed(MONDAY)
    assert OfficeHours.objects.count() == 6
    assert ServiceTarget.objects.count() == len(Clock) * 4
    assert CannedReply.objects.filter(language="en").exists()
    assert {holiday.day.year for holiday in Holiday.objects.all()} == {2026, 2027}
    assert Holiday.objects.get(day=date(2026, 8, 17)).kind == "public"
    assert Holiday.objects.filter(day__year=2026).count() == 25


def test_seeding_again_keeps_what_people_changed():
    seed(MONDAY)
    Holiday.objects.filter(day=date(2026, 8, 17)).update(closed=False, name="Upacara")
    OfficeHours.objects.filter(weekday=0).update(opens=time(9))
    ServiceTarget.objects.filter(clock="answer", priority=3).update(minutes=90)
    CannedReply.objects.all().delete()
    CannedReply.objects.create(title="Milik kami", words="x")
    before = [
        sorted(model.objects.values_list(), key=str)
        for model in (Holiday, OfficeHours, ServiceTarget, CannedReply)
    ]
    seed(MONDAY)
    assert before == [
        sorted(model.objects.values_list(), key=str)
        for model in (Holiday, OfficeHours, ServiceTarget, CannedReply)
    ]
    assert calendar().is_open(MONDAY.replace(month=8, day=18))


def test_a_year_is_added_by_command_once():
    out = io.StringIO()
    call_command("seed_holidays", "2028", stdout=out)
    call_command("seed_holidays", "2028", stdout=out)
    first, second = out.getvalue().splitlines()
    assert first.startswith("2028: ")
    assert first != "2028: 0"
    assert second == "2028: 0"
    assert seed_holidays(2028) == 0


def test_a_holiday_changed_in_the_admin_rings_for_the_due_times_and_is_recorded(
    administrator, browser_of
):
    administrator.is_staff = administrator.is_superuser = True
    administrator.save()
    form = {"day": "2026-11-24", "name": "Milad", "kind": "university", "closed": "on"}
    answer = browser_of(administrator).post("/admin/tickets/holiday/add/", form)
    assert answer.status_code == 302
    assert OrmQ.objects.count() == 1
    assert AuditEvent.objects.get(verb="holiday.added").facts == {"is": "2026-11-24 Milad"}


def test_the_desks_bells_and_doorbells_resolve():
    from tickets.actions.files import SCAN  # noqa: PLC0415
    from tickets.notices import DELIVER  # noqa: PLC0415

    bells = [bell.task for bell in TIMETABLE if bell.task.startswith("tickets.")]
    assert bells == ["tickets.tasks.every_minute"]
    for address in (*bells, SCAN, DELIVER, "tickets.tasks.reckon_open"):
        assert callable(resolve(address))

"""The desk's settings: changed where they stand, refused at the field, each change an event."""

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from portal.audit.models import AuditEvent
from tests.app.cases import MONDAY
from tickets.models import Holiday, OfficeHours, ServiceTarget
from tickets.seeding import seed

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(administrator, browser_of):
    """The page, and how one of its tables is sent."""
    seed(MONDAY)
    client = browser_of(administrator)
    shown = {rows.prefix: rows for _key, _part, rows in client.get(ADDRESS).context["parts"]}

    def send(key, **changes):
        return client.post(ADDRESS, {"bagian": key} | _as_shown(shown[key]) | changes)

    return send


ADDRESS = "/staf/pengaturan/"


def _as_shown(rows):
    """Return what a browser sends of a table that nobody touched."""
    sent = {f"{rows.prefix}-{name}": rows.management_form[name].value() for name in MANAGED}
    for form in rows:
        for field in form:
            value = field.value()
            if value is not None and value is not False:  # 0 is Monday
                sent[field.html_name] = "on" if value is True else str(value)
    return sent


MANAGED = ("TOTAL_FORMS", "INITIAL_FORMS")


def verbs():
    return list(AuditEvent.objects.order_by("sequence").values_list("verb", flat=True))


def test_a_target_is_changed_and_open_cases_are_reckoned_anew(page):
    first, before = ServiceTarget.objects.first(), len(verbs())
    OrmQ.objects.all().delete()
    assert page("target", **{"target-0-minutes": "77"}).url == f"{ADDRESS}#target"
    assert ServiceTarget.objects.get(pk=first.pk).minutes == 77
    assert verbs()[before:] == ["servicetarget.changed"]
    assert OrmQ.objects.count() == 1


def test_a_table_that_was_not_touched_changes_nothing(page):
    before = verbs()
    for key in ("jam", "libur", "target", "seksi"):
        assert page(key).status_code == 302
    assert verbs() == before


def test_an_interval_that_ends_before_it_begins_is_refused_at_its_field(page):
    before = list(OfficeHours.objects.values_list())
    answered = page("jam", **{"jam-0-closes": "06:00", "jam-1-closes": "17:45"})
    assert answered.status_code == 422
    text = answered.content.decode()
    assert "Tutup harus sesudah buka." in text
    assert 'value="17:45"' in text
    assert list(OfficeHours.objects.values_list()) == before


def test_a_closed_day_is_added_and_taken_away(page):
    count = Holiday.objects.filter(day__year__gte=MONDAY.year).count()
    empty = f"libur-{count}"
    sent = {f"{empty}-day": "2027-05-05", f"{empty}-name": "Milad", f"{empty}-kind": "university"}
    assert page("libur", **sent, **{f"{empty}-closed": "on"}).status_code == 302
    assert Holiday.objects.get(name="Milad").closed
    assert page("libur", **{"libur-0-DELETE": "on"}).status_code == 302
    assert verbs()[-2:] == ["holiday.added", "holiday.removed"]


@pytest.mark.parametrize("who", ["analyst", "front_desk", "approver", "auditor", "reporter"])
def test_nobody_else_changes_them(request, browser_of, who):
    browser = browser_of(request.getfixturevalue(who))
    assert browser.get(reverse("pengaturan")).status_code == 403
    assert browser.post(reverse("pengaturan"), {"bagian": "jam"}).status_code == 403

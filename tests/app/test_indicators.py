"""The SOP's indicators: equal to what an independent count of the raw rows finds."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from backups.models import InformationSystem, PlannedWork, Source, VaultCheck
from portal.demo.history import Span, write_looks, write_nights
from portal.demo.history_cases import write_cases
from portal.lib import clock
from portal.lib.marks import Mark
from portal.reports.indicators import indicators
from tests import recount
from tests.app import factories
from tests.app.factories import NOW
from tickets.seeding import seed

pytestmark = pytest.mark.django_db

TODAY = clock.wib_date(NOW)
TIMES = [
    (date(2026, 11, 1), TODAY),
    (date(2026, 7, 1), date(2026, 9, 30)),
    (date(2025, 12, 1), TODAY),
    (date(2027, 1, 1), date(2027, 1, 31)),
]


@pytest.fixture
def a_year(administrator):
    """Sources with a year, one added in the middle, one paused, one retired, one never good."""
    factories.morning(90)
    young = factories.source("Muda", days=45)
    write_nights(young, Span(TODAY - timedelta(days=40), TODAY))
    old = factories.source("Pensiun", days=300)
    write_nights(old, Span(TODAY - timedelta(days=290), TODAY - timedelta(days=100)))
    Source.objects.filter(pk=old.pk).update(retired_at=NOW - timedelta(days=100))
    never = factories.source("Belum pernah", days=20)
    factories.nights(never, 20, marks=dict.fromkeys(range(20), Mark.FAILED))
    never.repositories.update(read_at=NOW - timedelta(days=60))
    VaultCheck.objects.create(
        repository=young.repositories.first(),
        read_data=True,
        state="good",
        ordered_at=NOW - timedelta(days=70),
        finished_at=NOW - timedelta(days=70),
    )
    for n, system in enumerate(InformationSystem.objects.all()):
        write_looks(system, NOW - timedelta(days=300 - n), NOW)
        system.sources.add(young)
    work = PlannedWork.objects.create(
        words="Pindah",
        starts_at=NOW - timedelta(days=9),
        ends_at=NOW - timedelta(days=3),
        announced_at=NOW - timedelta(days=10),
        announced_by=administrator,
    )
    work.systems.add(system)
    seed(NOW)
    write_cases(120, NOW - timedelta(days=360), NOW - timedelta(hours=3))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a server does by itself; the rows came all at once


def test_an_independent_count_of_the_raw_rows_finds_the_same(a_year):
    for first, last in TIMES:
        end = min(clock.midnight(last + timedelta(days=1)), NOW)
        found = indicators(first, last, NOW)
        stored, answers = found.stored, found.returned.answers
        assert (stored.nights.due, stored.nights.kept) == recount.nights(first, last, NOW)
        assert stored.proven_age == recount.proven_age(end)
        assert (stored.read.held, stored.read.read) == recount.bytes_read(end)
        assert (
            answers.asked, answers.confirmed, answers.disputed, answers.silent
        ) == recount.reporters(first, last)  # fmt: skip
        reach = found.reachable
        seconds = (reach.counted.total_seconds(), reach.lost.total_seconds())
        assert seconds == pytest.approx(recount.reach(first, end))
    stored = indicators(*TIMES[2], NOW).stored  # and it was no empty year that was counted
    assert 500 < stored.nights.kept < stored.nights.due
    assert stored.nights.single > 0
    assert 0 < stored.read.share < 1


def test_tonight_counts_from_an_hour_after_its_midnight(db):
    siakad = factories.source()
    factories.nights(siakad, 30)
    half_past = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    with time_machine.travel(half_past):
        early = indicators(TODAY, TODAY, half_past).stored.nights
    assert (early.due, early.kept) == (0, 0)
    assert indicators(TODAY, TODAY, NOW).stored.nights.due == 1


def test_a_portal_without_rows_has_no_figures_and_no_faults(db):
    found = indicators(*TIMES[0], NOW)
    assert found.stored.nights.share is None
    assert found.stored.read.share is None
    assert found.returned.share is None
    assert found.reachable.share is None

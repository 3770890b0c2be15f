"""A safety copy holds what a restore replaced, damage and all: it is never taken for a night."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from backups.jobs import sweep
from backups.jobs.judging import judge_waiting
from backups.models import Alert, AlertKind, Snapshot, Source
from backups.orders import order_drill
from backups.views.standing import standings
from tests.app import factories
from tests.app.factories import NOW

pytestmark = pytest.mark.django_db

NIGHT, SAFETY = "Sen, 23 Nov 2026 00:00", "Sen, 23 Nov 2026 08:00 · salinan pengaman"


@pytest.fixture
def siakad(db):
    """SIAKAD with three nights, and a safety copy made this morning."""
    source = factories.source("SIAKAD")
    factories.nights(source, 3)
    factories.safety_copy(source)
    return source


@pytest.fixture
def night(siakad):
    return siakad.snapshots.nights().first()


def options(page):
    """Return the copies that a page offers, in order, and the one that it begins with."""
    found = re.findall(r'<option value="\d+"( selected)?>([^<]*2026[^<]*)</option>', page)
    return [words for _, words in found], [words for chosen, words in found if chosen]


@pytest.mark.parametrize("name", ["bandingkan", "isi", "darurat"])
def test_a_page_offers_it_by_its_name_and_begins_with_the_night(
    siakad, administrator, analyst, browser_of, name
):
    user = administrator if name == "darurat" else analyst
    page = browser_of(user).get(reverse(name, args=[siakad.key])).content.decode()
    offered, chosen = options(page)
    assert offered[:2] == [SAFETY, NIGHT]
    assert chosen == [NIGHT]


def test_a_plan_begins_with_the_night(desk, browser_of):
    factories.safety_copy(desk.night.source)
    ticket = desk.in_analysis()
    page = browser_of(desk.analyst).get(reverse("tiket-rencana", args=[ticket.number]))
    offered, chosen = options(page.content.decode())
    assert [words for words in offered if "salinan pengaman" in words] == offered[:1]
    assert chosen == [words for words in offered if "salinan pengaman" not in words][:1]


def test_a_drill_tries_the_night(siakad, night):
    assert order_drill(siakad, None, NOW, rung=False).snapshot == night


def test_the_last_good_night_is_the_night_on_pages_and_by_the_command(siakad, night):
    (standing,) = standings(Source.objects.all(), NOW)
    assert standing.last_good == night.taken_at
    out = StringIO()
    call_command("sources", stdout=out)
    assert "last good 2026-11-23" in out.getvalue()


def test_a_source_whose_last_night_is_too_old_is_late_though_a_safety_copy_is_fresh(siakad, night):
    made = Snapshot.objects.exclude(pk=night.pk).latest("taken_at").taken_at
    sweep.judge_ages(made + timedelta(hours=siakad.age_target_hours - 1))
    late = Alert.objects.get(kind=AlertKind.NIGHT_MISSED)
    assert late.facts["last_good"] == night.taken_at.isoformat()


def test_what_it_lacks_raises_no_alarm(siakad):
    judge_waiting(NOW)
    assert list(Snapshot.objects.filter(judged_at=None)) == [Snapshot.objects.first()]
    assert not Alert.objects.exists()

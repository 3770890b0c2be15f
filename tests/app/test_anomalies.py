"""Strange nights: told once, in plain words, and cleared when over."""

from dataclasses import replace

import pytest
from django.urls import reverse

from backups.catalogue.keeping import nights_of
from backups.explanations import alert_detail, alert_headline
from backups.jobs.judging import judge_waiting
from backups.models import ANOMALIES, Alert, AlertKind, Snapshot
from backups.retention import Rule, plan
from portal.audit.models import AuditEvent
from portal.lib import clock
from tests.app import factories
from tests.app.lives import a_file, a_night, november, objects_of, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def siakad():
    return factories.source()


def lived(source, nights):
    """Record and judge nights; return (day, kind) of each alarm as it was opened."""
    told = []
    for day, objects in nights:
        snapshot = a_night(source, day, objects)
        known = set(Alert.objects.values_list("pk", flat=True))
        assert judge_waiting(snapshot.taken_at, source) == 1
        told += [(day, a.kind) for a in Alert.objects.exclude(pk__in=known).order_by("pk")]
    return told


def test_november_is_told_on_the_twelfth_and_the_nineteenth_only(siakad):
    told = lived(siakad, [(day, objects_of(day)) for day in range(1, 31)])
    assert told == [(12, AlertKind.ROWS_SHRANK), (19, AlertKind.TABLE_VANISHED)]
    vanished = Alert.objects.get(kind=AlertKind.TABLE_VANISHED)
    assert clock.wib_date(vanished.cleared_at).day == 25
    assert Alert.objects.get(kind=AlertKind.ROWS_SHRANK).cleared_at is None


def test_the_words_name_the_system_the_figure_and_the_usual(siakad):
    nights = [(day, [table("public.krs", 40_112 - (12 - day) * 200)]) for day in range(1, 13)]
    lived(siakad, [*nights, (13, [table("public.krs", 18_004)])])
    alert = Alert.objects.get()
    assert alert_headline(alert) == (
        "Tabel krs di SIAKAD menyusut dari 40.112 menjadi 18.004 baris, "
        "biasanya bertambah 200 per malam"
    )
    assert "Malam lazim terakhir ditahan" in alert_detail(alert)


def test_a_loss_that_comes_back_clears_its_alarm(siakad):
    full, half = [table("public.krs", 400)], [table("public.krs", 100)]
    lived(siakad, [(1, full), (2, full), (3, half), (4, full)])
    assert Alert.objects.get().cleared_at == Snapshot.objects.latest("pk").taken_at
    assert list(Snapshot.objects.order_by("pk").values_list("anomalous", flat=True)) == [
        False,
        False,
        True,
        False,
    ]


def test_an_anomalous_night_never_pushes_out_the_last_normal_one(siakad):
    november(siakad)
    judge_waiting(clock.now())
    last = Snapshot.objects.latest("pk")
    rule = Rule(daily=3, weekly=0, monthly=0, yearly=0, floor=1)
    kept = plan(nights_of(siakad), rule, last.taken_at).keep
    days = {
        clock.wib_date(Snapshot.objects.get(pk=pk).taken_at).day: why for pk, why in kept.items()
    }
    assert set(days) == {11, 28, 29, 30}
    assert days[11] == ("last normal",)


def test_a_night_is_judged_once(siakad):
    a_night(siakad, 1, [table("public.krs", 400)])
    assert judge_waiting(factories.NOW) == 1
    assert judge_waiting(factories.NOW) == 0


def test_many_files_that_vanish_are_told(siakad):
    files = [a_file(f"foto/{n:03d}.jpg", n) for n in range(100)]
    told = lived(siakad, [(1, files), (2, files), (3, files[:40])])
    assert told == [(3, AlertKind.MANY_VANISHED)]
    assert alert_headline(Alert.objects.get()) == (
        "60 dari 100 berkas di SIAKAD hilang dalam satu malam"
    )


def test_a_folder_that_was_only_renamed_is_no_loss(siakad):
    files = [a_file(f"foto/{n:03d}.jpg", n) for n in range(100)]
    moved = [replace(file, name=file.name.replace("foto", "arsip")) for file in files]
    assert lived(siakad, [(1, files), (2, files), (3, moved)]) == []


def test_files_that_are_all_rewritten_in_one_night_are_told_as_ransom(siakad):
    def files(edition):
        return [a_file(f"foto/{n:03d}.jpg", 9, edition) for n in range(100)]

    told = lived(siakad, [*((day, files(0)) for day in range(1, 9)), (9, files(1))])
    assert told == [(9, AlertKind.MASS_CHANGE)]
    assert "perangkat perusak" in alert_detail(Alert.objects.get())


def test_a_dropped_schema_is_one_alarm(siakad):
    rest = [table("public.krs", 400)]
    schema = [table(f"arsip.t{n}", 50) for n in range(4)]
    told = lived(siakad, [(1, rest + schema), (2, rest + schema), (3, rest)])
    assert told == [(3, AlertKind.SCHEMA_DROPPED)]
    assert "arsip" in alert_headline(Alert.objects.get())


def test_a_table_made_anew_and_empty_is_told(siakad):
    full = [table("public.krs", 400)]
    told = lived(siakad, [(1, full), (2, full), (3, []), (4, [table("public.krs", 0)])])
    assert told == [(3, AlertKind.TABLE_VANISHED), (4, AlertKind.TABLE_EMPTIED)]


def test_a_person_may_say_that_it_is_as_it_should_be(siakad, analyst, browser_of):
    full, half = [table("public.krs", 400)], [table("public.krs", 100)]
    lived(siakad, [(1, full), (2, full), (3, half)])
    alert = Alert.objects.get()
    page = browser_of(analyst).post(reverse("wajar", args=[alert.pk]), follow=True)
    assert "Dinyatakan wajar" in page.content.decode()
    alert.refresh_from_db()
    assert (alert.cleared_at is None, alert.accepted_by) == (False, analyst)
    assert not Snapshot.objects.filter(anomalous=True).exists()
    assert AuditEvent.objects.filter(verb="alarm.accepted").count() == 1
    assert lived(siakad, [(4, half)]) == []


def test_the_morning_tells_it_with_its_timeline(siakad, analyst, browser_of):
    full, half = [table("public.krs", 400)], [table("public.krs", 100)]
    lived(siakad, [(1, full), (2, full), (3, half)])
    text = browser_of(analyst).get(reverse("staf")).content.decode()
    assert "Tabel krs di SIAKAD menyusut dari 400 menjadi 100 baris" in text
    assert "Lihat garis waktu" in text
    assert "Ini wajar" in text


def test_whoever_only_reads_cannot_accept_it(siakad, auditor, browser_of):
    full = [table("public.krs", 400)]
    lived(siakad, [(1, full), (2, full), (3, [])])
    answer = browser_of(auditor).post(reverse("wajar", args=[Alert.objects.get().pk]))
    assert answer.status_code == 403
    assert Alert.objects.get().cleared_at is None


def test_limits_of_a_source_are_its_own(siakad):
    siakad.alarm_shrink_percent = 0
    siakad.save()
    full, half = [table("public.krs", 400)], [table("public.krs", 100)]
    assert lived(siakad, [(1, full), (2, full), (3, half)]) == []


def test_every_kind_of_strange_night_has_its_words(siakad):
    facts = {
        "name": "public.krs",
        "before": 40,
        "after": 4,
        "usual": 2,
        "count": 9,
        "of": 90,
        "rows": 70,
        "what": "files",
        "bytes": 10,
        "nights": 14,
        "names": ["krs"],
    }
    for kind in ANOMALIES:
        alert = Alert(kind=kind, source=siakad, facts=facts)
        assert "SIAKAD" in alert_headline(alert)
        assert alert_detail(alert)

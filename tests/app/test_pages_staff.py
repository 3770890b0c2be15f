"""The staff's pages: what they say, who opens them, how many queries they take."""

import pytest
import time_machine
from django.urls import reverse

from backups.models import (
    AlertKind,
    BackupRun,
    ConnectionTest,
    Copy,
    CopyState,
    Drill,
    JobState,
    Snapshot,
    Source,
)
from backups.views import alarms, morning
from portal.lib.marks import Mark
from tests.app import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nine_in_the_morning():
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture
def page(analyst, browser_of):
    """Give the text of a page as an analyst sees it."""
    client = browser_of(analyst)

    def text(name, *args, **query):
        answer = client.get(reverse(name, args=args), query)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return text


def test_the_morning_counts_the_night_and_names_the_troubled_first(page):
    factories.morning()
    text = page("staf")
    assert "5 dari 7 sumber tersalin tadi malam." in text
    assert "1 salinan 2 belum, 1 gagal, 1 terlambat, 1 dijeda." in text
    order = [
        text.index(f">{name}</a>") for name in ("Perpustakaan", "Kepegawaian", "SIAKAD", "PMB")
    ]
    assert order == sorted(order)


def test_the_morning_tells_alarms_and_running_work_in_plain_words(page):
    factories.morning()
    text = page("staf")
    assert "Perpustakaan tidak tersalin" in text
    assert "Longgarkan disk itu" in text
    assert "Repositori, salinan 2" in text
    assert "112,0 MB/dtk" in text
    assert "± 10 menit lagi" in text


def test_the_morning_shows_what_needs_a_hand_and_leaves_the_rest_to_the_list(page):
    for n in range(morning.ROWS + 2):
        factories.source(f"Sumber {n:03d}", days=0)
    factories.source("Terlambat", days=3)
    text = page("staf")
    assert "3 sumber lain ada di daftar lengkap." in text
    assert ">Terlambat</a>" in text


def test_the_tab_carries_the_red_count(page):
    factories.morning()
    text = page("staf")
    assert "<title>(3) Hari ini" in text
    assert reverse("ikon", args=[3]) in text


def test_an_empty_portal_says_what_will_appear_and_how_to_get_there(page):
    assert "manage.py add_source" in page("staf")
    assert "manage.py add_source" in page("cadangan")
    assert "manage.py add_vault" in page("penyimpanan")


def test_a_source_with_no_good_night_ever_is_late_and_says_so(page):
    siakad = factories.source(days=3)
    assert "0 dari 1 sumber tersalin" in page("staf")
    text = page("sumber", siakad.key)
    assert "belum pernah diuji pulih" in text
    assert "Belum ada malam" in text
    assert "Belum cukup malam" in text


def test_a_source_added_today_waits_for_its_first_night(page):
    factories.source(days=0)
    assert "Belum ada malam yang jatuh tempo." in page("staf")


def test_before_one_in_the_morning_a_night_not_yet_ordered_is_not_late(page):
    siakad = factories.source()
    factories.nights(siakad, 30, until=factories.TONIGHT, marks={0: Mark.LATE})
    with time_machine.travel(factories.NOW.replace(hour=17, minute=20, day=22), tick=False):
        assert "1 belum ada" in page("staf")


def test_a_second_try_that_succeeds_makes_the_night_good(page):
    siakad = factories.source()
    factories.nights(siakad, 3, marks={0: Mark.FAILED})
    again = siakad.runs.get(state=JobState.FAILED)
    again.pk, again.attempt, again.state, again.byte_count = None, 2, JobState.GOOD, 10
    again.save()
    assert "Sumber satu-satunya tersalin tadi malam." in page("staf")


def test_a_source_is_found_by_its_name_kind_or_server(page):
    factories.morning()
    assert "1 sumber cocok dengan" in page("cadangan", q="siak")
    assert "4 sumber cocok dengan" in page("cadangan", q="postgresql")
    assert "1 sumber cocok dengan" in page("cadangan", q="db-3")
    assert "Tidak ada yang cocok" in page("cadangan", q="<b>")


def test_a_source_page_counts_its_year_and_previews_what_goes(page):
    siakad = factories.source()
    factories.nights(siakad, 365, marks={97: Mark.FAILED, 98: Mark.LATE})
    text = page("sumber", siakad.key)
    assert "Setahun: 356 dari 358 malam tersalin" in text
    assert "Harian" in text
    assert "per bulan" in text


def test_a_source_page_shows_the_answer_to_a_connection_test(page):
    siakad = factories.source()
    ConnectionTest.objects.create(
        source=siakad,
        state=JobState.FAILED,
        ordered_at=factories.NOW,
        error_kind="SourceRefused",
        error='password authentication failed for user "pembaca"',
    )
    text = page("sumber", siakad.key)
    assert "Sumber menolak" in text
    assert "lalu uji sambungannya" in text
    assert "password authentication failed" in text


def test_a_source_page_tells_how_its_last_drill_ended(page):
    siakad = factories.source()
    factories.nights(siakad, 3)
    factories.drilled(siakad)
    text = page("sumber", siakad.key)
    assert "214 dari 214" in text
    assert "22 m 04 d" in text
    factories.drilled(siakad, state=JobState.FAILED, error_kind="ProofFailed", error="3 differ")
    assert "3 differ" in page("sumber", siakad.key)


def test_every_kind_of_alarm_has_a_mark():
    assert set(alarms.MARKS) == set(AlertKind)


def test_a_drill_is_ordered_once_and_shown_among_the_work(analyst, browser_of):
    siakad = factories.source()
    factories.nights(siakad, 3)
    client = browser_of(analyst)
    for _ in range(2):
        answer = client.post(reverse("uji-pemulihan", args=[siakad.key]), follow=True)
    assert "Uji pemulihan SIAKAD" in answer.content.decode()
    assert Drill.objects.get().ordered_by == analyst


def test_a_source_without_a_copy_cannot_be_drilled_and_says_so(analyst, browser_of):
    siakad = factories.source()
    answer = browser_of(analyst).post(reverse("uji-pemulihan", args=[siakad.key]), follow=True)
    assert "Belum ada salinan yang dapat diuji." in answer.content.decode()


def test_a_running_run_shows_its_step_its_bar_and_an_estimate(page):
    run = factories.running(factories.source())
    text = page("malam", run.source.key, run.pk)
    assert 'aria-current="step"' in text
    assert 'value="56" max="100"' in text
    assert "± 3 menit lagi" in text
    assert "Batalkan" in text
    assert 'data-live="2"' in text


def test_a_failed_run_says_what_happened_where_it_stopped_and_what_to_do(page):
    siakad = factories.source()
    factories.nights(siakad, 2, marks={0: Mark.FAILED})
    failed = siakad.runs.get(state=JobState.FAILED)
    text = page("malam", siakad.key, failed.pk)
    assert "Disk penuh." in text
    assert "berhenti di sini" in text
    assert "3.4 GB needed" in text


def test_a_night_shows_both_its_copies(page):
    siakad = factories.source()
    factories.nights(siakad, 2, marks={0: Mark.OWING})
    run = siakad.runs.latest("night")
    text = page("malam", siakad.key, run.pk)
    assert "Tersimpan" in text
    assert "Belum tersalin" in text


def test_all_nights_are_listed_page_by_page(page):
    siakad = factories.source()
    factories.nights(siakad, 60)
    assert "1 sampai 40 dari 60" in page("malam-malam", siakad.key)
    assert "41 sampai 60 dari 60" in page("malam-malam", siakad.key, hal=2)


def test_a_snapshot_lists_what_it_holds_by_kind_and_by_name(page):
    siakad = factories.source()
    factories.nights(siakad, 5)
    factories.contents(siakad)
    text = page("isi", siakad.key)
    assert "Tabel, 9" in text
    assert "Pandangan, 3" in text
    assert "akademik.dosen_005" in text
    found = page("isi", siakad.key, q="dosen", jenis="table")
    assert "akademik.dosen_005" in found
    assert "akademik.krs_002" not in found


def test_an_older_night_does_not_show_what_came_later(page):
    siakad = factories.source()
    factories.nights(siakad, 5)
    factories.contents(siakad)
    first = siakad.snapshots.last()
    text = page("isi", siakad.key, malam=first.pk)
    assert "akademik.dosen_005" not in text
    assert "akademik.krs_002" in text


def test_a_source_without_a_copy_has_no_contents_yet(page):
    assert "Belum ada salinan" in page("isi", factories.source().key)


def test_the_vaults_page_counts_what_is_kept_owed_and_damaged(page):
    siakad = factories.source()
    factories.nights(siakad, 10, marks={0: Mark.OWING})
    Copy.objects.filter(snapshot=Snapshot.objects.last(), state=CopyState.STORED).update(
        state=CopyState.DAMAGED
    )
    text = page("penyimpanan")
    assert "Disk server" in text
    assert "1 rusak" in text


def test_a_vault_shows_no_password_of_its_address(page):
    local, _media = factories.vaults()
    local.location = "rest:https://pulih:rahasia@media.example/lokal"
    local.save()
    text = page("penyimpanan")
    assert "rahasia" not in text
    assert "media.example" in text


STAFF_PAGES = ["staf", "cadangan", "penyimpanan", "gaya"]


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(client, name):
    answer = client.get(reverse(name))
    assert answer.url == f"{reverse('masuk')}?next={reverse(name)}"


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_a_stranger_and_a_reporter_are_refused_everywhere(stranger, reporter, browser_of, name):
    for person in (stranger, reporter):
        answer = browser_of(person).get(reverse(name))
        assert answer.status_code == 403
        assert "Halaman ini bukan untuk akun Anda" in answer.content.decode()


def test_the_menu_shows_only_the_doors_that_open(analyst, auditor, browser_of):
    door = f'href="{reverse("jejak")}"'
    assert door in browser_of(auditor).get(reverse("staf")).content.decode()
    assert door not in browser_of(analyst).get(reverse("staf")).content.decode()


def test_the_button_orders_one_backup_and_leads_to_its_run(analyst, browser_of):
    siakad = factories.source()
    client = browser_of(analyst)
    answer = client.post(reverse("cadangkan", args=[siakad.key]))
    again = client.post(reverse("cadangkan", args=[siakad.key]))
    run = BackupRun.objects.get()
    assert answer.url == again.url == run.get_absolute_url()
    assert run.ordered_by == analyst


def test_a_retired_source_is_not_backed_up_any_more(analyst, browser_of):
    siakad = factories.source()
    Source.objects.update(retired_at=factories.NOW)
    answer = browser_of(analyst).post(reverse("cadangkan", args=[siakad.key]))
    assert answer.status_code == 404


def test_the_button_orders_a_connection_test(administrator, browser_of):
    siakad = factories.source()
    answer = browser_of(administrator).post(
        reverse("uji-sambungan", args=[siakad.key]), follow=True
    )
    assert "Menunggu jawaban sumber" in answer.content.decode()
    assert ConnectionTest.objects.get().ordered_by == administrator


def test_cancelling_asks_a_running_run_to_stop(analyst, browser_of):
    run = factories.running(factories.source())
    answer = browser_of(analyst).post(
        reverse("batalkan-malam", args=[run.source.key, run.pk]), follow=True
    )
    run.refresh_from_db()
    assert run.cancel_requested_at == factories.NOW
    assert "Sedang dihentikan" in answer.content.decode()


def test_cancelling_what_has_ended_changes_nothing_and_says_so(analyst, browser_of):
    siakad = factories.source()
    [run] = factories.nights(siakad, 1)
    url = reverse("batalkan-malam", args=[siakad.key, run.pk])
    answer = browser_of(analyst).post(url, follow=True)
    run.refresh_from_db()
    assert run.state == JobState.GOOD
    assert "tidak ada yang dibatalkan" in answer.content.decode()


@pytest.mark.parametrize("name", ["cadangkan", "uji-sambungan", "uji-pemulihan"])
def test_an_auditor_sees_the_buttons_closed_and_cannot_press_them(auditor, browser_of, name):
    siakad = factories.source()
    client = browser_of(auditor)
    assert "Tombol ini untuk analis dan administrator." in (
        client.get(siakad.get_absolute_url()).content.decode()
    )
    assert client.post(reverse(name, args=[siakad.key])).status_code == 403
    assert client.get(reverse(name, args=[siakad.key])).status_code == 403


@pytest.mark.parametrize("name", ["cadangkan", "uji-sambungan", "uji-pemulihan"])
def test_nothing_is_ordered_by_merely_opening_an_address(analyst, browser_of, name):
    siakad = factories.source()
    assert browser_of(analyst).get(reverse(name, args=[siakad.key])).status_code == 405


# name -> queries; sign-in takes three of them (session, person, roles)
QUERIES = {"staf": 22, "cadangan": 8, "penyimpanan": 9}


@pytest.mark.parametrize("name", QUERIES)
def test_a_page_takes_as_many_queries_for_many_sources_as_for_one(
    analyst, browser_of, django_assert_num_queries, name
):
    client = browser_of(analyst)
    factories.nights(factories.source("Satu"), 20)
    with django_assert_num_queries(QUERIES[name]):
        client.get(reverse(name))
    for n in range(12):
        factories.nights(factories.source(f"Sumber {n}"), 20)
    with django_assert_num_queries(QUERIES[name]):
        client.get(reverse(name))


def test_a_source_page_takes_a_fixed_number_of_queries(
    analyst, browser_of, django_assert_num_queries
):
    siakad = factories.source()
    client = browser_of(analyst)
    factories.nights(siakad, 365)
    with django_assert_num_queries(22):
        client.get(siakad.get_absolute_url())

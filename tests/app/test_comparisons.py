"""The pages of comparisons and picks: who sees rows, what they say, what a pick promises."""

import hashlib
import json

import pytest
import time_machine
from django.urls import reverse

from backups.catalogue.differences import finding_of, pick_rows, rows_path, write_pick
from backups.errors import BackupError
from backups.models import Comparison, JobState, KnownObject, RowPick
from backups.orders import order_comparison
from backups.rowsfilter import RowFilter
from portal.audit.models import AuditEvent
from tests.app import comparisons, factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nine_in_the_morning(settings, tmp_path):
    settings.PULIH_COMPARISONS = tmp_path / "comparisons"
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture
def siakad():
    return factories.morning()["SIAKAD"]


@pytest.fixture
def compared(siakad):
    return comparisons.grades(comparisons.comparison(siakad))


@pytest.fixture
def page(analyst, browser_of):
    client = browser_of(analyst)

    def text(address, **query):
        answer = client.get(address, query)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return text


def test_a_comparison_is_ordered_from_the_source_s_page(analyst, browser_of, siakad):
    client = browser_of(analyst)
    night = siakad.snapshots.first()
    answer = client.post(
        reverse("bandingkan", args=[siakad.key]),
        {"night": night.pk, "names": "nilai\n nilai\nkrs", "down_to_rows": "on"},
    )
    ordered = Comparison.objects.get()
    assert answer.url == ordered.get_absolute_url()
    assert (ordered.tables, ordered.snapshot, ordered.ordered_by) == (
        ["nilai", "krs"],
        night,
        analyst,
    )


def test_a_night_that_is_gone_is_refused_and_what_was_typed_is_kept(
    page, analyst, browser_of, siakad
):
    answer = browser_of(analyst).post(
        reverse("bandingkan", args=[siakad.key]), {"night": 0, "names": "nilai"}
    )
    text = answer.content.decode()
    assert "Malam itu sudah tidak disimpan" in text
    assert ">\nnilai</textarea>" in text
    assert not Comparison.objects.exists()


def test_the_same_question_twice_is_one_comparison(siakad, analyst):
    night = siakad.snapshots.first()
    first = order_comparison(night, analyst, factories.NOW, tables=["nilai"])
    assert order_comparison(night, analyst, factories.NOW, tables=["nilai"]) == first
    assert order_comparison(night, analyst, factories.NOW) != first


def test_a_running_comparison_shows_its_steps_and_can_be_cancelled(
    page, analyst, browser_of, siakad
):
    running = comparisons.comparison(siakad, JobState.RUNNING, phase="load")
    text = page(running.get_absolute_url())
    assert "Memuat ke tempat uji" in text
    browser_of(analyst).post(reverse("batalkan-perbandingan", args=[running.pk]))
    running.refresh_from_db()
    assert running.cancel_requested_at == factories.NOW


def test_the_result_names_what_differs_and_leaves_the_same_out(page, compared):
    text = page(compared.comparison.get_absolute_url())
    assert "4 objek SIAKAD berbeda" in text
    assert "public.komponen_nilai" in text
    assert "public.mahasiswa" not in text
    assert "public.mahasiswa" in page(compared.comparison.get_absolute_url(), hasil="same")


def test_a_source_that_was_down_is_said_so(page, siakad):
    down = comparisons.comparison(siakad, against=siakad.snapshots.first())
    assert "dua malam yang dibandingkan" in page(down.get_absolute_url())


def test_rows_are_filtered_by_result_key_and_column(page, compared):
    address = compared.get_absolute_url()
    assert "48 baris ditampilkan" in page(address)
    assert "3 baris ditampilkan" in page(address, hasil="changed")
    assert "11 baris ditampilkan" in page(address, dari="1801010", sampai="1801020")
    assert "1 baris ditampilkan" in page(address, kolom="nama", sama="Mahasiswa ke-7")
    assert "Tidak ada baris yang cocok" in page(address, memuat="%' OR 1=1 --")


def test_the_cell_that_differs_shows_both_values(page, compared):
    text = page(compared.get_absolute_url(), hasil="changed")
    assert text.count('class="cell-differs"') == 3
    assert "NULL" in page(compared.get_absolute_url(), hasil="missing")


def test_opening_rows_and_taking_them_along_leaves_a_trace_without_what_stands_in_them(
    page, analyst, browser_of, compared
):
    page(compared.get_absolute_url())
    address = reverse("berkas-baris", args=[compared.comparison_id, compared.pk])
    taken = b"".join(browser_of(analyst).get(address).streaming_content)
    assert hashlib.sha256(taken).hexdigest() == compared.file_sha256
    events = AuditEvent.objects.filter(verb__startswith="rows.")
    assert {event.verb for event in events} == {"rows.read", "rows.taken"}
    assert "Siti" not in json.dumps([event.facts for event in events])


def test_people_without_business_in_rows_see_verdicts_only(front_desk, browser_of, compared):
    client = browser_of(front_desk)
    assert client.get(compared.comparison.get_absolute_url()).status_code == 200
    assert client.get(compared.get_absolute_url()).status_code == 403
    assert client.get(reverse("bandingkan", args=["siakad"])).status_code == 403


def test_a_pick_brings_back_what_is_missing_and_changed_and_leaves_extra_alone(
    analyst, browser_of, compared, page, tmp_path
):
    address = reverse("pilih-baris", args=[compared.comparison_id, compared.pk])
    answer = browser_of(analyst).post(address, {"dari": "", "memuat": ""})
    pick = RowPick.objects.get()
    assert answer.url == pick.get_absolute_url()
    assert (pick.missing, pick.changed, pick.extra) == (42, 3, 0)
    text = page(answer.url)
    assert pick.sha256 in text
    write_pick(pick, tmp_path / "pilihan.jsonl")
    written = (tmp_path / "pilihan.jsonl").read_bytes()
    assert hashlib.sha256(written).hexdigest() == pick.sha256
    assert written.count(b"\n") == 46


def test_extra_rows_are_picked_only_by_name(analyst, compared):
    pick = pick_rows(compared, RowFilter(verdicts=("extra",)), analyst, factories.NOW)
    assert (pick.missing, pick.changed, pick.extra) == (0, 0, 3)


def test_nothing_fitting_makes_no_pick(analyst, browser_of, compared):
    address = reverse("pilih-baris", args=[compared.comparison_id, compared.pk])
    browser_of(analyst).post(address, {"memuat": "tidak ada"})
    assert not RowPick.objects.exists()


def test_a_file_that_was_changed_since_is_not_picked_from(analyst, compared):
    path = rows_path(compared)
    path.write_bytes(path.read_bytes().replace(b"Siti", b"Sita"))
    with pytest.raises(BackupError, match="not the one"):
        pick_rows(compared, RowFilter(), analyst, factories.NOW)


def test_whoever_ordered_reads_a_finding(compared):
    finding = finding_of(compared.comparison)
    assert (finding.rows_missing, finding.rows_changed, finding.rows_extra) == (210, 3, 20)
    assert [each.name for each in finding.differing][:1] == ["public.nilai_id_seq"]


def test_an_object_s_page_leads_to_its_comparison_with_the_night_that_has_it(page, siakad):
    known = KnownObject.objects.filter(source=siakad, kind="table").first()
    text = page(reverse("objek", args=[siakad.key, known.pk]))
    assert f"nama={known.name}" in text
    form = page(reverse("bandingkan", args=[siakad.key]), nama=known.name)
    assert f"{known.name}</textarea>" in form

"""The pages of restores: what they say, what they let whom do, and emergencies of two people."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from backups.models import Emergency, JobState, RestoreJob, RestorePhase, RestoreUndo
from tests.app import factories, restores
from tests.app.people import person as new_person


@pytest.fixture
def siakad(db):
    source = factories.source()
    factories.nights(source, 3)
    return source


def read(client, job):
    return client.get(job.get_absolute_url()).content.decode()


def test_a_restore_at_work_shows_its_step_its_bar_and_that_nothing_is_touched(
    siakad, analyst, browser_of
):
    page = read(browser_of(analyst), restores.at_work(siakad))
    assert "SIAKAD belum disentuh" in page
    assert "Langkah 5 dari 8." in page
    assert "67 %" in page
    assert 'id="hentikan"' in page
    assert "Terbuka setelah ditukar." in page


def test_a_safety_copy_that_goes_on_beside_the_load_has_no_bar_of_its_own(
    siakad, analyst, browser_of
):
    job = restores.saving_and_loading(siakad)
    page = read(browser_of(analyst), job)
    assert page.count("<progress") == page.count('aria-current="step"') == 1
    saving, _, rest = page.partition("Menyalin yang ada sekarang")[2].partition("</li>")
    loading = rest.partition("Memuat di samping")[2].partition("</li>")[0]
    assert "berjalan" in saving
    assert "berjalan" in loading
    assert "67 %" in loading
    assert "67 %" not in saving


def test_in_the_swap_it_says_so_and_cannot_be_stopped(siakad, analyst, browser_of):
    job = restores.at_work(siakad)
    RestoreJob.objects.filter(pk=job.pk).update(phase=RestorePhase.SWAP)
    client = browser_of(analyst)
    page = read(client, job)
    assert "SIAKAD sedang ditukar" in page
    assert 'id="hentikan"' not in page
    client.post(reverse("hentikan-pemulihan", args=[job.pk]))
    job.refresh_from_db()
    assert job.cancel_requested_at is None


def test_stopped_before_the_swap_it_is_asked_to_stop(siakad, analyst, browser_of):
    job = restores.at_work(siakad)
    browser_of(analyst).post(reverse("hentikan-pemulihan", args=[job.pk]))
    job.refresh_from_db()
    assert job.cancel_requested_at is not None


def test_a_step_is_called_needless_only_by_whoever_wrote_the_others_down(
    siakad, analyst, browser_of
):
    client = browser_of(analyst)
    silent = restores.restore(siakad, steps=[])
    told = restores.restore(siakad, steps=restores.steps(7))
    assert "Tidak diperlukan" not in read(client, silent)
    assert read(client, told).count("Tidak diperlukan") == 1


def test_a_finished_restore_tells_its_proof_its_systems_and_the_way_back(
    siakad, analyst, browser_of
):
    page = read(browser_of(analyst), restores.restore(siakad))
    assert "Terbukti: 214 dari 214 objek sama" in page
    assert "Tidak menjawab" in page
    assert "Kembalikan isi lama" in page
    assert "public.rekap masih menampilkan baris lama" in page


def test_the_way_back_is_one_button_for_operators(siakad, analyst, approver, browser_of):
    job = restores.restore(siakad)
    assert browser_of(approver).post(reverse("kembalikan", args=[job.pk])).status_code == 403
    client = browser_of(analyst)
    client.post(reverse("kembalikan", args=[job.pk]))
    client.post(reverse("kembalikan", args=[job.pk]))
    assert RestoreUndo.objects.get().restore == job
    assert "Sedang dikembalikan." in read(client, job)


def test_a_failed_restore_says_that_live_is_as_it_was_and_what_to_do(siakad, analyst, browser_of):
    job = restores.restore(
        siakad, JobState.FAILED, error_kind="PlanVoid", error="SIAKAD is not what it was."
    )
    page = read(browser_of(analyst), job)
    assert "Tujuannya berubah sejak rencana dibuat" in page
    assert "SIAKAD tetap seperti sebelumnya." in page


def test_an_unreviewed_emergency_is_loud_on_every_page_until_another_reviews_it(
    siakad, analyst, approver, browser_of
):
    job = restores.emergency(siakad, ordered_by=analyst)
    client = browser_of(approver)
    loud = "SIAKAD dipulihkan sebagai keadaan darurat dan belum ditinjau"
    for name in ("staf", "cadangan", "antrean", "pemulihan-semua"):
        assert loud in client.get(reverse(name)).content.decode()
    address = reverse("tinjau-darurat", args=[job.pk])
    browser_of(analyst).post(address, {"words": "Sudah benar."})
    assert RestoreJob.objects.get(pk=job.pk).review_due
    client.post(address, {"words": ""})
    assert RestoreJob.objects.get(pk=job.pk).review_due
    client.post(address, {"words": "Perlu, dan berhasil."})
    assert loud not in client.get(reverse("staf")).content.decode()
    job.refresh_from_db()
    assert (job.second_person, job.review_words) == (approver, "Perlu, dan berhasil.")


def test_what_forbade_a_restore_is_told_in_the_readers_language(siakad, analyst, browser_of):
    page = read(browser_of(analyst), restores.forbidden(siakad))
    assert "Akun pemulih tidak boleh menulis di /srv/arsip" in page
    assert "hanya ada ruang 3,1" in page
    client = browser_of(analyst)
    client.cookies["django_language"] = "en"
    assert "may not write in /srv/arsip" in read(client, restores.forbidden(siakad))


def test_a_restore_whose_server_is_silent_says_so_and_what_to_do(siakad, analyst, browser_of):
    page = read(browser_of(analyst), restores.waiting(siakad))
    assert "Server tujuan tidak menjawab di tengah pemulihan." in page
    assert "Nyalakan server itu." in page
    assert "Menunggu server" in page
    assert "sedang ditukar" not in page


def ask(client, siakad, **fields):
    night = siakad.snapshots.first().pk
    typed = {"night": night, "names": "public.nilai", "reason": "Ujian dua jam lagi."} | fields
    return client.post(reverse("darurat", args=[siakad.key]), typed)


def test_an_emergency_from_the_browser_needs_two_different_people(
    siakad, analyst, approver, browser_of
):
    asker = browser_of(analyst)
    ask(asker, siakad)
    asked = Emergency.objects.get()
    address = reverse("jawab-darurat", args=[asked.pk])
    asker.post(address, {"jawaban": "setuju"})
    assert not RestoreJob.objects.exists()
    answer = browser_of(approver).post(address, {"jawaban": "setuju"})
    job = RestoreJob.objects.get()
    assert answer.url == job.get_absolute_url()
    assert (job.ordered_by, job.second_person) == (analyst, approver)
    assert job.scope == {"kind": "tables", "names": ["public.nilai"]}
    assert not job.review_due


def test_an_emergency_that_is_turned_down_is_over(siakad, analyst, approver, browser_of):
    ask(browser_of(analyst), siakad)
    address = reverse("jawab-darurat", args=[Emergency.objects.get().pk])
    client = browser_of(approver)
    client.post(address, {"jawaban": "tidak"})
    client.post(address, {"jawaban": "setuju"})
    assert not RestoreJob.objects.exists()


def test_an_emergency_without_a_reason_is_asked_for_one_and_keeps_what_was_typed(
    siakad, analyst, browser_of
):
    page = ask(browser_of(analyst), siakad, reason="").content.decode()
    assert not Emergency.objects.exists()
    assert "public.nilai" in page


def test_the_list_shows_every_restore_and_says_how_it_stands(siakad, analyst, browser_of):
    client = browser_of(analyst)
    assert "Belum ada pemulihan" in client.get(reverse("pemulihan-semua")).content.decode()
    restores.restore(siakad)
    restores.at_work(siakad)
    page = client.get(reverse("pemulihan-semua")).content.decode()
    assert "DT-2026-000123-7" in page
    assert "Membuktikan isinya" in page
    assert "214/214" in page


@pytest.mark.parametrize("name", ["hentikan-pemulihan", "kembalikan", "tinjau-darurat"])
def test_those_who_only_read_press_nothing(siakad, auditor, browser_of, name):
    job = restores.restore(siakad)
    client = browser_of(auditor)
    assert client.get(job.get_absolute_url()).status_code == 200
    assert client.post(reverse(name, args=[job.pk])).status_code == 403
    assert client.get(reverse(name, args=[job.pk])).status_code in {403, 405}


def test_a_reporter_sees_no_restore(siakad, reporter, browser_of):
    job = restores.restore(siakad)
    assert browser_of(reporter).get(job.get_absolute_url()).status_code == 403


def test_a_second_person_is_never_the_first(siakad, analyst):
    somebody = new_person("lain", full_name="Lain")
    job = restores.emergency(siakad, ordered_by=analyst)
    with pytest.raises(IntegrityError), transaction.atomic():
        RestoreJob.objects.filter(pk=job.pk).update(second_person=analyst)
    RestoreJob.objects.filter(pk=job.pk).update(second_person=somebody)

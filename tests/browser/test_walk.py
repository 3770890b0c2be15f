"""From the loss to the last word, in a real browser, on a real PostgreSQL with a real night.

Reporter, front desk, analyst, approver, executor and the one who verifies, each at their own
window; what a worker does is done between two of their steps (SOP restore, steps 1 to 4.2).
"""

import re

import pytest
from django.urls import reverse

from backups.jobs import comparing, restore, surveying
from backups.models import Comparison, InformationSystem, JobState, RestoreJob, TargetSurvey
from portal.accounts.models import Role
from portal.accounts.sections import Section
from portal.lib import clock
from tests.app.cases import PDF
from tests.app.people import person
from tests.browser.test_reporter import report
from tests.real.conftest import (  # noqa: F401 - pytest finds fixtures here
    quick_repositories,
    state,
    vaults,
)
from tests.real.restores import backed_up, living_source
from tests.servers import execute, fetch
from tickets.actions import filing
from tickets.actions.restoring import settle_ended
from tickets.models import Ticket
from tickets.seeding import seed
from tickets.workflow import State


@pytest.fixture(autouse=True)
def nine_in_the_morning():
    """Let time be what it is: real servers tell it too."""


@pytest.fixture
def siakad(vaults, postgresql_server):  # noqa: F811 - pytest's way
    """SIAKAD, with a good night behind it."""
    seed(clock.now())
    with living_source(postgresql_server) as (source, spec):
        system = InformationSystem.objects.create(name="SIAKAD", slug="siakad", section="ADD")
        system.sources.add(source)
        backed_up(source)
        yield source, spec


@pytest.fixture
def windows(visit, siakad):
    """A window for each part, by its name."""
    parts = {
        "reporter": person("rahma", Role.REPORTER, full_name="Rahma Dosen"),
        "front_desk": person("fitri", Role.FRONT_DESK, full_name="Fitri Layanan"),
        "analyst": person("agus", Role.ANALYST, full_name="Agus Basisdata", section=Section.ADD),
        "executor": person("joko", Role.ANALYST, full_name="Joko Server", section=Section.JDS),
        "approver": person("hanif", Role.APPROVER, full_name="Bapak Kabag"),
    }
    return {name: visit(by=user) for name, user in parts.items()}


def press(page, name):
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()


def do(window, ticket, move, button, words=""):
    """Make a move on its page."""
    page = window.open(reverse("tiket-langkah", args=[ticket.number, move]))
    if words:
        page.locator("#id_kata").fill(words)
    press(page, button)
    page.wait_for_url(f"**{ticket.get_absolute_url()}")
    return page


def reported(windows) -> Ticket:
    page = windows["reporter"].open("/")
    report(page)
    page.get_by_role("button", name="Kirim laporan").click()
    page.locator(".number").wait_for()
    return Ticket.objects.get()


def in_analysis(windows) -> Ticket:
    """Report, receive, and begin to search: two plain buttons."""
    ticket = reported(windows)
    press(windows["front_desk"].open(ticket.get_absolute_url()), "Terima laporan")
    press(windows["analyst"].open(ticket.get_absolute_url()), "Mulai analisis")
    return ticket


def searched(windows, ticket):
    page = windows["analyst"].open(reverse("tiket-telusur", args=[ticket.number]) + "?q=nilai")
    press(page, "Simpan sebagai bukti")
    page.get_by_text("Temuan tersimpan sebagai bukti").wait_for()


def compared(windows, ticket, source):
    """Order a comparison, let the worker make it, and keep what it counted."""
    page = windows["analyst"].open(reverse("bandingkan", args=[source.key]))
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/perbandingan/*/")
    made = Comparison.objects.get()
    assert comparing.run(made.pk, clock.now()) == JobState.GOOD
    page = windows["analyst"].open(reverse("tiket-telusur", args=[ticket.number]))
    press(page, "Simpan sebagai bukti")
    page.get_by_text("Temuan tersimpan sebagai bukti").wait_for()
    assert page.get_by_role("row", name=re.compile("nilai")).first.is_visible()


def with_letter(windows, ticket, tmp_path):
    scan = tmp_path / "surat.pdf"
    scan.write_bytes(PDF)
    page = windows["front_desk"].open(reverse("tiket-langkah", args=[ticket.number, "give_letter"]))
    page.get_by_label("Nomor surat").fill("014/FKIP/XI/2026")
    page.get_by_label("Tanggal surat").fill(f"{clock.wib_date(clock.now())}")
    page.get_by_label("Pindaian baru").set_input_files(scan)
    press(page, "Kirim surat pengajuan")
    page.get_by_text("Surat pengajuan diterima.").wait_for()


def planned(windows, ticket):
    page = windows["analyst"].open(reverse("tiket-rencana", args=[ticket.number]))
    page.get_by_label("Seluruh isi salinan").check()
    page.get_by_label(re.compile("Menggantikan yang ada")).check()
    page.get_by_label("Pelaksana").select_option(label="Joko Server")
    page.get_by_label("Tidak ada", exact=True).check()
    press(page, "Simpan rencana")
    page.get_by_text("Rencana tersimpan").wait_for()
    survey = TargetSurvey.objects.latest("pk")
    assert surveying.run(survey.pk, clock.now()) == JobState.GOOD
    do(windows["analyst"], ticket, "request_approval", "Ajukan persetujuan")


def decided(windows, ticket, button, words=""):
    page = windows["approver"].open(reverse("persetujuan"))
    page.locator("[data-row]").first.click()
    page.locator("#id_kata").fill(words)
    press(page, button)
    page.wait_for_url(f"**{ticket.get_absolute_url()}")


def at(ticket) -> State:
    return Ticket.objects.get(pk=ticket.pk).step


def grades(spec):
    return fetch(spec, "SELECT id, nim, huruf FROM nilai ORDER BY id")


def tracked(windows, ticket):
    token = filing.tracking_token(ticket)
    return windows["reporter"].open(reverse("tiket", args=[ticket.number, token]))


def test_lost_rows_come_back_and_the_reporter_says_so(windows, siakad, tmp_path):
    source, spec = siakad
    before = grades(spec)
    execute(spec, "DELETE FROM nilai WHERE id % 3 = 0")
    ticket = in_analysis(windows)
    searched(windows, ticket)
    compared(windows, ticket, source)
    with_letter(windows, ticket, tmp_path)
    planned(windows, ticket)
    decided(windows, ticket, "Setujui")
    assert at(ticket) is State.APPROVED

    do(windows["executor"], ticket, "start_restore", "Mulai pemulihan")
    job = RestoreJob.objects.get()
    restore.run(job.pk, clock.now())
    assert settle_ended(job.pk, clock.now()) or at(ticket) is State.RESTORED
    assert grades(spec) == before

    page = windows["executor"].open(ticket.get_absolute_url())
    assert page.get_by_text("Pemeriksa hasil tidak boleh pelaksana").first.is_visible()
    do(windows["analyst"], ticket, "verify", "Nyatakan pulih, beri tahu pelapor", "Periksalah.")
    page = tracked(windows, ticket)
    page.get_by_role("button", name="Ya, sudah sesuai").click()
    page.get_by_text("Anda menyatakan sesuai").first.wait_for()
    do(windows["front_desk"], ticket, "close", "Tutup kasus")
    assert at(ticket) is State.CLOSED


def test_data_that_are_still_there_need_no_restore_and_may_be_disputed(windows, siakad):
    ticket = in_analysis(windows)
    searched(windows, ticket)
    do(windows["analyst"], ticket, "inform_found", "Beri tahu: data masih ada", "Ada di arsip.")
    do(windows["front_desk"], ticket, "dispute", "Belum sesuai", "Kelas 3B masih kosong.")
    assert at(ticket) is State.DISPUTED
    do(windows["analyst"], ticket, "ask_reporter", "Tanya pelapor", "Semester berapa?")
    assert at(ticket) is State.WAITING_REPORTER
    assert tracked(windows, ticket).get_by_text("Semester berapa?").first.is_visible()


def test_a_refusal_is_told_to_the_reporter_and_nothing_is_restored(windows, siakad, tmp_path):
    ticket = in_analysis(windows)
    searched(windows, ticket)
    with_letter(windows, ticket, tmp_path)
    planned(windows, ticket)
    decided(windows, ticket, "Tolak", "Data lebih baru sudah dimasukkan ulang.")
    assert at(ticket) is State.REFUSED
    assert not RestoreJob.objects.exists()
    page = tracked(windows, ticket)
    assert page.get_by_text("Data lebih baru sudah dimasukkan ulang.").first.is_visible()

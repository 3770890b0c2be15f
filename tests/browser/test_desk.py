"""The desk in a real browser: its keys, its two boxes, without a script too."""

import pytest
import time_machine
from django.urls import reverse

from tests.app.cases import HOUR, MONDAY, act, fresh, surveyed
from tickets.actions import choosing
from tickets.models import TypedText
from tickets.workflow import State


@pytest.fixture(autouse=True)
def ten_in_the_morning():
    with time_machine.travel(MONDAY + HOUR, tick=True):
        yield


def test_j_k_and_enter_walk_the_queue_and_open_a_case(visit, transactional_db, desk):
    desk.filed()
    second = desk.filed()
    page = visit(by=desk.front_desk).open(reverse("antrean") + "?lihat=belum&seksi=ADD&lihat=semua")
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{second.get_absolute_url()}")
    assert page.title().startswith(second.number)


def test_what_is_typed_for_one_eye_never_reaches_the_other(visit, transactional_db, desk):
    ticket = desk.in_analysis()
    page = visit(by=desk.analyst).open(ticket.get_absolute_url())
    page.locator("#isi-catatan").fill("Hanya untuk kita.")
    page.get_by_text("draf tersimpan").first.wait_for()
    page.get_by_text("Balasan ke pelapor").first.click()
    assert not page.locator("#isi-catatan").is_visible()
    assert page.locator("#isi-balasan").input_value() == ""
    page.locator("#isi-balasan").fill("Terima kasih.")
    page.get_by_role("button", name="Kirim ke pelapor").click()
    page.get_by_text("Balasan dikirim.").wait_for()
    said = {entry.words: entry.public for entry in ticket.entries.exclude(words="")}
    assert said == {"Terima kasih.": True}
    assert TypedText.objects.get(ticket=ticket).words == "Hanya untuk kita."


def test_what_is_found_at_a_target_arrives_by_itself_and_what_is_typed_stays(
    visit, transactional_db, desk
):
    ticket = desk.with_letter(desk.searched())
    choosing.choose_plan(ticket, desk.choice(target="live"), act(desk.analyst, ticket))
    page = visit(by=desk.analyst).open(ticket.get_absolute_url())
    assert page.get_by_text("masih diperiksa; tunggu sebentar").is_visible()
    page.locator("#isi-catatan").fill("Belum disimpan.")
    surveyed(ticket, connections=17)
    page.get_by_text("17, diputus sebentar saat ditukar").wait_for()
    assert page.locator("#isi-catatan").input_value() == "Belum disimpan."
    page.locator("#langkah-utama").get_by_role("link", name="Ajukan persetujuan").click()
    page.get_by_role("button", name="Ajukan persetujuan").click()
    page.get_by_text("Persetujuan diajukan.").wait_for()


def test_a_case_goes_on_without_javascript(visit, transactional_db, desk):
    ticket = desk.received()
    page = visit(by=desk.analyst, java_script_enabled=False).open(ticket.get_absolute_url())
    page.get_by_role("button", name="Mulai analisis").click()
    page.locator("#isi-catatan").fill("Mulai dari malam Sabtu.")
    page.get_by_role("button", name="Simpan catatan internal").click()
    assert page.get_by_text("Mulai dari malam Sabtu.").is_visible()
    page.get_by_role("link", name="Tanya pelapor").click()
    page.get_by_label("Pesan (wajib, dibaca pelapor)").fill("Kelas yang mana?")
    page.get_by_role("button", name="Tanya pelapor").click()
    assert fresh(ticket).state == State.WAITING_REPORTER

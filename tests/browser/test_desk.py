"""The desk in a real browser: its pages by axe, its keys, its two boxes, without a script too."""

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from tests.app.cases import HOUR, MONDAY, act, fresh
from tests.browser.test_every_page import RULES
from tickets.actions import talking
from tickets.models import TypedText
from tickets.workflow import State


@pytest.fixture(autouse=True)
def ten_in_the_morning():
    with time_machine.travel(MONDAY + HOUR, tick=True):
        yield


def pages(desk):
    asked, planned = desk.asked(), desk.planned()
    talking.add_note(planned, act(desk.analyst, planned, "Catatan internal."))
    talking.reply(fresh(planned), act(desk.analyst, fresh(planned), "Sedang kami telusuri."))
    n = planned.number
    return {
        "queue": (desk.front_desk, reverse("tiket") + "?lihat=semua"),
        "empty queue": (desk.front_desk, reverse("tiket") + "?lihat=semua&q=tidakada"),
        "case": (desk.analyst, planned.get_absolute_url()),
        "new case": (desk.front_desk, reverse("tiket-baru")),
        "move": (desk.analyst, reverse("tiket-langkah", args=[n, "prioritise"])),
        "letter": (desk.front_desk, reverse("tiket-langkah", args=[n, "give_letter"])),
        "analysis": (desk.analyst, reverse("tiket-telusur", args=[n]) + "?q=nilai"),
        "plan": (desk.analyst, reverse("tiket-rencana", args=[n])),
        "approvals": (desk.approver, reverse("persetujuan")),
        "decision": (desk.approver, reverse("putusan", args=[asked.number])),
        "no decision": (desk.analyst, reverse("putusan", args=[asked.number])),
        "delegations": (desk.approver, reverse("pelimpahan")),
    }


@pytest.mark.parametrize(
    "options",
    [
        {"language": "id", "color_scheme": "light", "width": 1280},
        {"language": "en", "color_scheme": "dark", "width": 1280},
        {"language": "id", "color_scheme": "light", "width": 390},
    ],
    ids=["day", "night, in English", "on a phone"],
)
def test_axe_finds_nothing_and_no_page_is_too_wide(visit, transactional_db, desk, options):
    found, windows = {}, {}
    for name, (who, address) in pages(desk).items():
        if who.pk not in windows:
            windows[who.pk] = visit(by=who, **options)
        page = windows[who.pk].open(address)
        words = Axe().run(page, options={"runOnly": RULES})
        if words.violations_count:
            found[name] = words.generate_snapshot()
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > options["width"]:
            found[f"{name} is too wide"] = wide
    assert found == {}


def test_j_k_and_enter_walk_the_queue_and_open_a_case(visit, transactional_db, desk):
    desk.filed()
    second = desk.filed()
    page = visit(by=desk.front_desk).open(reverse("tiket") + "?lihat=belum&seksi=ADD&lihat=semua")
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

"""Using the pages: by keyboard alone, without JavaScript, over a lost connection, for a day."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from backups.models import BackupRun, ConnectionTest, JobState, RunKind
from tests.app import factories
from tests.app.cases import fresh
from tickets.actions import recording
from tickets.models import RecordKind, RecordState
from tickets.workflow import State


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def tab_to(page, words, most=60):
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page) == words:
            return
    pytest.fail(f"{words!r} is not reached in {most} steps of Tab")


def test_a_keyboard_alone_goes_from_the_morning_to_a_running_backup(visit, morning, analyst):
    page = visit(by=analyst).open(reverse("staf"))
    page.keyboard.press("Tab")
    assert focused(page) == "Langsung ke isi"
    page.keyboard.press("Enter")
    tab_to(page, "SIAKAD")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cadangan/siakad/")
    tab_to(page, "Cadangkan sekarang")
    page.keyboard.press("Enter")
    page.wait_for_url("**/malam/*/")
    assert BackupRun.objects.get(kind=RunKind.MANUAL, source__key="siakad").ordered_by == analyst


def press_to(page, words):
    """Reach a thing by Tab alone, press it, and wait for the page that comes of it."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_keyboard_alone_receives_searches_decides_and_issues(visit, transactional_db, desk):
    ticket = desk.filed()
    page = visit(by=desk.front_desk).open(ticket.get_absolute_url())
    press_to(page, "Terima laporan")
    page = visit(by=desk.analyst).open(ticket.get_absolute_url())
    press_to(page, "Mulai analisis")
    assert fresh(ticket).step is State.IN_ANALYSIS
    page.goto(page.url + "telusur/?q=tidak-ada-di-mana-pun")
    press_to(page, "Simpan bahwa tidak ditemukan")
    assert ticket.evidence.count() == 1

    asked = desk.asked()
    page = visit(by=desk.approver).open(reverse("persetujuan"))
    press_to(page, asked.subject)
    press_to(page, "Setujui")
    assert fresh(asked).step is State.APPROVED

    record = recording.draft_for_case(
        desk.confirmed(), RecordKind.RECOVERED, desk.front_desk, factories.NOW
    )
    page = visit(by=desk.front_desk).open(record.get_absolute_url())
    press_to(page, "Terbitkan")
    record.refresh_from_db()
    assert record.state == RecordState.ISSUING


def test_single_keys_reach_the_search_and_the_sheet_and_can_be_switched_off(
    visit, morning, analyst
):
    page = visit(by=analyst).open(reverse("staf"))
    page.keyboard.press("?")
    assert page.locator("#pintasan").is_visible()
    page.locator("#pintasan-hidup").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "cari"
    page.reload()
    page.locator("[data-opens='pintasan']").first.click()
    page.locator("#pintasan-hidup").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "cari"


def test_the_switch_of_light_holds_over_pages(visit):
    window = visit(color_scheme="light")
    page = window.open("/")
    page.locator("[data-theme-switch]:visible").click()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    window.open(reverse("masuk"))
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.locator("[data-theme-switch]:visible").click()
    assert page.evaluate("localStorage.length") == 0


def test_progress_moves_without_a_reload_and_the_focus_stays(visit, morning, analyst):
    run = morning["E-learning"].runs.get(state=JobState.RUNNING)
    page = visit(by=analyst).open(run.get_absolute_url())
    page.locator("#batal").focus()
    page.evaluate("window.same = true")
    BackupRun.objects.filter(pk=run.pk).update(done=30 * factories.GB)
    page.locator("progress[value='93']").wait_for()
    assert page.evaluate("window.same && document.activeElement.id") == "batal"


def test_what_a_person_opened_stays_open_when_the_page_refreshes(visit, morning, analyst):
    siakad = morning["SIAKAD"]
    factories.running(siakad)
    page = visit(by=analyst).open(siakad.get_absolute_url())
    page.get_by_text("Lihat angkanya").click()
    siakad.runs.filter(state=JobState.RUNNING).update(done=30 * factories.GB)
    page.locator("progress[value='93']").wait_for()
    assert page.evaluate("document.querySelector('#hidup details').open")


def test_a_run_that_ends_says_so_by_itself(visit, morning, analyst):
    run = morning["E-learning"].runs.get(state=JobState.RUNNING)
    page = visit(by=analyst).open(run.get_absolute_url())
    BackupRun.objects.filter(pk=run.pk).update(
        state=JobState.FAILED, error_kind="SourceUnreachable", finished_at=factories.NOW
    )
    page.get_by_text("Sumber tidak menjawab.").wait_for()
    assert page.locator("#batal").count() == 0


def test_the_tab_learns_of_a_new_alarm(visit, morning, analyst):
    page = visit(by=analyst).open(reverse("staf"))
    assert page.title().startswith("(3)")
    morning["Perpustakaan"].alerts.update(cleared_at=factories.NOW)
    expect(page).to_have_title(re.compile(r"^\(2\)"), timeout=20_000)
    assert page.locator("link[rel=icon]").get_attribute("href") == reverse("ikon", args=[2])


def test_a_lost_connection_is_told_and_caught_up(visit, morning, analyst):
    window = visit(by=analyst)
    page = window.open(reverse("staf"))
    lost = page.locator(".offline")
    assert not lost.is_visible()
    window.context.set_offline(True)
    lost.wait_for(state="visible")
    window.context.set_offline(False)
    lost.wait_for(state="hidden")
    assert any("ERR_INTERNET_DISCONNECTED" in trouble for trouble in window.troubles)
    window.troubles.clear()


def test_a_page_left_open_for_a_day_goes_to_the_sign_in(visit, morning, analyst):
    page = visit(by=analyst).open(reverse("staf"))
    Session.objects.all().delete()
    page.wait_for_url(f"**{reverse('masuk')}?next={reverse('staf')}")


def test_every_action_works_without_javascript(visit, morning, analyst):
    page = visit(by=analyst, java_script_enabled=False).open(reverse("sumber", args=["siakad"]))
    page.get_by_role("button", name="Uji sambungan").click()
    assert page.get_by_text("Menunggu jawaban sumber").is_visible()
    assert ConnectionTest.objects.filter(state=JobState.QUEUED).count() == 1
    page.get_by_role("button", name="English").first.click()
    assert page.get_by_role("button", name="Back up now").is_visible()
    assert page.locator("[data-theme-switch]:visible").count() == 0

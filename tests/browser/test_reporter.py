"""A lecturer with a phone: from the landing page to the answer, with a script, without, by keys."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from portal.accounts.models import Role, User
from tests.app.cases import desk, siakad_system  # noqa: F401 - pytest finds fixtures here
from tests.app.people import PASSWORD, approver, front_desk, person  # noqa: F401
from tests.browser.test_every_page import RULES
from tickets.actions import filing
from tickets.models import Ticket
from tickets.workflow import State

PHONE = {"width": 390}


@pytest.fixture
def reporter(transactional_db) -> User:
    return person("rahma", Role.REPORTER, full_name="Rahma Dosen")


def next_page(page: Page) -> None:
    page.get_by_role("button", name="Lanjutkan").click()


def report(page: Page) -> None:
    """Answer everything as a person in a hurry would, and send."""
    page.get_by_role("link", name="Laporkan data hilang").click()
    page.get_by_role("button", name="Mulai melapor").click()
    page.get_by_role("radio", name=re.compile("Hilang")).check()
    next_page(page)
    page.get_by_role("checkbox", name=re.compile("SIAKAD")).check()
    next_page(page)
    page.get_by_label("Satu kalimat singkat").fill("Nilai kelas 3B hilang")
    page.get_by_label("Data mana yang bermasalah?").fill("Nilai akhir 42 mahasiswa")
    next_page(page)
    page.get_by_label("Saya tidak tahu").check()
    next_page(page)
    next_page(page)
    next_page(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_report_is_sent_from_a_phone(visit, siakad_system, reporter, script):  # noqa: F811
    page = visit(by=reporter, **PHONE, java_script_enabled=script).open("/")
    report(page)
    page.get_by_text("Periksa jawaban Anda").wait_for()
    page.get_by_role("button", name="Kirim laporan").click()
    number = page.locator(".number").inner_text()
    ticket = Ticket.objects.get()
    assert number == ticket.number
    page.get_by_role("link", name="Lihat perkembangan tiket").click()
    expect(page.get_by_role("heading", name="Nilai kelas 3B hilang")).to_be_visible()
    page.go_back()
    page.go_back()
    page.reload()
    assert page.locator(".number").inner_text() == ticket.number
    assert Ticket.objects.count() == 1


def test_without_an_account_the_mailbox_decides(visit, siakad_system):  # noqa: F811
    page = visit(**PHONE).open("/")
    report(page)
    page.get_by_label("Nama lengkap").fill("Rahma Dosen")
    page.get_by_label("Alamat email").fill("rahma@rumah")
    next_page(page)
    expect(page.locator("#salah")).to_be_focused()
    page.get_by_role("link", name=re.compile("tidak lengkap")).click()
    expect(page.locator("#id_email")).to_be_focused()
    page.get_by_label("Alamat email").fill("rahma@rumah.example")
    next_page(page)
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.get_by_role("heading", name=re.compile("buka email Anda"))).to_be_visible()


def test_keys_alone_say_that_the_data_are_right(visit, desk):  # noqa: F811
    ticket = desk.waiting_confirmation()
    page = visit(**PHONE).open(_link(ticket))
    page.get_by_role("button", name="Ya, sudah sesuai").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Anda menyatakan sesuai").first.wait_for()
    ticket.refresh_from_db()
    assert ticket.step is State.CONFIRMED


def test_a_security_key_is_registered_and_signs_in(visit, reporter):
    window = visit(by=None)
    page = window.page
    devtools = window.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    _sign_in(window, reporter)
    window.open(reverse("mfa_add_webauthn"))
    page.get_by_role("button", name="Daftarkan kunci").click()
    page.get_by_role("heading", name="Kode pemulihan").wait_for()
    page.context.clear_cookies(name="sessionid")
    _sign_in(window, reporter)
    page.get_by_role("button", name="Sentuh kunci keamanan").click()
    page.wait_for_url(window.home + reverse("beranda"))  # a glob "**/" would match any page
    expect(window.open(reverse("mfa_index")).get_by_text("Rahma Dosen")).to_be_visible()


def _sign_in(window, user: User) -> None:
    page = window.open(reverse("masuk"))
    page.get_by_label("Nama pengguna atau email").fill(user.username)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Masuk", exact=True).click()


def _link(ticket: Ticket, name: str = "tiket") -> str:
    return reverse(name, args=[ticket.number, filing.tracking_token(ticket)])


def test_an_old_proof_is_asked_again_by_key_or_code(visit, desk, settings):  # noqa: F811
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = timedelta(0).total_seconds()
    page = visit(by=desk.reporter).open(reverse("mfa_activate_totp"))
    page.get_by_role("heading", name="Pastikan ini Anda").wait_for()
    assert not Axe().run(page, options={"runOnly": RULES}).generate_snapshot()

"""Every page, in both lights and languages: accessible, quiet, never wider than its window."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, get_resolver, resolve
from playwright.sync_api import expect

from tests.app import factories
from tests.browser.gallery import Windows, addresses, people, world

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 390, 768, 1280, 1920)
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# It is decoration, and none is read by its contrast.
WITHOUT_WATERMARK = "document.querySelectorAll('.void-mark').forEach((mark) => mark.remove())"
MOST_SHIFT = 0.05
pytestmark = pytest.mark.of_the_page
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""
# Addresses that are no pages of their own, by what they are.
ACTS = {
    "set_language", "keluar", "account_logout", "openid_connect_login", "sop-keluarkan",
    "cadangkan", "uji-sambungan", "uji-pemulihan", "batalkan-malam", "batalkan-perbandingan",
    "pilih-baris", "wajar", "hentikan-pemulihan", "kembalikan", "tinjau-darurat", "jawab-darurat",
    "umumkan", "tarik-rencana", "tiket-tugaskan", "tiket-draf", "tiket-siap", "tiket-hadir",
    "tiket-periksa-tujuan",
    "cabut-pelimpahan", "lapor-mulai", "lapor-lanjutkan", "tiket-sesuai", "tiket-nilai",
    "rekaman-bulanan", "bundel-baru", "rekaman-kasus", "berita-acara-simpan",
    "berita-acara-pindaian", "berita-acara-langkah", "unduhan-baru", "tarik-unduhan",
}  # fmt: skip
FILES = {
    "ikon", "laporan-pdf", "laporan-xlsx", "jejak-csv", "berkas-baris", "berkas-pilihan",
    "kasus-berkas", "tiket-csv", "tiket-xlsx", "tiket-unduh", "tiket-surat-pdf",
    "tiket-tanda-terima-pdf",
    "tiket-berita-acara", "rekaman-berkas", "rekaman-csv", "rekaman-xlsx", "bundel-unduh",
    "berita-acara-pratinjau", "berita-acara-kertas", "mfa_download_recovery_codes",
}  # fmt: skip
LEAD_ELSEWHERE = {
    "account_login", "socialaccount_connections", "account_set_password", "mfa_list_webauthn",
    "tiket-unduhan", "socialaccount_signup", "openid_connect_callback", "tiket-saya",
}  # fmt: skip


@pytest.fixture
def morning_world(settings, transactional_db, institution):
    """The morning of the drawings, its people and a desk; faults have addresses too."""
    settings.ROOT_URLCONF = "tests.browser.addresses"
    return world(factories.morning(), people())


def test_no_address_of_the_portal_is_left_out(morning_world):
    shown = {resolve(address.partition("?")[0]).url_name for address in _safe(morning_world)}
    assert _names() - shown - ACTS - FILES - LEAD_ELSEWHERE == set()


def _safe(made):
    return (address for address in addresses(made).values() if "tidak-ada/" not in address)


def _names():
    """Return the names of all addresses below the portal's own, without Django's admin."""
    patterns = [*get_resolver("portal.urls").url_patterns]
    names = set()
    while patterns:
        pattern = patterns.pop()
        if isinstance(pattern, URLPattern):
            names.add(pattern.name)
        elif pattern.app_name != "admin":
            patterns += pattern.url_patterns
    return names - {None}


@pytest.mark.parametrize("language", ["id", "en"])
def test_axe_finds_nothing_on_any_page(visit, morning_world, language):
    """In the dark only what colours are read for is looked at again: nothing else is different."""
    made, found = addresses(morning_world), {}
    windows = Windows(visit, morning_world, {"language": language})
    for name, address in made.items():
        page = windows.open(name, address)
        for frame in page.frames:
            frame.evaluate(WITHOUT_WATERMARK)
        assert page.evaluate("document.documentElement.lang") == language
        for theme, rules in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour on its way
            expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
            said = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
            if said.violations_count:
                found[f"{name}, {language}, {theme}"] = said.generate_snapshot()
        page.emulate_media(color_scheme="light")
    assert found == {}


def test_no_page_scrolls_sideways_at_any_width_nor_with_letters_of_twice_the_size(
    visit, morning_world
):
    windows, found = Windows(visit, morning_world, {}), {}
    for name, address in addresses(morning_world).items():
        page = windows.open(name, address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if (wide := _width(page)) > width:
                found[f"{name} at {width}"] = wide
        page.set_viewport_size({"width": 1280, "height": 900})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if (wide := _width(page)) > 1280:
            found[f"{name} with large letters"] = wide
    assert found == {}


def _width(page):
    return page.evaluate("document.documentElement.scrollWidth")


def test_nothing_jumps_while_a_page_comes_up(visit, morning_world):
    windows = Windows(visit, morning_world, {})
    for name, address in addresses(morning_world, ["landing", "morning", "source"]).items():
        page = windows.open(name, address)
        page.evaluate("document.fonts.ready")
        assert page.evaluate(SHIFT) <= MOST_SHIFT, name

"""Every page, in both lights and languages: accessible, quiet, never wider than its window."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from backups.catalogue.differences import pick_rows
from backups.models import JobState, KnownObject
from backups.rowsfilter import RowFilter
from portal.accounts.models import Role, User
from portal.lib import clock
from portal.sop import first
from tests.app import comparisons, downloads, restores
from tests.browser import records

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MOST_SHIFT = 0.05
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""


def running(morning):
    run = morning["E-learning"].runs.get(state=JobState.RUNNING)
    return reverse("malam", args=["e-learning", run.pk])


def failed(morning):
    run = morning["Perpustakaan"].runs.get(state=JobState.FAILED)
    return reverse("malam", args=["perpustakaan", run.pk])


def good(morning):
    return morning["SIAKAD"].runs.latest("night").get_absolute_url()


def object_page(name):
    known = KnownObject.objects.get(name=name)
    return reverse("objek", args=[known.source.key, known.pk])


def restored(morning):
    restores.emergency(morning["SIAKAD"])
    return restores.restore(morning["SIAKAD"]).get_absolute_url()


def download(morning, person=None):
    """Return a download that waits for its person."""
    night = morning["SIAKAD"].snapshots.first()
    made = downloads.ordered(night, clock.now(), person, scope={"kind": "whole"})
    downloads.made(made, clock.now())
    return made


def own_download(morning):
    analyst = User.objects.filter(role_grants__role=Role.ANALYST).first()
    return reverse("unduhan", args=[download(morning, analyst).pk])


def compared(morning):
    return comparisons.comparison(morning["SIAKAD"]).get_absolute_url()


def comparing(morning):
    made = comparisons.comparison(morning["SIAKAD"], JobState.RUNNING, phase="load")
    return made.get_absolute_url()


def differing_rows(morning):
    return comparisons.grades(comparisons.comparison(morning["SIAKAD"])).get_absolute_url()


def picked_rows(morning):
    table = comparisons.grades(comparisons.comparison(morning["SIAKAD"]))
    return pick_rows(table, RowFilter(), None, clock.now()).get_absolute_url()


def procedure(_):
    first.seed()
    return reverse("sop")


PAGES = {
    "restores": lambda morning: restored(morning) and reverse("pemulihan-semua"),
    "restore": restored,
    "running restore": lambda morning: restores.at_work(morning["SIAKAD"]).get_absolute_url(),
    "download, for staff": lambda morning: download(morning).restore.get_absolute_url(),
    "download, for its person": own_download,
    "emergency": lambda _: reverse("darurat", args=["siakad"]),
    "comparisons": lambda _: reverse("perbandingan-semua"),
    "compare": lambda _: reverse("bandingkan", args=["siakad"]),
    "comparison": compared,
    "running comparison": comparing,
    "differing rows": differing_rows,
    "picked rows": picked_rows,
    "help": lambda _: reverse("bantuan"),
    "guide": lambda _: reverse("panduan", args=["analis"]),
    "sop": procedure,
    "report": lambda _: reverse("laporan") + "?rentang=tahun",
    "status": lambda _: reverse("keadaan"),
    "systems": lambda _: reverse("sistem"),
    "landing": lambda _: reverse("beranda"),
    "sign-in": lambda _: reverse("masuk"),
    "report a loss": lambda _: reverse("lapor"),
    "track a case": lambda _: reverse("lacak"),
    "morning": lambda _: reverse("staf"),
    "sources": lambda _: reverse("cadangan"),
    "nothing found": lambda _: reverse("cadangan") + "?q=tidak-ada",
    "source": lambda _: reverse("sumber", args=["siakad"]),
    "paused source": lambda _: reverse("sumber", args=["pmb"]),
    "nights": lambda _: reverse("malam-malam", args=["siakad"]),
    "running night": running,
    "failed night": failed,
    "good night": good,
    "contents": lambda _: reverse("isi", args=["siakad"]),
    "search, nothing typed": lambda _: reverse("pencarian"),
    "search": lambda _: reverse("pencarian") + "?q=nilai",
    "search, nothing found": lambda _: reverse("pencarian") + "?q=nilai_mahasswi",
    "two nights": lambda _: reverse("beda", args=["siakad"]),
    "drills": lambda _: reverse("uji"),
    "tried rule": lambda _: reverse("sumber", args=["siakad"]) + "?daily=3",
    "object": lambda _: object_page("akademik.krs_002"),
    "vaults": lambda _: reverse("penyimpanan"),
    **records.PAGES,
    "style": lambda _: reverse("gaya"),
}
OPEN = (
    "landing",
    "status",
    "sop",
    "help",
    "guide",
    "sign-in",
    "report a loss",
    "track a case",
    *records.OPEN,
)


@pytest.fixture
def pages(visit, morning, analyst):
    """Open every page of PAGES in turn, in windows with these options, and give name and page."""

    def opened(names=PAGES, **options):
        staff, public = visit(by=analyst, **options), visit(**options)
        for name in names:
            yield name, (public if name in OPEN else staff).open(PAGES[name](morning))

    return opened


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(pages, theme, language):
    found = {}
    for name, page in pages(language=language, color_scheme=theme):
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.dataset.bsTheme") == theme
        found[name] = Axe().run(page, options={"runOnly": RULES}).generate_snapshot()
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("width", [320, 390, 768, 1920])
def test_no_page_scrolls_sideways(pages, width):
    widths = {
        name: page.evaluate("document.documentElement.scrollWidth")
        for name, page in pages(width=width)
    }
    assert {name: wide for name, wide in widths.items() if wide > width} == {}


def test_letters_of_twice_the_size_still_fit(pages):
    widths = {}
    for name, page in pages():
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
    assert {name: wide for name, wide in widths.items() if wide > 1280} == {}


def test_nothing_jumps_while_a_page_comes_up(pages):
    for name, page in pages(["landing", "morning", "source"]):
        page.evaluate("document.fonts.ready")
        assert page.evaluate(SHIFT) <= MOST_SHIFT, name
